import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRouterStateKeeper } from '../../src/devices/router-states.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import type { Logger } from '../../src/runtime/logger.ts';
import type { RouterNote, RouterReading } from '../../src/usage/ports.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';
import { visitUntil } from '../support/visits.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
const never = visitUntil();
const timeout = new TroubleError('ROUTER_TIMEOUT', 'no answer', 'look at the cable');
const away = new TroubleError('DATABASE_UNAVAILABLE', 'the database is away', 'start it');

/** What is read at the clock's time from a router that booted a day before noon. */
function readingAt(clock: ManualClock, changes: { version?: string; bootedAt?: number } = {}): RouterReading {
  const { version = '7.20.1', bootedAt = NOON - 86_400_000 } = changes;
  const uptimeMs = clock.now() - bootedAt;
  return {
    sampledAt: clock.now(),
    uptimeMs,
    endUptimeMs: uptimeMs + 1000,
    reader: 'process-1',
    monotonicMs: clock.monotonicMs(),
    askedMs: clock.monotonicMs(),
    bootId: clock.bootId,
    serial: null,
    queues: [],
    unreadable: [],
    facts: { version, board: 'CHR', identity: 'edge' },
  };
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
  const keeper = createRouterStateKeeper({ book, clock, logger });
  let next: () => RouterReading = () => readingAt(clock);
  const reader = keeper.watch('edge-1', {
    async read() {
      clock.advance(40);
      return next();
    },
    close() {},
  });
  return {
    clock,
    keeper,
    written,
    bugs,
    reader,
    async poll(result?: Parameters<typeof readingAt>[1] | TroubleError) {
      next = () => {
        if (result instanceof TroubleError) throw result;
        return readingAt(clock, result);
      };
      await reader.read(never).catch((error: unknown) => assert.equal(error, result));
    },
    /** Lets a second pass, in which notes gather, and what then begins come to its end. */
    async settle() {
      clock.advance(1000);
      await keeper.flush();
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

describe('the keeper of router states', () => {
  it('notes a router that was read: its figures, since when it is up and how long the poll took', async () => {
    const { keeper, poll, settle, written } = setUp();
    keeper.open();
    await poll();
    await settle();
    const facts = { version: '7.20.1', board: 'CHR', identity: 'edge', bootedAt: NOON - 86_400_000 };
    assert.deepEqual(written, [[{ router: 'edge-1', at: NOON + 40, pollMs: 40, error: null, facts }]]);
  });

  it('notes a router that cannot be read, and passes the trouble on', async () => {
    const { keeper, poll, settle, written } = setUp();
    keeper.open();
    await poll(timeout);
    await settle();
    assert.equal(written[0]?.[0]?.error?.code, 'ROUTER_TIMEOUT');
  });

  it('writes once a minute while nothing changes', async () => {
    const { clock, keeper, poll, settle, written } = setUp();
    keeper.open();
    for (let seconds = 0; seconds < 180; seconds += 10) {
      await poll();
      await settle();
      clock.advance(9000 - 40);
    }
    assert.equal(written.length, 3);
  });

  it('writes at once when it is lost, comes back, boots or is updated', async () => {
    const { keeper, poll, settle, written } = setUp();
    keeper.open();
    for (const result of [
      undefined,
      timeout,
      undefined,
      { bootedAt: NOON - 10_000 },
      { bootedAt: NOON - 10_000, version: '7.21' },
    ]) {
      await poll(result);
      await settle();
    }
    assert.equal(written.length, 5);
  });

  it('does not take the second that an uptime is rounded to for a boot', async () => {
    const { keeper, poll, settle, written } = setUp();
    keeper.open();
    for (const jitterMs of [0, 900, -400]) {
      await poll({ bootedAt: NOON - 86_400_000 + jitterMs });
      await settle();
    }
    assert.equal(written.length, 1);
  });

  it('gathers many routers into one statement', async () => {
    const { clock, keeper, settle, written } = setUp();
    keeper.open();
    for (let index = 0; index < 50; index += 1) {
      const reader = keeper.watch(`edge-${index}`, { read: async () => readingAt(clock), close() {} });
      await reader.read(never);
    }
    await settle();
    assert.deepEqual(
      written.map((notes) => notes.length),
      [50],
    );
  });

  it('writes nothing before the book is open, and forgets nothing meanwhile', async () => {
    const { keeper, poll, settle, written } = setUp();
    await poll();
    await settle();
    assert.equal(written.length, 0);
    keeper.open();
    await keeper.flush();
    assert.equal(written.length, 1);
  });

  it('writes the newest state once the database is back', async () => {
    const { keeper, poll, settle, written, bugs, fail } = setUp();
    keeper.open();
    fail(away);
    await poll();
    await settle();
    await poll(timeout);
    await settle();
    fail(null);
    await keeper.flush();
    assert.deepEqual(
      written.map((notes) => notes.map(({ error }) => error?.code ?? null)),
      [['ROUTER_TIMEOUT']],
    );
    assert.deepEqual(bugs, []);
  });

  it('does not knock at a database that is away more often than every five seconds, and one at a time', async () => {
    const { clock, keeper, poll, written, fail, attempts } = setUp();
    keeper.open();
    fail(away);
    await poll();
    clock.advance(1000);
    await settled();
    assert.equal(attempts(), 1);
    for (let seconds = 0; seconds < 20; seconds += 1) {
      await poll();
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
    const { keeper, poll, settle, written } = setUp();
    keeper.open();
    await poll();
    await keeper.close();
    assert.equal(written.length, 1);
    await poll(timeout);
    await settle();
    assert.equal(written.length, 1);
  });

  it('does not hold up a stop when the database does not answer', async () => {
    const { clock, keeper, poll, hang } = setUp();
    keeper.open();
    const release = hang();
    await poll();
    const closed = keeper.close();
    await settled();
    clock.advance(1000);
    await closed;
    release(away);
    await settled();
    assert.equal(clock.pending(), 0);
  });

  it('is loud about what is no trouble', async () => {
    const { keeper, poll, settle, bugs, fail } = setUp();
    keeper.open();
    const bug = new TypeError('a mistake of ours');
    fail(bug);
    await poll();
    await settle();
    assert.deepEqual(bugs, [bug]);
  });

  it('notes nothing of a poll that the worker itself broke off', async () => {
    const { keeper, settle, written } = setUp();
    keeper.open();
    const stopped = visitUntil(AbortSignal.abort());
    const reader = keeper.watch('edge-2', { read: () => Promise.reject(timeout), close() {} });
    await assert.rejects(reader.read(stopped), timeout);
    await settle();
    assert.equal(written.length, 0);
  });
});
