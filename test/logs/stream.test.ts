import assert from 'node:assert/strict';
import type { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { createLogStreams } from '../../src/logs/stream.ts';
import { createLogTail } from '../../src/runtime/log-tail.ts';
import { createManualClock } from '../support/manual-clock.ts';

function setUp() {
  const clock = createManualClock(0);
  const tail = createLogTail({ startedAt: 1 });
  tail.use(true);
  const streams = createLogStreams({ tail, clock, timeZone: 'UTC' });
  let written = 0;
  const write = (count: number, more = '') => {
    for (let line = 0; line < count; line += 1) {
      written += 1;
      tail.write(`${JSON.stringify({ level: 30, time: '2026-11-20T00:00:00.000Z', more, msg: `line ${written}` })}\n`);
    }
  };
  /** After the line of this number. */
  const open = (after = 0) => {
    const stream = streams.open(1_000 + after);
    assert.ok(stream !== null);
    return stream;
  };
  return { clock, tail, streams, write, open };
}

/** What a browser that reads at once has got by now. */
async function newsOf(stream: Readable) {
  const found: { missed: number; texts: string[] } = { missed: 0, texts: [] };
  const events: string[] = [];
  for (;;) {
    await new Promise(setImmediate);
    const read: Buffer | null = stream.read();
    if (read === null) break;
    for (const event of read.toString('utf8').split('\n\n').filter(Boolean)) {
      events.push(event.split('\n')[0] ?? '');
      const data = /^data: (\{.*)$/m.exec(event)?.[1];
      if (data === undefined) continue;
      const { missed, rows }: { missed: number; rows: { text: string }[] } = JSON.parse(data);
      found.missed += missed;
      found.texts.push(...rows.map(({ text }) => text));
    }
  }
  return { ...found, events };
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => `line ${from + at}`);

describe('a stream of the log', () => {
  it('begins with what is kept, and goes on with what comes, together', async () => {
    const { clock, write, open } = setUp();
    write(3);
    const stream = open();
    assert.deepEqual((await newsOf(stream)).texts, numbers(1, 3));
    write(2);
    assert.deepEqual((await newsOf(stream)).texts, []);
    clock.advance(250);
    const { texts, events } = await newsOf(stream);
    assert.deepEqual(texts, numbers(4, 5));
    assert.deepEqual(events, ['id: 1005']);
  });

  it('goes on after the line that a browser had last', async () => {
    const { write, open } = setUp();
    write(5);
    assert.deepEqual((await newsOf(open(3))).texts, numbers(4, 5));
    assert.deepEqual((await newsOf(open(5))).texts, []);
  });

  it('gives everything to whoever had a line of a process before', async () => {
    const { write, open } = setUp();
    write(2);
    for (const other of [900, -900]) {
      const { texts, missed } = await newsOf(open(other));
      assert.deepEqual([texts, missed], [numbers(1, 2), 0]);
    }
  });

  it('waits for a browser that does not read, holds little for it, and tells it later what it missed', async () => {
    const { clock, write, open } = setUp();
    const stream = open();
    for (let round = 0; round < 50; round += 1) {
      write(200, 'x'.repeat(500));
      clock.advance(250);
    }
    assert.ok(stream.readableLength < 600_000, String(stream.readableLength));
    const { texts, missed } = await newsOf(stream);
    assert.equal(texts.length + missed, 10_000);
    assert.ok(missed > 7_000);
    assert.deepEqual(texts.slice(-2_000), numbers(8_001, 10_000));
  });

  it('tells of lines that were dropped between two readings', async () => {
    const { write, open } = setUp();
    write(3_000);
    const { texts, missed } = await newsOf(open(500));
    assert.deepEqual([missed, texts.length, texts[0]], [500, 2_000, 'line 1001']);
  });

  it('shows a sign of life, and ends after an hour', async () => {
    const { clock, streams, open } = setUp();
    const stream = open();
    await newsOf(stream);
    clock.advance(20_000);
    assert.deepEqual((await newsOf(stream)).events, ['event: alive']);
    clock.advance(3_600_000);
    await newsOf(stream);
    assert.equal(stream.readableEnded, true);
    assert.equal(streams.size(), 0);
    assert.equal(clock.pending(), 0);
  });

  it('ends with the session, with a word', async () => {
    const { clock, streams, write, open } = setUp();
    const stream = open();
    streams.end(stream);
    write(1);
    clock.advance(250);
    const { events } = await newsOf(stream);
    assert.deepEqual(events.slice(-1), ['event: session']);
    assert.equal(streams.size(), 0);
  });

  it('is one of ten, and leaves no timer and no listener behind', async () => {
    const { clock, streams, write, open } = setUp();
    const all = Array.from({ length: 10 }, () => open());
    assert.equal(streams.open(0), null);
    write(1);
    for (const stream of all) stream.destroy();
    await new Promise(setImmediate);
    assert.equal(streams.size(), 0);
    assert.equal(clock.pending(), 0);
    write(1);
    assert.equal(clock.pending(), 0);
  });
});
