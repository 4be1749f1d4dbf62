import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { sendTogether } from '../../../src/platform/ssh/send-together.ts';

/** A stream with the calls that it passes on. */
function stream() {
  const calls: string[] = [];
  const writable = new Writable({
    write(chunk: Buffer, _encoding, done) {
      calls.push(`${chunk}`);
      done();
    },
    writev(chunks, done) {
      calls.push(chunks.map(({ chunk }) => `${chunk}`).join(''));
      done();
    },
  });
  sendTogether(writable);
  return { writable, calls };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('a socket that sends together', () => {
  it('passes on what is written in one turn by one call, at the end of that turn', async () => {
    const { writable, calls } = stream();
    for (const part of ['length ', 'content ', 'tag']) writable.write(part);
    assert.deepEqual(calls, []);
    await nextTurn();
    assert.deepEqual(calls, ['length content tag']);
    writable.write('more');
    await nextTurn();
    assert.deepEqual(calls, ['length content tag', 'more']);
  });

  it('passes on all that was written before its end', async () => {
    const { writable, calls } = stream();
    writable.write('goodbye');
    writable.end();
    await nextTurn();
    assert.deepEqual(calls, ['goodbye']);
    assert.ok(writable.writableFinished);
  });

  it('says when to wait, and when it goes on', async () => {
    const { writable } = stream();
    assert.equal(writable.write(Buffer.alloc(writable.writableHighWaterMark)), false);
    await new Promise((resolve) => writable.once('drain', resolve));
    assert.equal(writable.write('more'), true);
  });
});
