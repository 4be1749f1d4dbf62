import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTruthBook, type Meter, type Wipe, ZERO } from '../../src/demo/truth.ts';
import type { Counter } from '../../src/usage/accounting/counter.ts';

function down(downloadBytes: bigint): Counter {
  return { uploadBytes: 0n, downloadBytes };
}

/** A book with one queue, `bob`, and short words for what may happen to it. */
function oneQueue(firstLook = false, counter = ZERO) {
  const book = createTruthBook();
  let meter: Meter = book.openMeter('bob', counter, firstLook);
  return {
    move: (bytes: bigint) => book.move('bob', meter, down(bytes)),
    wipe(why: Wipe) {
      meter = book.wipe('bob', meter, why);
    },
    serve: () => book.markServed('bob', meter, meter.counter),
    /** A list is made now; calling the result says that it left whole. */
    list() {
      const listed = meter;
      const shown = meter.counter;
      return () => book.markServed('bob', listed, shown);
    },
    totals() {
      const truth = book.report([{ name: 'bob', meter }]).get('bob');
      assert.ok(truth);
      const { moved, observable, lost, unserved } = truth;
      return [moved, observable, lost, unserved].map((counter) => counter.downloadBytes);
    },
  };
}

describe('the truth book: moved, observable, lost, unserved', () => {
  it('counts bytes as observable once a list has shown them', () => {
    const queue = oneQueue();
    queue.move(5n);
    assert.deepEqual(queue.totals(), [5n, 0n, 0n, 5n]);
    queue.serve();
    assert.deepEqual(queue.totals(), [5n, 5n, 0n, 0n]);
  });

  it('loses what was counted after the last list when the counter is wiped', () => {
    for (const why of ['reset', 'gone', 'replaced'] as const) {
      const queue = oneQueue();
      queue.move(5n);
      queue.serve();
      queue.move(3n);
      queue.wipe(why);
      assert.deepEqual(queue.totals(), [8n, 5n, 3n, 0n], why);
    }
  });

  it('takes all of a counter that began again by a reboot or a new row as observable', () => {
    const queue = oneQueue();
    queue.move(5n);
    queue.serve();
    queue.wipe('gone');
    queue.move(7n);
    queue.serve();
    assert.deepEqual(queue.totals(), [12n, 12n, 0n, 0n]);
  });

  it('loses the old counter again when one that was reset grew past it before the next list', () => {
    const queue = oneQueue();
    queue.move(5n);
    queue.serve();
    queue.wipe('reset');
    queue.move(7n);
    queue.serve();
    assert.deepEqual(queue.totals(), [12n, 7n, 5n, 0n]);
  });

  it('keeps comparing with the listed counter over two resets between lists', () => {
    const queue = oneQueue();
    queue.move(5n);
    queue.serve();
    queue.wipe('reset');
    queue.move(1n);
    queue.wipe('reset');
    queue.move(4n);
    queue.serve();
    assert.deepEqual(queue.totals(), [10n, 9n, 1n, 0n]);
  });

  it('takes nothing as known that was counted before a first list', () => {
    const queue = oneQueue(true, down(1000n));
    queue.move(5n);
    queue.serve();
    queue.move(2n);
    queue.serve();
    assert.deepEqual(queue.totals(), [7n, 2n, 5n, 0n]);
  });

  it('takes the first list of a replaced router as a first look', () => {
    const queue = oneQueue();
    queue.serve();
    queue.wipe('replaced');
    queue.move(4n);
    queue.serve();
    assert.deepEqual(queue.totals(), [4n, 0n, 4n, 0n]);
  });

  it('takes a loss back when a list made before the wipe still arrives whole', () => {
    const queue = oneQueue();
    queue.move(5n);
    const arrive = queue.list();
    queue.move(1n);
    queue.wipe('gone');
    assert.deepEqual(queue.totals(), [6n, 0n, 6n, 0n]);
    arrive();
    assert.deepEqual(queue.totals(), [6n, 5n, 1n, 0n]);
  });

  it('learns nothing from a list that an earlier-made one has overtaken', () => {
    const queue = oneQueue();
    queue.move(5n);
    const arriveLate = queue.list();
    queue.move(1n);
    queue.serve();
    arriveLate();
    assert.deepEqual(queue.totals(), [6n, 6n, 0n, 0n]);
  });
});
