import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createConditionWriter } from '../../src/devices/condition-writer.ts';
import type { PollEnd, RouterNote } from '../../src/devices/ports.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import type { Logger } from '../../src/runtime/logger.ts';
import { createManualClock } from '../support/manual-clock.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
const timeout = new TroubleError('ROUTER_TIMEOUT', 'no answer', 'look at the cable');
const away = new TroubleError('DATABASE_UNAVAILABLE', 'the database is away', 'start it');

/** A poll of a router that booted a day before noon. */
function booked(changes: { version?: string; bootedAt?: number } = {}, router = 'edge-1'): PollEnd {
  const facts = { version: '7.20.1', board: 'CHR', identity: 'edge', bootedAt: NOON - 86_400_000, ...changes };
  return { status: 'booked', router, facts };
}

function failed(trouble: TroubleError): PollEnd {
  return { status: 'failed', router: 'edge-1', trouble };
}

function setUp() {
  const clock = createManualClock(NOON);
  const written: (readonly RouterNote[])[] = [];
  const bugs: unknown[] = [];
  let trouble: Error | null = null;
  let hanging: Promise<void> | null = null;
  let attempts = 0;
  const logger = { debug() {}, error: (fields: { err: unknown }) => bugs.push(fields.err) } as unknown as Logger;
  const book = {
    async note(notes: readonly RouterNote[]) {
      attempts += 1;
      await hanging;
      if (trouble !== null) throw trouble;
      written.push(notes);
    },
  };
  const writer = createConditionWriter({ book, clock, logger });
  return {
    clock,
    writer,
    written,
    bugs,
    poll(result?: Parameters<typeof booked>[0] | TroubleError) {
      clock.advance(40);
      writer.polled(result instanceof TroubleError ? failed(result) : booked(result), 40);
    },
    /** Lets a second pass, in which notes gather, and what then begins come to its end. */
    async settle() {
      clock.advance(1000);
      await writer.flush();
    },
    fail(error: Error | null) {
      trouble = error;
    },
    attempts: () => attempts,
    /** The database takes the next statement and says nothing, until it fails. */
    hang() {
      const { promise, reject } = Promise.withResolvers<void>();
      hanging = promise;
      return reject;
    },
  };
}

/** Lets what was begun come as far as it can. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('the writer of conditions', () => {
  it('notes a router that was read: what it told, since when it is up and what the poll took', async () => {
    const { writer, poll, settle, written } = setUp();
    writer.open();
    poll();
    await settle();
    const facts = { version: '7.20.1', board: 'CHR', identity: 'edge', bootedAt: NOON - 86_400_000 };
    assert.deepEqual(written, [[{ router: 'edge-1', at: NOON + 40, pollMs: 40, error: null, facts }]]);
  });

  it('notes a router that cannot be read, and passes the trouble on', async () => {
    const { writer, poll, settle, written } = setUp();
    writer.open();
    poll(timeout);
    await settle();
    assert.equal(written[0]?.[0]?.error?.code, 'ROUTER_TIMEOUT');
  });

  it('writes once a minute while nothing changes', async () => {
    const { clock, writer, poll, settle, written } = setUp();
    writer.open();
    for (let seconds = 0; seconds < 180; seconds += 10) {
      poll();
      await settle();
      clock.advance(9000 - 40);
    }
    assert.equal(written.length, 3);
  });

  it('writes at once when it is lost, comes back, boots or is updated', async () => {
    const { writer, poll, settle, written } = setUp();
    writer.open();
    for (const result of [
      undefined,
      timeout,
      undefined,
      { bootedAt: NOON - 10_000 },
      { bootedAt: NOON - 10_000, version: '7.21' },
    ]) {
      poll(result);
      await settle();
    }
    assert.equal(written.length, 5);
  });

  it('does not take the second that an uptime is rounded to for a boot', async () => {
    const { writer, poll, settle, written } = setUp();
    writer.open();
    for (const jitterMs of [0, 900, -400]) {
      poll({ bootedAt: NOON - 86_400_000 + jitterMs });
      await settle();
    }
    assert.equal(written.length, 1);
  });

  it('gathers many routers into one statement', async () => {
    const { writer, settle, written } = setUp();
    writer.open();
    for (let index = 0; index < 50; index += 1) {
      writer.polled(booked({}, `edge-${index}`), 40);
    }
    await settle();
    assert.deepEqual(
      written.map((notes) => notes.length),
      [50],
    );
  });

  it('writes nothing before the book is open, and forgets nothing meanwhile', async () => {
    const { writer, poll, settle, written } = setUp();
    poll();
    await settle();
    assert.equal(written.length, 0);
    writer.open();
    await writer.flush();
    assert.equal(written.length, 1);
  });

  it('writes the newest state once the database is back', async () => {
    const { writer, poll, settle, written, bugs, fail } = setUp();
    writer.open();
    fail(away);
    poll();
    await settle();
    poll(timeout);
    await settle();
    fail(null);
    await writer.flush();
    assert.deepEqual(
      written.map((notes) => notes.map(({ error }) => error?.code ?? null)),
      [['ROUTER_TIMEOUT']],
    );
    assert.deepEqual(bugs, []);
  });

  it('does not knock at a database that is away more often than every five seconds, and one at a time', async () => {
    const { clock, writer, poll, written, fail, attempts } = setUp();
    writer.open();
    fail(away);
    poll();
    clock.advance(1000);
    await settled();
    assert.equal(attempts(), 1);
    for (let seconds = 0; seconds < 20; seconds += 1) {
      poll();
      clock.advance(960);
      await settled();
    }
    assert.equal(attempts(), 5);
    fail(null);
    clock.advance(5000);
    await settled();
    assert.equal(written.length, 1);
  });

  it('writes what waits when it is closed, and nothing after', async () => {
    const { writer, poll, settle, written } = setUp();
    writer.open();
    poll();
    await writer.close();
    assert.equal(written.length, 1);
    poll(timeout);
    await settle();
    assert.equal(written.length, 1);
  });

  it('does not hold up a stop when the database does not answer', async () => {
    const { clock, writer, poll, hang } = setUp();
    writer.open();
    const release = hang();
    poll();
    const closed = writer.close();
    await settled();
    clock.advance(1000);
    await closed;
    release(away);
    await settled();
    assert.equal(clock.pending(), 0);
  });

  it('is loud about what is no trouble', async () => {
    const { writer, poll, settle, bugs, fail } = setUp();
    writer.open();
    const bug = new TypeError('a mistake of ours');
    fail(bug);
    poll();
    await settle();
    assert.deepEqual(bugs, [bug]);
  });

  it('writes the second failed poll of an outage at once, and no other sooner than a minute later', async () => {
    const { writer, poll, settle, written } = setUp();
    writer.open();
    for (let polls = 0; polls < 10; polls += 1) {
      poll(timeout);
      await settle();
    }
    assert.deepEqual(
      written.map(([note]) => note?.at),
      [NOON + 40, NOON + 1080],
    );
  });

  it('notes nothing by a clock that is not set', async () => {
    const clock = createManualClock(NOON, { earliestAt: NOON + 1 });
    const writer = createConditionWriter({ book: { note: () => assert.fail() }, clock, logger: {} as Logger });
    writer.open();
    writer.polled(failed(timeout), 40);
    await writer.flush();
    assert.equal(clock.pending(), 0);
  });
});
