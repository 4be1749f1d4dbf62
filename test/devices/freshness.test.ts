import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFreshnessBoard, type RouterRecall, recallRouters } from '../../src/devices/freshness.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import type { PollOutcome } from '../../src/usage/ports.ts';
import { createManualClock } from '../support/manual-clock.ts';

const refused = new TroubleError('ROUTER_REFUSED', 'refused', 'look');
const away = new TroubleError('DATABASE_UNAVAILABLE', 'away', 'start it');
const booked: PollOutcome = { status: 'booked', router: 'edge', queues: 3 };
const dropped: PollOutcome = { status: 'dropped', router: 'edge', queues: 3 };
const failed: PollOutcome = { status: 'failed', router: 'edge', trouble: refused };
const held: PollOutcome = { status: 'held', router: 'edge', trouble: away };

const NOW = Date.UTC(2026, 5, 10);

function setUp(routers = ['edge']) {
  const clock = createManualClock(NOW);
  const board = createFreshnessBoard({ routers, everyMs: 60_000, clock });
  return { clock, board, polled: board.meter.polled, edge: () => board.routers()[0] };
}

describe('the freshness of a router', () => {
  it('is granted for three intervals after the start, and not a millisecond more', () => {
    const { clock, edge } = setUp();
    clock.advance(180_000);
    assert.deepEqual(edge(), { router: 'edge', isFresh: true, ageMs: 180_000, lastReadAt: null, code: null });
    clock.advance(1);
    assert.deepEqual(edge(), { router: 'edge', isFresh: false, ageMs: 180_001, lastReadAt: null, code: null });
  });

  for (const outcome of [booked, dropped]) {
    it(`is renewed by a poll that was ${outcome.status}`, () => {
      const { clock, edge, polled } = setUp();
      clock.advance(500_000);
      polled(outcome, 100);
      assert.equal(edge()?.isFresh, true);
      clock.advance(180_001);
      assert.equal(edge()?.isFresh, false);
    });
  }

  for (const outcome of [failed, held]) {
    it(`is not renewed by a poll that ${outcome.status === 'held' ? 'is held in memory' : 'failed'}, which says why`, () => {
      const { clock, edge, polled } = setUp();
      polled(booked, 100);
      clock.advance(180_001);
      polled(outcome, 100);
      const { code } = outcome.trouble;
      assert.deepEqual(edge(), { router: 'edge', isFresh: false, ageMs: 180_001, lastReadAt: NOW, code });
    });
  }

  it('forgets the trouble with the first poll that goes well', () => {
    const { edge, polled } = setUp();
    polled(failed, 100);
    assert.equal(edge()?.code, 'ROUTER_REFUSED');
    polled(booked, 100);
    assert.equal(edge()?.code, null);
  });

  it('lasts three times as long as a poll takes, where that is longer than the interval', () => {
    const { clock, edge, polled } = setUp();
    polled(booked, 100_000);
    clock.advance(300_000);
    assert.equal(edge()?.isFresh, true);
    clock.advance(1);
    assert.equal(edge()?.isFresh, false);
  });

  it('does not depend on the wall clock', () => {
    const { clock, edge, polled } = setUp();
    polled(booked, 100);
    clock.step(86_400_000);
    assert.equal(edge()?.isFresh, true);
  });

  it("is each router's own", () => {
    const { clock, board, polled } = setUp(['edge', 'core']);
    clock.advance(180_001);
    polled(booked, 100);
    assert.deepEqual(
      board.routers().map(({ router, isFresh }) => [router, isFresh]),
      [
        ['edge', true],
        ['core', false],
      ],
    );
  });

  it('is watched of those that are configured now: who stays keeps their age, who is new has three intervals', () => {
    const { clock, board } = setUp(['edge', 'core']);
    clock.advance(100_000);
    board.set(['new', 'edge']);
    clock.advance(100_000);
    assert.deepEqual(
      board.routers().map(({ router, isFresh, ageMs }) => [router, isFresh, ageMs]),
      [
        ['new', true, 100_000],
        ['edge', false, 200_000],
      ],
    );
  });

  it('is not kept for a router that is not configured', () => {
    const { board, polled } = setUp();
    polled({ ...booked, router: 'stranger' }, 1);
    assert.equal(board.routers().length, 1);
  });
});

const HOUR_MS = 3_600_000;

describe('what the database knows of a router', () => {
  const known = (change: Partial<RouterRecall> = {}): RouterRecall => ({
    router: 'edge',
    lastReadAt: NOW - 72 * HOUR_MS,
    failingSince: NOW - 71 * HOUR_MS,
    code: 'ROUTER_REFUSED',
    trouble: { code: 'ROUTER_REFUSED', message: 'refused', advice: 'look' },
    tookMs: 0,
    ...change,
  });
  const well = { failingSince: null, code: null, trouble: null };

  it('names a dead router at once after the start, with the age of its outage and its trouble', () => {
    const { board, edge } = setUp();
    board.recall([known()]);
    assert.deepEqual(edge(), {
      router: 'edge',
      isFresh: false,
      ageMs: 72 * HOUR_MS,
      lastReadAt: NOW - 72 * HOUR_MS,
      code: 'ROUTER_REFUSED',
    });
  });

  it('gives one that was well its three intervals, ended by the first poll that fails, and never forgets its age', () => {
    const { board, edge, polled, clock } = setUp();
    board.recall([known(well)]);
    assert.deepEqual([edge()?.isFresh, edge()?.ageMs, edge()?.code], [true, 72 * HOUR_MS, null]);
    clock.advance(10_000);
    polled(failed, 10);
    assert.deepEqual([edge()?.isFresh, edge()?.ageMs], [false, 72 * HOUR_MS + 10_000]);
  });

  it('keeps one fresh that failed only a moment ago', () => {
    const { board, edge } = setUp();
    board.recall([known({ lastReadAt: NOW - 90_000, failingSince: NOW - 30_000 })]);
    assert.deepEqual([edge()?.isFresh, edge()?.code], [true, 'ROUTER_REFUSED']);
  });

  it('says of one that was never read that it never was, and since when it was tried', () => {
    const { board, edge } = setUp();
    board.recall([known({ lastReadAt: null })]);
    assert.deepEqual([edge()?.isFresh, edge()?.lastReadAt, edge()?.ageMs], [false, null, 71 * HOUR_MS]);
  });

  it('gives an unknown router its three intervals, until its first poll fails', () => {
    const { board, edge, polled } = setUp();
    board.recall([]);
    assert.equal(edge()?.isFresh, true);
    polled(failed, 10);
    assert.deepEqual([edge()?.isFresh, edge()?.lastReadAt], [false, null]);
  });

  it('comes late where the database was away at the start, and holds then too', () => {
    const { board, edge, polled, clock } = setUp();
    polled(failed, 10);
    assert.equal(edge()?.isFresh, true);
    clock.advance(20_000);
    board.recall([known(well)]);
    assert.deepEqual([edge()?.isFresh, edge()?.ageMs, edge()?.code], [false, 72 * HOUR_MS + 20_000, 'ROUTER_REFUSED']);
  });

  it('counts what another worker read meanwhile, and never less than what was seen here', () => {
    const { board, edge, polled, clock } = setUp();
    polled(booked, 10);
    board.recall([known()]);
    assert.deepEqual([edge()?.ageMs, edge()?.code], [0, null]);
    clock.advance(HOUR_MS);
    polled(failed, 10);
    board.recall([known({ lastReadAt: NOW + HOUR_MS - 5_000, failingSince: null })]);
    assert.deepEqual([edge()?.isFresh, edge()?.ageMs, edge()?.code], [true, 5_000, 'ROUTER_REFUSED']);
  });

  it('reaches a router that is polled from later on', () => {
    const { board } = setUp();
    board.recall([known({ router: 'core' })]);
    board.set(['core']);
    assert.deepEqual([board.routers()[0]?.isFresh, board.routers()[0]?.ageMs], [false, 72 * HOUR_MS]);
  });

  it('is never older than nothing where the clock was ahead', () => {
    const { board, edge } = setUp();
    board.recall([known({ lastReadAt: NOW + HOUR_MS })]);
    assert.equal(edge()?.ageMs, 0);
  });

  it('is joined of its states and its readings', () => {
    const state = {
      ...{ router: 'edge', reachableSince: 1, reachableUntil: 50, errorCode: 'ROUTER_REFUSED', errorAt: 50 },
      ...{ errorText: { message: 'refused', advice: 'look' }, version: null, board: null, identity: null },
      ...{ bootedAt: null, pollMs: 20_000, notedAt: 60 },
    };
    const up = { ...state, router: 'core', reachableUntil: null, pollMs: 30 };
    const wordless = { ...state, router: 'hill', errorText: null };
    assert.deepEqual(
      recallRouters(
        [state, up, wordless],
        new Map([
          ['edge', 40],
          ['other', 7],
        ]),
      ),
      [
        known({ lastReadAt: 40, failingSince: 50 }),
        known({ ...well, router: 'core', lastReadAt: null, tookMs: 30 }),
        known({ router: 'hill', lastReadAt: null, failingSince: 50, trouble: null }),
        known({ ...well, router: 'other', lastReadAt: 7 }),
      ],
    );
  });
});
