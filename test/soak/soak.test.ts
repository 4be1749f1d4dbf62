import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runSoak } from './soak.ts';

/** With what follows the last fault about a minute; `npm run soak` goes on for longer and with any seed. */
const DURATION_MS = 50_000;
/** Its plan has every trouble of workers and databases but one or two. */
const SEED = 79;

describe('the worker as a process', { concurrency: true }, () => {
  for (const store of ['sqlite', 'mysql'] as const) {
    it(`books every byte and mails every breach through a minute of everything that goes wrong (${store})`, async (t) => {
      const { lines, failures } = await runSoak({ store, seed: SEED, durationMs: DURATION_MS });
      for (const line of lines) t.diagnostic(line);
      assert.deepEqual(failures, []);
    });
  }
});
