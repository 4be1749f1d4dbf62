import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isLate } from '../../src/devices/condition.ts';
import { recallRouters } from '../../src/devices/condition-recall.ts';
import { createConditions } from '../../src/devices/conditions.ts';
import { NO_FACTS } from '../../src/devices/facts.ts';
import type { DeviceSource, PollEnd, RouterStatus } from '../../src/devices/ports.ts';
import { countedRouters, createRoster } from '../../src/devices/roster.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import { deviceOf } from '../support/devices.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';

const NOW = Date.UTC(2026, 5, 10);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const facts = { version: '7.20.1', board: null, identity: null, bootedAt: 0 };
const refused = new TroubleError('ROUTER_REFUSED', 'refused', 'look');
const away = new TroubleError('DATABASE_UNAVAILABLE', 'away', 'start it');
const words = { code: 'ROUTER_REFUSED', message: 'refused', advice: 'look' };
const booked: PollEnd = { status: 'booked', router: 'edge', facts };
const dropped: PollEnd = { status: 'dropped', router: 'edge', facts };
const held: PollEnd = { status: 'held', router: 'edge', facts, trouble: away };
const failed: PollEnd = { status: 'failed', router: 'edge', trouble: refused };

function statusOf(change: Partial<RouterStatus> = {}): RouterStatus {
  return {
    ...{ router: 'edge', reachableSince: NOW - 99 * HOUR, reachableUntil: null, errorCode: null, errorAt: null },
    ...{ errorText: null, version: null, board: null, identity: null, bootedAt: null, pollMs: 20, notedAt: NOW },
    ...change,
  };
}

/** Each poll has failed since then, the last time at `errorAt`. */
function failingSince(reachableUntil: number, errorAt = reachableUntil + MINUTE): Partial<RouterStatus> {
  const { code: errorCode, ...errorText } = words;
  return { reachableUntil, errorAt, errorCode, errorText, notedAt: errorAt };
}

function setUp({ routers = ['edge'], everyMs = MINUTE, isPolling = true, hasOthers = false } = {}) {
  const clock = createManualClock(NOW);
  const logger = createMemoryLogger();
  let states: RouterStatus[] = [];
  let lastReads = new Map<string, number>();
  let trouble: Error | null = null;
  const book = {
    states: async () => {
      if (trouble !== null) throw trouble;
      return states;
    },
    lastReads: async () => lastReads,
  };
  let devices = routers.map((name) => deviceOf(name));
  let tell = () => {};
  const source: DeviceSource = {
    devices: () => devices,
    follow: (listener) => {
      tell = () => void listener();
    },
  };
  const conditions = createConditions({
    ...{ roster: countedRouters(createRoster([source])), book, everyMs, hasOthers, clock, logger },
  });
  if (isPolling) conditions.expectPolls();
  function stored(readAt: number | null, change: Partial<RouterStatus> = {}): void {
    states = [statusOf(change)];
    lastReads = new Map(readAt === null ? [] : [['edge', readAt]]);
  }
  return {
    ...{ clock, conditions, logger },
    edge: () => conditions.find('edge'),
    poll(end: PollEnd, tookMs = 100) {
      conditions.polled(end, tookMs);
    },
    stored,
    set(names: readonly string[]) {
      devices = names.map((name) => deviceOf(name));
      tell();
    },
    async recall(readAt: number | null, change: Partial<RouterStatus> = {}) {
      stored(readAt, change);
      await conditions.recall();
    },
    fail(error: Error | null) {
      trouble = error;
    },
  };
}

describe('the rule for late', () => {
  const well = { ageMs: 0, unbookedPolls: 0, silentMs: 0, everyMs: HOUR, tookMs: 100 };
  const cases: [string, Partial<typeof well>, boolean][] = [
    ['a router read 40 min ago, with hourly polls', { ageMs: 40 * MINUTE, silentMs: 40 * MINUTE }, false],
    ['one of which one poll failed, however old it is', { ageMs: 99 * HOUR, unbookedPolls: 1 }, false],
    ['one of which two polls failed within three intervals', { ageMs: 3 * HOUR, unbookedPolls: 2 }, false],
    ['one of which two polls failed, and three intervals are over', { ageMs: 3 * HOUR + 1, unbookedPolls: 2 }, true],
    ['one of which no poll has ended for three intervals', { ageMs: 4 * HOUR, silentMs: 3 * HOUR + 1 }, true],
    ['one that takes longer to read than the interval', { ageMs: 4 * HOUR, unbookedPolls: 9, tookMs: 2 * HOUR }, false],
  ];
  for (const [what, change, expected] of cases) {
    it(`calls ${what} ${expected ? 'late' : 'not late'}`, () => {
      assert.equal(isLate({ ...well, ...change }), expected);
    });
  }

  it('calls nobody late before three intervals, nor before two failed polls while polls end', () => {
    const ms = fc.integer({ min: 0, max: 10 * HOUR });
    fc.assert(
      fc.property(ms, fc.nat(5), ms, fc.integer({ min: 1000, max: HOUR }), (ageMs, polls, silentMs, everyMs) => {
        const late = isLate({ ageMs, unbookedPolls: polls, silentMs, everyMs, tookMs: 0 });
        if (ageMs <= 3 * everyMs) assert.equal(late, false);
        if (polls < 2 && silentMs <= 3 * everyMs) assert.equal(late, false);
      }),
    );
  });
});

describe('the condition of a router that another worker polls', () => {
  it('is what that worker says, and is not judged as one of our own', () => {
    const { clock, conditions, edge, poll } = setUp({ hasOthers: true });
    poll(booked);
    assert.equal(edge().wasPolled, true);
    clock.advance(MINUTE);
    conditions.heard(failed, 20_000);
    const heard = edge();
    assert.deepEqual(
      { code: heard.code, since: heard.since, wasPolled: heard.wasPolled },
      { code: failed.trouble.code, since: NOW + MINUTE, wasPolled: false },
    );
    clock.advance(MINUTE);
    conditions.heard(booked, 100);
    assert.deepEqual(
      { code: edge().code, lastReadAt: edge().lastReadAt },
      { code: null, lastReadAt: NOW + 2 * MINUTE },
    );
  });

  it('is not late because it is known from the database alone, where polls are noted once a minute', async () => {
    for (const hasOthers of [false, true]) {
      const { clock, edge, recall } = setUp({ everyMs: 10_000, hasOthers });
      await recall(NOW, { notedAt: NOW });
      clock.advance(2 * MINUTE);
      assert.equal(edge().isFresh, hasOthers);
      clock.advance(2 * MINUTE);
      assert.equal(edge().isFresh, false);
    }
  });
});

describe('the condition of a router', () => {
  it('is fresh for three intervals after the first poll is to be expected, and not a millisecond more', () => {
    const { clock, edge } = setUp();
    clock.advance(180_000);
    const never = {
      ...{ router: 'edge', lastReadAt: null, code: null, trouble: null, since: null },
      ...{ wasPolled: false, facts: NO_FACTS },
    };
    assert.deepEqual(edge(), { ...never, isFresh: true, ageMs: 180_000 });
    clock.advance(1);
    assert.deepEqual(edge(), { ...never, isFresh: false, ageMs: 180_001 });
  });

  for (const end of [booked, dropped]) {
    it(`is fresh again after a poll that was ${end.status}`, () => {
      const { clock, edge, poll } = setUp();
      clock.advance(500_000);
      poll(end);
      assert.deepEqual([edge().isFresh, edge().lastReadAt], [true, NOW + 500_000]);
      clock.advance(180_001);
      assert.equal(edge().isFresh, false);
    });
  }

  for (const [end, trouble, since] of [
    [failed, words, NOW + MINUTE],
    [held, null, null],
  ] as const) {
    it(`is late after two polls that ${end.status === 'held' ? 'are held in memory' : 'failed'} and three intervals, and says why`, () => {
      const { clock, edge, poll } = setUp();
      poll(booked);
      for (let minute = 1; minute <= 3; minute += 1) {
        clock.advance(MINUTE);
        poll(end);
        assert.equal(edge().isFresh, true);
      }
      clock.advance(1);
      const { code } = end.status === 'failed' || end.status === 'held' ? end.trouble : words;
      const condition = { lastReadAt: NOW, ageMs: 180_001, isFresh: false, code, trouble, since };
      assert.deepEqual(edge(), { router: 'edge', ...condition, wasPolled: true, facts });
    });
  }

  it('is not late by one failed poll, however long ago the router was read', async () => {
    const { edge, poll, recall } = setUp({ everyMs: HOUR });
    await recall(NOW - 72 * HOUR);
    poll(failed);
    assert.deepEqual([edge().isFresh, edge().code, edge().ageMs], [true, 'ROUTER_REFUSED', 72 * HOUR]);
    poll(failed);
    assert.equal(edge().isFresh, false);
  });

  it('is not late 40 min after a poll, with hourly polls', () => {
    const { clock, edge, poll } = setUp({ everyMs: HOUR });
    poll(booked);
    clock.advance(40 * MINUTE);
    assert.equal(edge().isFresh, true);
  });

  it('forgets the trouble with the first poll that goes well, and counts from one again', () => {
    const { clock, edge, poll } = setUp();
    for (const end of [failed, failed, booked]) poll(end);
    assert.deepEqual([edge().code, edge().trouble, edge().since], [null, null, null]);
    clock.advance(180_000);
    poll(failed);
    clock.advance(1);
    assert.equal(edge().isFresh, true);
  });

  it('is fresh for three times as long as a poll takes, where that is longer than the interval', () => {
    const { clock, edge, poll } = setUp();
    poll(booked, 100_000);
    clock.advance(300_000);
    assert.equal(edge().isFresh, true);
    clock.advance(1);
    assert.equal(edge().isFresh, false);
  });

  it('does not depend on the wall clock', () => {
    const { clock, edge, poll } = setUp();
    poll(booked);
    clock.step(86_400_000);
    assert.equal(edge().isFresh, true);
  });

  it("is each router's own, and kept of those that are polled now: one that joins has three intervals from then on", () => {
    const { clock, conditions, poll, set } = setUp({ routers: ['edge', 'core'] });
    clock.advance(180_001);
    poll(booked);
    set(['new', 'edge', 'core']);
    poll({ ...booked, router: 'stranger' });
    assert.deepEqual(
      conditions.all().map(({ router, isFresh, ageMs }) => [router, isFresh, ageMs]),
      [
        ['new', true, 0],
        ['edge', true, 0],
        ['core', false, 180_001],
      ],
    );
    set(['new']);
    assert.deepEqual(
      conditions.all().map(({ router }) => router),
      ['new'],
    );
  });
});

describe('what the database knows of a router', () => {
  it('names a dead router at once after the start, with the beginning of its outage and its trouble', async () => {
    const { edge, recall } = setUp();
    await recall(NOW - 72 * HOUR, failingSince(NOW - 71 * HOUR));
    assert.deepEqual(edge(), {
      router: 'edge',
      lastReadAt: NOW - 72 * HOUR,
      ageMs: 72 * HOUR,
      isFresh: false,
      code: 'ROUTER_REFUSED',
      trouble: words,
      since: NOW - 71 * HOUR,
      wasPolled: false,
      facts: NO_FACTS,
    });
  });

  it('counts a failed poll of before with the first one here, and keeps the beginning of the outage', async () => {
    const { edge, recall, poll } = setUp();
    await recall(NOW - 72 * HOUR, failingSince(NOW - 71 * HOUR, NOW - 71 * HOUR));
    assert.equal(edge().isFresh, true);
    poll(failed);
    assert.deepEqual([edge().isFresh, edge().since], [false, NOW - 71 * HOUR]);
  });

  it('gives one that was well its three intervals, and never forgets its age', async () => {
    const { edge, recall, clock } = setUp();
    await recall(NOW - 72 * HOUR);
    assert.deepEqual([edge().isFresh, edge().ageMs, edge().code], [true, 72 * HOUR, null]);
    clock.advance(180_001);
    assert.equal(edge().isFresh, false);
  });

  it('is all there is where this process does not poll: what no worker has read for three intervals is late', async () => {
    const { edge, recall, clock } = setUp({ isPolling: false });
    await recall(NOW - 90_000);
    assert.equal(edge().isFresh, true);
    clock.advance(180_001);
    assert.equal(edge().isFresh, false);
  });

  it('says of one that nobody knows that it was never read', async () => {
    const { conditions, recall } = setUp({ isPolling: false });
    await recall(NOW);
    const never = {
      lastReadAt: null,
      ageMs: 0,
      isFresh: false,
      code: null,
      trouble: null,
      since: null,
      wasPolled: false,
      facts: NO_FACTS,
    };
    assert.deepEqual(conditions.find('stranger'), { router: 'stranger', ...never });
  });

  it('tells version, board, name and boot of a router from its last reading, by whichever worker', async () => {
    const { edge, recall, poll, clock } = setUp();
    const noted = { version: '7.12', board: 'hEX', identity: 'gate', bootedAt: NOW - HOUR };
    await recall(NOW - HOUR, noted);
    assert.deepEqual(edge().facts, noted);
    poll(failed);
    assert.deepEqual(edge().facts, noted, 'a failed poll tells nothing new');
    poll({ ...booked, facts: { ...facts, board: '', version: 'v'.repeat(300), bootedAt: 0.6 } });
    assert.deepEqual(edge().facts, { version: 'v'.repeat(255), board: null, identity: null, bootedAt: 1 });
    await recall(NOW - HOUR, noted);
    assert.equal(edge().facts.bootedAt, 1, 'what was noted before is older');
    clock.advance(MINUTE);
    await recall(NOW + MINUTE, noted);
    assert.deepEqual(edge().facts, noted, 'another worker has read it since');
  });

  it('keeps one fresh that failed only a moment ago', async () => {
    const { edge, recall } = setUp();
    await recall(NOW - 90_000, failingSince(NOW - 30_000, NOW - 1000));
    assert.deepEqual([edge().isFresh, edge().code], [true, 'ROUTER_REFUSED']);
  });

  it('says of one that was never read that it never was, and since when it was tried', async () => {
    const { edge, recall } = setUp();
    await recall(null, failingSince(NOW - 71 * HOUR));
    assert.deepEqual([edge().isFresh, edge().lastReadAt, edge().ageMs], [false, null, 71 * HOUR]);
  });

  it('comes late where the database was away at the start, and holds then too', async () => {
    const { edge, recall, poll, clock } = setUp();
    poll(failed);
    clock.advance(20_000);
    await recall(NOW - 72 * HOUR, failingSince(NOW - 71 * HOUR, NOW - 71 * HOUR));
    assert.deepEqual(
      [edge().isFresh, edge().ageMs, edge().since, edge().code],
      [false, 72 * HOUR + 20_000, NOW - 71 * HOUR, 'ROUTER_REFUSED'],
    );
  });

  it('does not count what this process noted itself a second time', async () => {
    const { edge, recall, poll, clock } = setUp();
    await recall(NOW - HOUR);
    poll(failed);
    clock.advance(1000);
    await recall(NOW - HOUR, failingSince(NOW, NOW));
    assert.deepEqual([edge().isFresh, edge().since], [true, NOW]);
  });

  it('counts what another worker read meanwhile, and never less than what was seen here', async () => {
    const { edge, recall, poll, clock } = setUp();
    poll(booked);
    await recall(NOW - 72 * HOUR, failingSince(NOW - 71 * HOUR));
    assert.deepEqual([edge().ageMs, edge().code], [0, null]);
    clock.advance(HOUR);
    for (const end of [failed, failed]) poll(end);
    assert.equal(edge().isFresh, false);
    await recall(NOW + HOUR - 5_000);
    assert.deepEqual([edge().isFresh, edge().ageMs, edge().code], [true, 5_000, 'ROUTER_REFUSED']);
  });

  it('reaches a router that is polled from later on', async () => {
    const { conditions, recall, set } = setUp({ routers: [] });
    await recall(NOW - 72 * HOUR, failingSince(NOW - 71 * HOUR));
    set(['edge']);
    assert.deepEqual(
      conditions.all().map(({ isFresh, ageMs }) => [isFresh, ageMs]),
      [[false, 72 * HOUR]],
    );
  });

  it('is never older than nothing where the clock was ahead', async () => {
    const { edge, recall } = setUp();
    await recall(NOW + HOUR);
    assert.equal(edge().ageMs, 0);
  });

  it('is asked for every minute from start to stop, and waits for a database that is away', async () => {
    const { clock, conditions, edge, stored, fail, logger } = setUp();
    const settled = () => new Promise((resolve) => setImmediate(resolve));
    conditions.start();
    fail(away);
    clock.advance(MINUTE);
    await settled();
    assert.equal(edge().lastReadAt, null);
    fail(null);
    stored(NOW);
    clock.advance(MINUTE);
    await settled();
    assert.equal(edge().lastReadAt, NOW);
    await conditions.stop();
    assert.equal(clock.pending(), 0);
    assert.deepEqual(logger.errors(), []);
  });

  it('is joined of its states and its readings', () => {
    const dead = statusOf(failingSince(50, 60));
    const down = statusOf({ ...failingSince(50, 50), router: 'hill', errorText: null, pollMs: 20_000 });
    const up = statusOf({ router: 'core', errorCode: 'ROUTER_REFUSED', errorAt: 40, pollMs: 30, notedAt: 70 });
    const reads = new Map([
      ['edge', 40],
      ['other', 7],
    ]);
    const failing = { since: 50, code: 'ROUTER_REFUSED' };
    assert.deepEqual(recallRouters([dead, down, up], reads), [
      {
        router: 'edge',
        lastReadAt: 40,
        endedAt: 60,
        tookMs: 0,
        failing: { ...failing, polls: 2, trouble: words },
        facts: NO_FACTS,
      },
      {
        router: 'hill',
        lastReadAt: null,
        endedAt: 50,
        tookMs: 0,
        failing: { ...failing, polls: 1, trouble: null },
        facts: NO_FACTS,
      },
      { router: 'core', lastReadAt: null, endedAt: 70, tookMs: 30, failing: null, facts: NO_FACTS },
      { router: 'other', lastReadAt: 7, endedAt: null, tookMs: 0, failing: null, facts: NO_FACTS },
    ]);
  });
});
