import { parseSoakArguments } from './arguments.ts';
import { runSoak } from './soak.ts';
import { versionIn } from './worker.ts';

/**
 * Runs the soak and prints the result; exit code 1 when anything is not as it has to be. With `--previous` the workers of that checkout
 * begin, and this version follows in a rolling restart.
 */
async function main(): Promise<void> {
  const { stores, seed, durationMs, previous, workers, isVerbose } = parseSoakArguments(process.argv.slice(2));
  const version = previous === undefined ? {} : { previous: versionIn(previous) };
  const several = workers === undefined ? {} : { workers };
  const runs = stores.map(async (store) => {
    const tell = (line: string) => isVerbose && console.error(`${store} ${line}`);
    const { lines, failures } = await runSoak({ store, seed, durationMs, tell, ...version, ...several });
    console.log(`${store}, seed ${seed}, ${durationMs / 60_000} min: ${failures.length === 0 ? 'WELL' : 'NOT WELL'}`);
    for (const line of lines) console.log(`  ${line}`);
    for (const failure of failures.slice(0, 50)) console.log(`  FAILED ${failure}`);
    if (failures.length > 0) process.exitCode = 1;
  });
  await Promise.all(runs);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
await main();
