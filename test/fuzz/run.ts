import { parseArgs } from 'node:util';
import { fuzzArguments } from './arguments.ts';
import { fuzzConfiguration } from './configuration.ts';
import { fuzzDatabaseRows } from './database-rows.ts';
import { fuzzHttpPages } from './http-pages.ts';
import { fuzzHttpRequests } from './http-requests.ts';
import { fuzzQueueRows } from './queue-rows.ts';
import { fuzzSentences } from './sentences.ts';

/** `npm run fuzz -- [--seed S] [--only PART-OF-A-NAME]`: bad input of every kind at full length; a few minutes. What is found is thrown, with its seed. */
const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, only: { type: 'string', default: '' } },
});
const seed = Number(values.seed);

const FUZZERS: Record<string, () => unknown> = {
  'bytes at the sentence parser': () => fuzzSentences({ seed, bytes: 10_000_000 }),
  'queue rows': () => fuzzQueueRows({ seed, rounds: 100_000 }),
  configurations: () => fuzzConfiguration({ seed, rounds: 20_000 }),
  'database rows': () => fuzzDatabaseRows({ seed, rounds: 2_000 }),
  'HTTP requests': () => fuzzHttpRequests({ seed, rounds: 3_000 }),
  'HTTP pages': () => fuzzHttpPages({ seed, rounds: 20_000 }),
  'command lines': () => fuzzArguments({ seed, rounds: 5_000 }),
};

for (const [name, fuzz] of Object.entries(FUZZERS)) {
  if (!name.includes(values.only)) continue;
  const startedMs = performance.now();
  try {
    console.log(`${name}: ${JSON.stringify(await fuzz())}, ${Math.round(performance.now() - startedMs)} ms`);
  } catch (error) {
    console.error(`${name}, seed ${seed}:`, error);
    process.exitCode = 1;
  }
}
