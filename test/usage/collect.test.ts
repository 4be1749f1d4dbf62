import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createOutage } from '../../src/platform/store/outage.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import type { Logger } from '../../src/runtime/logger.ts';
import { createTroubleLog } from '../../src/runtime/trouble-log.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { createBacklog } from '../../src/usage/backlog.ts';
import { createCollector } from '../../src/usage/collect.ts';
import type { PollListener, RawQueue, RouterReading } from '../../src/usage/ports.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryLedger } from '../support/memory-ledger.ts';
import { visitUntil } from '../support/visits.ts';

const NOON = Date.UTC(2026, 5, 10, 12);
const never = visitUntil();
const away = new TroubleError('DATABASE_UNAVAILABLE', 'the database is away', 'start it');
const unreachable = new TroubleError('ROUTER_UNREACHABLE', 'no answer', 'look at the cable');

function reading(seconds: number, downloadBytes: bigint, queue: Partial<RawQueue> = {}): RouterReading {
  return {
    sampledAt: NOON + seconds * 1000,
    uptimeMs: 86_400_000 + seconds * 1000,
    endUptimeMs: 86_401_100 + seconds * 1000,
    reader: 'process-1',
    monotonicMs: seconds * 1000,
    askedMs: seconds * 1000,
    bootId: null,
    serial: null,
    unreadable: [],
    facts: { version: '7.20.1', board: null, identity: null },
    queues: [
      {
        id: '*1',
        name: 'bob',
        sessionUser: null,
        dynamic: false,
        isParent: false,
        comment: null,
        uploadBytes: 0n,
        downloadBytes,
        ...queue,
      },
    ],
  };
}

/** A collector over a script of readings; a `TroubleError` in the script is a poll that fails. */
function setUp(
  script: (RouterReading | TroubleError)[],
  users: { match: string; name: string }[] = [],
  clock = createManualClock(NOON),
) {
  const calendar = createCalendar('UTC');
  const ledger = createMemoryLedger();
  const said: string[] = [];
  const note = (fields: { subject: string; code: string }, message: string) =>
    said.push(`${fields.subject} ${fields.code}: ${message}`);
  const logger = { debug: note, info: note, warn: note, error: note } as unknown as Logger;
  const troubles = createTroubleLog({ logger, clock });
  const backlog = createBacklog({ maxRows: 100, calendar });
  const reader = {
    read: async () => {
      const next = script.shift();
      if (next === undefined) throw new Error('the script is over');
      if (next instanceof TroubleError) throw next;
      return next;
    },
    close: () => {},
  };
  const outage = createOutage({ clock, troubles });
  const router = { name: 'edge-1', lineMbps: 10_000, reader };
  const polled: string[] = [];
  const booked: bigint[] = [];
  const listeners: PollListener[] = [
    { polled: ({ status }, durationMs) => polled.push(`${status} in ${durationMs} ms`) },
    { booked: (_router, { usage }) => booked.push([...usage].reduce((sum, part) => sum + part.downloadBytes, 0n)) },
  ];
  const collector = createCollector({ router, users, ledger, calendar, clock, backlog, outage, troubles, listeners });
  return { clock, ledger, backlog, collector, said, polled, booked };
}

describe('a collector', () => {
  it('books what was moved between two polls', async () => {
    const { collector, ledger } = setUp([reading(0, 100n), reading(60, 350n)]);
    assert.equal((await collector.poll(never)).status, 'booked');
    assert.equal((await collector.poll(never)).status, 'booked');
    assert.equal(ledger.totalBytes(), 250n);
  });

  it('loses nothing to a poll that failed', async () => {
    const { collector, ledger } = setUp([reading(0, 100n), unreachable, reading(120, 350n)]);
    await collector.poll(never);
    const outcome = await collector.poll(never);
    assert.equal(outcome.status, 'failed');
    await collector.poll(never);
    assert.equal(ledger.totalBytes(), 250n);
  });

  it('has the ledger forget its router when it is closed', async () => {
    const { collector, ledger } = setUp([reading(0, 100n)]);
    await collector.poll(never);
    assert.deepEqual(ledger.forgotten, []);
    collector.close();
    assert.deepEqual(ledger.forgotten, ['edge-1']);
  });

  it('holds samples while the database is away and replays them in order', async () => {
    const { clock, collector, ledger, backlog } = setUp([
      reading(0, 100n),
      reading(60, 300n),
      reading(120, 50n),
      reading(180, 60n),
    ]);
    await collector.poll(never);
    ledger.trouble = away;
    clock.advance(60_000);
    assert.equal((await collector.poll(never)).status, 'held');
    clock.advance(60_000);
    assert.equal((await collector.poll(never)).status, 'held');
    assert.equal(backlog.size(), 2);
    ledger.trouble = null;
    clock.advance(60_000);
    assert.equal((await collector.poll(never)).status, 'booked');
    assert.equal(backlog.size(), 0);
    // 200 until the reset, 50 after it, 10 more: without the held samples the 200 would be lost.
    assert.equal(ledger.totalBytes(), 260n);
  });

  it('leaves a database that is away alone for a few seconds', async () => {
    const { clock, collector, ledger } = setUp([reading(0, 1n), reading(1, 2n), reading(8, 3n)]);
    ledger.trouble = away;
    await collector.poll(never);
    clock.advance(1_000);
    await collector.poll(never);
    assert.equal(ledger.tries, 1);
    clock.advance(7_000);
    await collector.poll(never);
    assert.equal(ledger.tries, 2);
  });

  it('commits what waits even when the router cannot be reached any more', async () => {
    const { clock, collector, ledger, backlog } = setUp([reading(0, 100n), unreachable]);
    ledger.trouble = away;
    await collector.poll(never);
    ledger.trouble = null;
    clock.advance(60_000);
    await collector.poll(never);
    assert.equal(backlog.size(), 0);
    assert.equal(ledger.bookings.length, 1);
  });

  it('says where trouble starts and where it ends', async () => {
    const { clock, collector, ledger, said } = setUp([unreachable, reading(60, 1n), reading(120, 2n)]);
    await collector.poll(never);
    ledger.trouble = away;
    await collector.poll(never);
    ledger.trouble = null;
    clock.advance(60_000);
    await collector.poll(never);
    assert.deepEqual(said, [
      'router edge-1 ROUTER_UNREACHABLE: trouble started',
      'router edge-1 ROUTER_UNREACHABLE: trouble is over',
      'database DATABASE_UNAVAILABLE: trouble started',
      'database DATABASE_UNAVAILABLE: trouble is over',
    ]);
  });

  it('tells the listeners of every poll', async () => {
    const { clock, collector, ledger, polled } = setUp([
      reading(0, 1n),
      unreachable,
      reading(120, 2n),
      reading(120, 2n),
    ]);
    await collector.poll(never);
    await collector.poll(never);
    ledger.trouble = away;
    await collector.poll(never);
    ledger.trouble = null;
    clock.advance(60_000);
    await collector.poll(never);
    assert.deepEqual(polled, ['booked in 0 ms', 'failed in 0 ms', 'held in 0 ms', 'dropped in 0 ms']);
  });

  it('tells the listeners how long a poll took', async () => {
    const { clock, collector, ledger, polled } = setUp([reading(0, 1n)]);
    const book = ledger.book.bind(ledger);
    ledger.book = async (...args) => {
      clock.advance(250);
      await book(...args);
    };
    await collector.poll(never);
    assert.deepEqual(polled, ['booked in 250 ms']);
  });

  it('tells the listeners nothing of a poll that the worker itself broke off', async () => {
    const { collector, polled } = setUp([new TroubleError('ROUTER_ABORTED', 'stopped', 'nothing')]);
    await collector.poll(visitUntil(AbortSignal.abort()));
    assert.deepEqual(polled, []);
  });

  it('tells the listeners of each booking once, when it is committed', async () => {
    const { clock, collector, ledger, booked } = setUp([
      reading(0, 100n),
      reading(60, 150n),
      reading(120, 190n),
      reading(180, 200n),
    ]);
    await collector.poll(never);
    ledger.trouble = away;
    clock.advance(60_000);
    await collector.poll(never);
    clock.advance(60_000);
    await collector.poll(never);
    assert.deepEqual(booked, [0n]);
    ledger.trouble = null;
    clock.advance(60_000);
    await collector.poll(never);
    assert.deepEqual(booked, [0n, 50n, 40n, 10n]);
  });

  it('tells the listeners of what was committed, not of what was decided before a deadlock', async () => {
    const { collector, ledger, booked } = setUp([reading(0, 100n), reading(60, 150n)]);
    const book = ledger.book.bind(ledger);
    ledger.book = (router, decide) =>
      book(router, (state) => {
        decide(state);
        return decide(state);
      });
    await collector.poll(never);
    await collector.poll(never);
    assert.deepEqual(booked, [0n, 50n]);
  });

  describe('with a clock that is not set', () => {
    const GB = 1024n ** 3n;
    /** Read in 1970, five hours after the machine started without knowing the time, from a router that booted an hour before. */
    const in1970 = (seconds: number, downloadBytes: bigint): RouterReading => ({
      ...reading(seconds, downloadBytes),
      sampledAt: 5 * 3_600_000 + seconds * 1000,
      uptimeMs: 3_600_000 + seconds * 1000,
      endUptimeMs: 3_601_100 + seconds * 1000,
    });
    const unset = () => createManualClock(5 * 3_600_000, { earliestAt: NOON - 86_400_000 });

    it('books nothing, holds what it reads, and says so once', async () => {
      const { clock, collector, ledger, backlog, said } = setUp(
        [in1970(0, 12n * GB), in1970(60, 12n * GB + 5n)],
        [],
        unset(),
      );
      for (let poll = 0; poll < 2; poll += 1) {
        const outcome = await collector.poll(never);
        assert.equal(outcome.status === 'held' && outcome.trouble.code, 'CLOCK_IMPLAUSIBLE');
        clock.advance(60_000);
      }
      assert.equal(ledger.tries, 0);
      assert.equal(backlog.size(), 2);
      assert.deepEqual(said, ['clock CLOCK_IMPLAUSIBLE: trouble started']);
    });

    it('books what was read, dated by how long ago it was, when the clock is set', async () => {
      const { clock, collector, ledger, said } = setUp(
        [in1970(0, 12n * GB), in1970(60, 12n * GB + 5n), in1970(120, 12n * GB + 7n)],
        [],
        unset(),
      );
      for (let poll = 0; poll < 2; poll += 1) {
        await collector.poll(never);
        clock.advance(60_000);
      }
      // Half past midnight: the router booted yesterday.
      const SET_AT = NOON - 11.5 * 3_600_000;
      clock.step(SET_AT - clock.now());
      assert.equal((await collector.poll(never)).status, 'booked');
      assert.equal(ledger.totalBytes(), 7n);
      assert.deepEqual(
        ledger.bookings.map(({ booking }) => booking.stamp.sampledAt - SET_AT),
        [-120_000, -60_000, 0],
      );
      assert.deepEqual(said, ['clock CLOCK_IMPLAUSIBLE: trouble started', 'clock CLOCK_IMPLAUSIBLE: trouble is over']);
    });

    it('waits again when it is lost while the worker runs', async () => {
      const { clock, collector, ledger } = setUp(
        [reading(0, 10n), reading(60, 15n)],
        [],
        createManualClock(NOON, { earliestAt: NOON }),
      );
      await collector.poll(never);
      clock.advance(60_000);
      clock.step(-60_001);
      assert.equal((await collector.poll(never)).status, 'held');
      clock.step(60_001);
      await collector.bookHeld();
      assert.equal(ledger.totalBytes(), 5n);
    });
  });

  it('lets a bug through', async () => {
    const { collector } = setUp([]);
    await assert.rejects(collector.poll(never), /the script is over/);
  });

  it('books to the user of the configuration, else of the session, else of the queue name', async () => {
    const rows = [
      reading(0, 0n),
      reading(60, 1n),
      reading(120, 2n, { name: '<pppoe-ann-1>', sessionUser: 'ann', dynamic: true, id: '*2' }),
    ];
    const { collector, ledger } = setUp(rows, [{ match: 'b?b', name: 'Robert' }]);
    for (let poll = 0; poll < 3; poll++) await collector.poll(never);
    const users = ledger.bookings.flatMap(({ booking }) => [...booking.usage].map((part) => part.user));
    assert.deepEqual([...new Set(users)].sort(), ['Robert', 'ann']);
  });
});
