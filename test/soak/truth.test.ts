import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTruth, type Truth } from './truth.ts';

/** What has to be booked for `bob`'s download, and how many resets were hidden, when samples of these ticks were committed. */
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

  it('gives the next name what moved since the last committed sample, and leaves the rest with the old one', () => {
    const truth = createTruth();
    const move = (name: string, bytes: number, tick: number) => truth.move(name, { upload: 0, download: bytes }, tick);
    for (const name of ['amy', 'bob']) truth.add(name, 0);
    move('amy', 10, 1);
    move('amy', 5, 3);
    truth.rename('amy', 'ann', 4);
    move('ann', 2, 5);
    move('bob', 100, 5);
    const booked = (committed: number[]) =>
      Object.fromEntries(truth.expect(committed).map(({ name, booked }) => [name, booked.download]));
    assert.deepEqual(booked([0, 2, 6]), { amy: 10, ann: 7, bob: 100 });
    assert.deepEqual(booked([0, 3, 4, 6]), { amy: 15, ann: 2, bob: 100 });
    for (const [name, newName] of [
      ['ann', 'between'],
      ['bob', 'ann'],
      ['between', 'bob'],
    ] as const)
      truth.rename(name, newName, 7);
    move('bob', 1, 8);
    assert.deepEqual(booked([0, 6, 9]), { amy: 0, ann: 17, bob: 101, between: 0 });
  });

  it('takes from a reset and a new name at once what it hides from the new name', () => {
    const truth = createTruth();
    truth.add('amy', 0);
    truth.move('amy', { upload: 0, download: 100 }, 1);
    truth.wipe('amy', true, 2);
    truth.rename('amy', 'ann', 2);
    truth.move('ann', { upload: 0, download: 130 }, 3);
    const [amy, ann] = truth.expect([0, 1, 3]);
    assert.deepEqual([amy?.booked.download, amy?.hidden, ann?.booked.download, ann?.hidden], [100, 0, 30, 1]);
  });

  it('lacks what another device had counted before it was read first, whether its counters are lower or higher', () => {
    for (const other of [3, 300]) {
      const live = (truth: Truth, move: (bytes: number, tick: number) => void) => {
        move(100, 1);
        move(50, 2);
        truth.replace(() => ({ upload: 0, download: other }), 3);
        move(7, 4);
        move(20, 6);
      };
      assert.deepEqual(expected(live, [0, 1, 5, 6]), { moved: 177, booked: 120, hidden: 0 });
      assert.deepEqual(expected(live, [0, 1, 6]), { moved: 177, booked: 100, hidden: 0 });
    }
  });

  it('counts a row that was made on the other device after the first look at it whole', () => {
    const live = (truth: Truth, move: (bytes: number, tick: number) => void) => {
      truth.replace(() => ({ upload: 0, download: 40 }), 2);
      truth.wipe('bob', false, 4);
      move(9, 5);
    };
    assert.deepEqual(expected(live, [1, 3, 6]), { moved: 9, booked: 9, hidden: 0 });
    assert.deepEqual(expected(live, [1, 6]), { moved: 9, booked: 0, hidden: 0 });
  });
});
