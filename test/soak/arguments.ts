import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { StoreName } from './stores.ts';

const USAGE =
  'npm run soak -- [--minutes N] [--seed S] [--store sqlite|mysql|both] [--galera] [--workers N] [--previous DIR] [--verbose]';

export interface SoakArguments {
  readonly stores: readonly StoreName[];
  readonly durationMs: number;
  readonly seed: number;
  /** Checkout of the version that the workers begin with; absent: this one. */
  readonly previous?: string;
  /** How many share the routers; absent: one has all. */
  readonly workers?: number;
  readonly isVerbose: boolean;
}

const MOST_WORKERS = 9;
/** Until the first kill, and the quiet end in which the sharing is judged. */
const SHORTEST_SHARED_MINUTES = 5;

/** With `--workers` the store is MariaDB or Galera. With `--galera` a cluster of three nodes takes the place of MariaDB. Throws an error with the usage. */
export function parseSoakArguments(args: readonly string[]): SoakArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      store: { type: 'string', default: 'both' },
      galera: { type: 'boolean', default: false },
      workers: { type: 'string' },
      previous: { type: 'string' },
      verbose: { type: 'boolean', default: false },
    },
  });
  const workers = values.workers === undefined ? null : Number(values.workers);
  const possible = workers === null ? (['sqlite', 'mysql'] as const) : (['mysql'] as const);
  const chosen = possible.filter((name) => [name, 'both'].includes(values.store));
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
  const isUseless = values.galera && !chosen.includes('mysql');
  if (chosen.length === 0 || isUseless || !(minutes > 0) || !Number.isInteger(seed)) throw new Error(USAGE);
  if (workers !== null && !isShared(workers, minutes, values.previous)) throw new Error(USAGE);
  return {
    stores: chosen.map((name) => (name === 'mysql' && values.galera ? 'galera' : name)),
    durationMs: minutes * 60_000,
    seed,
    ...(values.previous === undefined ? {} : { previous: resolve(values.previous) }),
    ...(workers === null ? {} : { workers }),
    isVerbose: values.verbose,
  };
}

/** An earlier version may know nothing of several workers. */
function isShared(workers: number, minutes: number, previous: string | undefined): boolean {
  const isSeveral = Number.isInteger(workers) && workers >= 2 && workers <= MOST_WORKERS;
  return isSeveral && minutes >= SHORTEST_SHARED_MINUTES && previous === undefined;
}
