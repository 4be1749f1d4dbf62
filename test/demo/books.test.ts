import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareBooks, findMismatches, sumLines } from '../../src/demo/books.ts';
import { type QueueTruth, ZERO } from '../../src/demo/truth.ts';
import type { Counter } from '../../src/usage/accounting/counter.ts';
import type { QueueDay } from '../../src/usage/ports.ts';

function both(uploadBytes: bigint, downloadBytes: bigint): Counter {
  return { uploadBytes, downloadBytes };
}

function truth(moved: Counter, lost = ZERO): QueueTruth {
  return { moved, lost, observable: ZERO, unserved: ZERO };
}

function day(router: string, queue: string, booked: Counter, restarts = 0): QueueDay {
  const row = { day: '2026-01-01', router, queue, user: queue, isParent: false, comment: null, estimatedBytes: 0n };
  return { ...row, ...booked, restarts, unobservedMs: restarts * 1000 };
}

describe('booked bytes beside true bytes', () => {
  it('adds the days of a queue up and keeps routers apart', () => {
    const lines = compareBooks(
      [day('r1', 'bob', both(1n, 10n), 1), day('r1', 'bob', both(2n, 20n)), day('r2', 'bob', both(0n, 5n), 2)],
      new Map([
        ['r1', new Map([['bob', truth(both(4n, 31n), both(1n, 1n))]])],
        ['r2', new Map([['bob', truth(both(0n, 5n))]])],
      ]),
    );
    assert.deepEqual(sumLines(lines), {
      bookedBytes: 38n,
      trueBytes: 40n,
      unobservableBytes: 2n,
      restarts: 3,
      unobservedMs: 3000,
    });
    assert.deepEqual(findMismatches(lines), []);
  });

  it('finds every queue that is off by a byte in one direction, though the sums agree', () => {
    const lines = compareBooks(
      [day('r1', 'bob', both(1n, 10n)), day('r1', 'amy', both(2n, 9n))],
      new Map([
        [
          'r1',
          new Map([
            ['bob', truth(both(2n, 9n))],
            ['amy', truth(both(1n, 10n))],
            ['eve', truth(both(0n, 0n))],
          ]),
        ],
      ]),
    );
    assert.deepEqual(
      findMismatches(lines).map((line) => line.queue),
      ['bob', 'amy'],
    );
  });

  it('finds bytes booked for a queue that no router has', () => {
    const lines = compareBooks([day('r1', 'ghost', both(0n, 1n))], new Map());
    assert.deepEqual(
      findMismatches(lines).map((line) => line.queue),
      ['ghost'],
    );
  });

  it('finds true bytes that were never booked', () => {
    const lines = compareBooks([], new Map([['r1', new Map([['bob', truth(both(0n, 1n))]])]]));
    assert.equal(findMismatches(lines).length, 1);
  });
});
