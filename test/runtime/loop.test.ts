import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createLoop } from '../../src/runtime/loop.ts';
import { createManualClock } from '../support/manual-clock.ts';

/** A loop whose work ends when it is told to. */
function slowLoop() {
  const clock = createManualClock(0);
  const begun: PromiseWithResolvers<void>[] = [];
  const work = () => {
    const one = Promise.withResolvers<void>();
    begun.push(one);
    return one.promise;
  };
  return { clock, begun, loop: createLoop({ everyMs: 1000, work, clock }) };
}

describe('a loop', () => {
  it('begins one interval after its start, and again one interval after each end', async () => {
    const { clock, begun, loop } = slowLoop();
    loop.start();
    clock.advance(999);
    assert.equal(begun.length, 0);
    clock.advance(1);
    assert.equal(begun.length, 1);
    clock.advance(5000);
    assert.equal(begun.length, 1, 'no two overlap');
    begun[0]?.resolve();
    await setImmediate();
    clock.advance(1000);
    assert.equal(begun.length, 2);
  });

  it('waits for the first time where that is now', async () => {
    const { clock, begun, loop } = slowLoop();
    let isStarted = false;
    const started = loop.startNow().then(() => {
      isStarted = true;
    });
    await setImmediate();
    assert.deepEqual([begun.length, isStarted], [1, false]);
    begun[0]?.resolve();
    await started;
    clock.advance(1000);
    assert.equal(begun.length, 2);
  });

  it('waits at its stop for what is being done, also where that is the first time, and begins nothing after it', async () => {
    for (const begin of ['start', 'startNow'] as const) {
      const { clock, begun, loop } = slowLoop();
      void loop[begin]();
      clock.advance(1000);
      let isStopped = false;
      const stopped = loop.stop().then(() => {
        isStopped = true;
      });
      await setImmediate();
      assert.deepEqual([begun.length, isStopped], [1, false]);
      begun[0]?.resolve();
      await stopped;
      clock.advance(10_000);
      assert.deepEqual([begun.length, clock.pending()], [1, 0]);
    }
  });
});
