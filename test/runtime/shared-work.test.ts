import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { shareByKey, shareWork } from '../../src/runtime/shared-work.ts';
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

describe('work shared by key', () => {
  it('is shared with who asks the same, and forgotten when others were asked for since', async () => {
    const clock = createManualClock(0);
    const done: number[] = [];
    const ask = shareByKey(
      (number: number) => String(number),
      (number) => async () => {
        clock.advance(100);
        done.push(number);
        return { number };
      },
      clock,
    );
    const [one, same, other] = await Promise.all([ask(1), ask(1), ask(2)]);
    assert.equal(one, same);
    assert.deepEqual([one.number, other.number, done], [1, 2, [1, 2]]);
    for (let number = 3; number <= 17; number += 1) await ask(number);
    done.length = 0;
    await ask(17);
    assert.deepEqual(done, []);
    await ask(1);
    assert.deepEqual(done, [1]);
  });
});
