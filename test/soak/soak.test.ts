import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAIL_TROUBLES } from './mail-sink.ts';
import { INCIDENTS, makePlan } from './plan.ts';
import { runSoak } from './soak.ts';

/** With what follows the last fault about a minute; `npm run soak` goes on for longer and with any seed. */
const DURATION_MS = 50_000;
/** Its minute has every fault of a router or a mail, and nearly every fault of a worker or a database. */
const SEED = 913;

describe('the plan of that minute', () => {
  it('has every fault of a router and of a mail', () => {
    const { faults } = makePlan({
      seed: SEED,
      durationMs: DURATION_MS,
      routers: 4,
      storeTroubles: ['kill'],
      isUpgraded: false,
    });
    const incidents = new Set(faults.flatMap((fault) => (fault.kind === 'incident' ? [fault.incident] : [])));
    const mails = new Set(faults.flatMap((fault) => (fault.kind === 'mail' ? [fault.trouble] : [])));
    assert.deepEqual([...incidents].sort(), INCIDENTS.map(([, incident]) => incident).sort());
    assert.deepEqual([...mails].sort(), [...MAIL_TROUBLES].sort());
    assert.ok(faults.some(({ kind }) => kind === 'mass-outage'));
  });
});

// One after the other: both at once, beside three other files, leave workers no time to start in.
describe('the worker as a process', () => {
  for (const store of ['sqlite', 'mysql'] as const) {
    it(`books every byte, mails every breach and keeps the truth about devices through a minute of everything that goes wrong (${store})`, async (t) => {
      const { lines, failures } = await runSoak({ store, seed: SEED, durationMs: DURATION_MS });
      for (const line of lines) t.diagnostic(line);
      assert.deepEqual(failures, []);
      assert.match(lines.join('\n'), /, [1-9]\d* of them seen from end to end/);
    });
  }
});
