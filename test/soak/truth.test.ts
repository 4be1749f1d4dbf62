import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTruth, type Truth } from './truth.ts';

/** What the books have to hold of `bob`'s download, and how many resets were hidden, when samples of these ticks were committed. */
function expected(live: (truth: Truth, move: (bytes: number, tick: number) => void) => void, committed: number[]) {
  const truth = createTruth();
  truth.add('bob', 0);
  live(truth, (bytes, tick) => truth.move('bob', { upload: 0, download: bytes }, tick));
  const [bob] = truth.expect(committed);
  assert.ok(bob !== undefined);
  return { moved: bob.moved.download, booked: bob.booked.download, hidden: bob.hidden };
}

describe('the truth of the soak', () => {
  it('is what was counted between the first and the last committed sample', () => {
    const books = expected(
      (_truth, move) => {
        for (const tick of [1, 2, 3, 4]) move(10, tick);
      },
      [1, 3],
    );
    assert.deepEqual(books, { moved: 40, booked: 20, hidden: 0 });
  });

  it('lacks what a reset wiped after the last committed sample, whatever had been served', () => {
    const live = (truth: Truth, move: (bytes: number, tick: number) => void) => {
      move(100, 1);
      move(50, 2);
      truth.wipe('bob', true, 3);
      move(5, 4);
    };
    assert.deepEqual(expected(live, [1, 4]), { moved: 155, booked: 5, hidden: 0 });
    assert.deepEqual(expected(live, [1, 2, 4]), { moved: 155, booked: 55, hidden: 0 });
  });

  it('lacks what a reset hides by growing past the old value, and only a reset does', () => {
    for (const [keepsRow, booked, hidden] of [
      [true, 30, 1],
      [false, 130, 0],
    ] as const) {
      const live = (truth: Truth, move: (bytes: number, tick: number) => void) => {
        move(0, 1);
        move(100, 2);
        truth.wipe('bob', keepsRow, 3);
        move(130, 4);
      };
      assert.deepEqual(expected(live, [1, 2, 4]), { moved: 230, booked: booked + 100, hidden });
    }
  });

  it('counts a row that was made between two samples whole, and nothing of one that no sample showed', () => {
    const live = (truth: Truth, move: (bytes: number, tick: number) => void) => {
      truth.remove('bob', 2);
      truth.add('bob', 3);
      move(7, 3);
      truth.remove('bob', 4);
      truth.add('bob', 5);
      move(9, 5);
    };
    assert.deepEqual(expected(live, [1, 5]), { moved: 16, booked: 9, hidden: 0 });
  });
});
