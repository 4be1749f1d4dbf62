import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runSoak } from './soak.ts';
import type { StoreName } from './stores.ts';
import { versionIn } from './worker.ts';

const USAGE =
  'npm run soak -- [--minutes N] [--seed S] [--store sqlite|mysql|both] [--galera] [--previous DIR] [--verbose]';

/** With `--galera` a cluster of three nodes takes the place of MariaDB. With `--previous` the workers of that checkout begin, and this version follows in a rolling restart. Runs the soak and prints what came of it; exit code 1 when anything is not as it has to be. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      store: { type: 'string', default: 'both' },
      galera: { type: 'boolean', default: false },
      previous: { type: 'string' },
      verbose: { type: 'boolean', default: false },
    },
  });
  const chosen: StoreName[] = (['sqlite', 'mysql'] as const).filter((name) => [name, 'both'].includes(values.store));
  const stores = chosen.map((name) => (name === 'mysql' && values.galera ? 'galera' : name));
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
  if (stores.length === 0 || !(minutes > 0) || !Number.isInteger(seed)) throw new Error(USAGE);
  const runs = stores.map(async (store) => {
    const tell = (line: string) => values.verbose && console.error(`${store} ${line}`);
    const previous = values.previous === undefined ? {} : { previous: versionIn(resolve(values.previous)) };
    const { lines, failures } = await runSoak({ store, seed, durationMs: minutes * 60_000, tell, ...previous });
    console.log(`${store}, seed ${seed}, ${minutes} min: ${failures.length === 0 ? 'WELL' : 'NOT WELL'}`);
    for (const line of lines) console.log(`  ${line}`);
    for (const failure of failures.slice(0, 50)) console.log(`  FAILED ${failure}`);
    if (failures.length > 0) process.exitCode = 1;
  });
  await Promise.all(runs);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
await main();
