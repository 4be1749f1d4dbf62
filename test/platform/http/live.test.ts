import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLiveFeed } from '../../../src/platform/http/live.ts';
import { createManualClock } from '../../support/manual-clock.ts';

function follow() {
  const clock = createManualClock(0);
  const feed = createLiveFeed({ clock });
  const stream = feed.open(['usage']);
  assert.ok(stream !== null);
  const read = () => String(stream.read() ?? '');
  read();
  return { clock, feed, stream, read };
}

describe('the stream of news', () => {
  it('reports many polls once in five seconds', () => {
    const { clock, feed, read } = follow();
    for (let polls = 0; polls < 100; polls += 1) feed.tell('usage');
    assert.equal(read(), '');
    clock.advance(5_000);
    assert.equal(read(), 'event: news\ndata: usage\n\n');
    clock.advance(5_000);
    assert.equal(read(), '');
    feed.tell('usage');
    clock.advance(5_000);
    assert.match(read(), /news/);
  });

  it('gives a sign of life before anybody takes it for dead, and ends after an hour', () => {
    const { clock, feed, read } = follow();
    clock.advance(20_000);
    assert.equal(read(), 'event: alive\ndata: \n\n');
    clock.advance(3_600_000);
    assert.deepEqual([feed.size(), clock.pending()], [0, 0]);
  });

  it('reports only what was asked for, and sets no timer when nobody listens', () => {
    const { clock, feed, stream } = follow();
    stream.destroy();
    const other = feed.open([]);
    feed.tell('usage');
    clock.advance(5_000);
    assert.equal(String(other?.read()), 'retry: 5000\n\n');
  });

  it('leaves no timer behind when its reader goes', async () => {
    const { clock, feed, stream } = follow();
    stream.destroy();
    await new Promise(setImmediate);
    assert.deepEqual([clock.pending(), feed.size()], [0, 0]);
  });

  it('refuses a hundred and first reader', () => {
    const { feed } = follow();
    for (let readers = 1; readers < 100; readers += 1) assert.ok(feed.open(['usage']) !== null);
    assert.equal(feed.open(['usage']), null);
  });
});
