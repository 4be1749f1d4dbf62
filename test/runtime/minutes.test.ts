import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { everyMinute } from '../../src/runtime/minutes.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';

async function pass(clock: ManualClock, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    clock.advance(1000);
    await turn();
  }
}

describe('everyMinute', () => {
  it('calls at the start of each minute until it is stopped', async () => {
    const clock = createManualClock(Date.UTC(2026, 10, 20, 13, 14, 30));
    const calledAt: string[] = [];
    const stop = everyMinute(clock, () => calledAt.push(new Date(clock.now()).toISOString().slice(11, 19)));
    await pass(clock, 100);
    stop();
    await pass(clock, 100);
    assert.deepEqual(calledAt, ['13:15:00', '13:16:00']);
  });

  it('keeps to a minute when the clock is set to 1970 and back', async () => {
    const clock = createManualClock(Date.UTC(2026, 10, 20, 13, 14, 30));
    let calls = 0;
    const stop = everyMinute(clock, () => {
      calls += 1;
    });
    for (const stepMs of [-clock.now(), clock.now()]) {
      clock.step(stepMs);
      calls = 0;
      await pass(clock, 600);
      assert.ok(calls >= 9 && calls <= 11, `${calls} calls in ten minutes`);
    }
    stop();
  });
});
