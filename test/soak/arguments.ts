import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { StoreName } from './stores.ts';

const USAGE =
  'npm run soak -- [--minutes N] [--seed S] [--store sqlite|mysql|both] [--galera] [--previous DIR] [--verbose]';

export interface SoakArguments {
  readonly stores: readonly StoreName[];
  readonly durationMs: number;
  readonly seed: number;
  /** Checkout of the version that the workers begin with; absent: this one. */
  readonly previous?: string;
  readonly isVerbose: boolean;
}

/** With `--galera` a cluster of three nodes takes the place of MariaDB. Throws an error with the usage. */
export function parseSoakArguments(args: readonly string[]): SoakArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      store: { type: 'string', default: 'both' },
      galera: { type: 'boolean', default: false },
      previous: { type: 'string' },
      verbose: { type: 'boolean', default: false },
    },
  });
  const chosen = (['sqlite', 'mysql'] as const).filter((name) => [name, 'both'].includes(values.store));
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
  const isUseless = values.galera && !chosen.includes('mysql');
  if (chosen.length === 0 || isUseless || !(minutes > 0) || !Number.isInteger(seed)) throw new Error(USAGE);
  return {
    stores: chosen.map((name) => (name === 'mysql' && values.galera ? 'galera' : name)),
    durationMs: minutes * 60_000,
    seed,
    ...(values.previous === undefined ? {} : { previous: resolve(values.previous) }),
    isVerbose: values.verbose,
  };
}
