import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { shareWork } from '../../src/runtime/shared-work.ts';
import { createManualClock } from '../support/manual-clock.ts';

/** Work that takes 100 ms, and how often it was done. */
function setUp() {
  const clock = createManualClock(0);
  let done = 0;
  let failure: Error | null = null;
  const ask = shareWork(async () => {
    await Promise.resolve();
    clock.advance(100);
    if (failure !== null) throw failure;
    done += 1;
    return { done };
  }, clock);
  return {
    clock,
    ask,
    failWith(error: Error | null) {
      failure = error;
    },
  };
}

describe('shared work', () => {
  it('is done once for all who ask while it goes on', async () => {
    const { ask } = setUp();
    const [one, other] = await Promise.all([ask(), ask()]);
    assert.equal(one, other);
    assert.equal(one.done, 1);
  });

  it('is good for nine times as long as it took', async () => {
    const { ask, clock } = setUp();
    const first = await ask();
    clock.advance(899);
    assert.equal(await ask(), first);
    clock.advance(1);
    assert.equal((await ask()).done, 2);
  });

  it('fails for those who asked, and is done again for the next', async () => {
    const { ask, failWith } = setUp();
    failWith(new Error('away'));
    await assert.rejects(Promise.all([ask(), ask()]), /away/);
    failWith(null);
    assert.equal((await ask()).done, 1);
  });
});
