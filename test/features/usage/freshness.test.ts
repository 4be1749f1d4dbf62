import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFreshnessBoard } from '../../../src/features/usage/freshness.ts';
import type { PollOutcome } from '../../../src/features/usage/ports.ts';
import { TroubleError } from '../../../src/runtime/errors.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const refused = new TroubleError('ROUTER_REFUSED', 'refused', 'look');
const away = new TroubleError('DATABASE_UNAVAILABLE', 'away', 'start it');
const booked: PollOutcome = { status: 'booked', router: 'edge', queues: 3 };
const dropped: PollOutcome = { status: 'dropped', router: 'edge', queues: 3 };
const failed: PollOutcome = { status: 'failed', router: 'edge', trouble: refused };
const held: PollOutcome = { status: 'held', router: 'edge', trouble: away };

function setUp(routers = ['edge']) {
  const clock = createManualClock(Date.UTC(2026, 5, 10));
  const board = createFreshnessBoard({ routers, everyMs: 60_000, clock });
  return { clock, board, polled: board.meter.polled, edge: () => board.routers()[0] };
}

describe('the freshness of a router', () => {
  it('is granted for three intervals after the start, and not a millisecond more', () => {
    const { clock, edge } = setUp();
    clock.advance(180_000);
    assert.deepEqual(edge(), { router: 'edge', isFresh: true, ageMs: 180_000, code: null });
    clock.advance(1);
    assert.deepEqual(edge(), { router: 'edge', isFresh: false, ageMs: 180_001, code: null });
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
      assert.deepEqual(edge(), { router: 'edge', isFresh: false, ageMs: 180_001, code: outcome.trouble.code });
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

  it('is watched of those that are configured now: who stays keeps his age, who is new has three intervals', () => {
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
