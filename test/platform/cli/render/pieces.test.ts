import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { writePieces } from '../../../../src/platform/cli/render/pieces.ts';

async function* each(pieces: readonly string[]): AsyncGenerator<string> {
  yield* pieces;
}

describe('writePieces', () => {
  it('writes all, in order', async () => {
    const pieces = Array.from({ length: 40 }, (_, index) => `${index}`.padStart(9_999, '.'));
    let written = '';
    await writePieces({ write: (text) => (written += text) }, each(pieces));
    assert.equal(written, pieces.join(''));
  });

  it('takes no further piece while the output is full', async () => {
    const large = 'x'.repeat(200_000);
    const output = new EventEmitter<{ drain: [] }>();
    const written: string[] = [];
    let taken = 0;
    async function* pieces() {
      for (taken = 1; taken <= 3; taken += 1) yield large;
    }
    const writing = writePieces(
      {
        write(text) {
          written.push(String(text));
          return false;
        },
        once: (event, listener) => output.once(event, listener),
      },
      pieces(),
    );
    for (const count of [1, 2, 3]) {
      await turn();
      assert.deepEqual([taken, written.length], [count, count]);
      output.emit('drain');
    }
    await turn();
    output.emit('drain');
    await writing;
    assert.equal(written.join(''), large.repeat(3));
  });
});
