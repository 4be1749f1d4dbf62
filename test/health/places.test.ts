import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isInMaintenance, isOpen, type MaintenanceWindow } from '../../src/health/maintenance.ts';
import { consequencesOf } from '../../src/health/news.ts';
import { judgeParents, type Placed, waysTo } from '../../src/health/parents.ts';
import { type Health, newHealth } from '../../src/health/state.ts';
import { NOON } from './support.ts';

const place = (name: string, parent: string | null, tags: readonly string[] = []): Placed => ({ name, parent, tags });

describe('the devices in front of one', () => {
  const all = [
    place('core', null),
    place('tower', 'core'),
    place('home', 'tower'),
    place('a', 'b'),
    place('b', 'a'),
    place('self', 'self'),
  ];
  const find = (name: string) => all.find((each) => each.name === name) ?? null;
  const way = (name: string) => waysTo(find(name) ?? place(name, 'gone'), find).map((each) => each.name);

  it('are found, nearest first; a circle and a name that is not known end the way', () => {
    assert.deepEqual(
      [way('home'), way('core'), way('a'), way('self'), way('other')],
      [['tower', 'core'], [], ['b'], [], []],
    );
  });

  const moment = (monotonicMs: number) => ({ at: NOON, monotonicMs });
  const health = (state: Health['state'], answeredMs: number | null): Health => ({
    ...newHealth('p', NOON),
    state,
    answeredAt: answeredMs === null ? null : { at: NOON, monotonicMs: answeredMs },
  });
  for (const [what, parents, expected] of [
    ['there is none', [], 'alive'],
    ['one answered after the first failure', [health('up', 100)], 'alive'],
    ['one answered before it', [health('up', 99)], 'doubtful'],
    ['one failed last time', [health('suspect', 200)], 'doubtful'],
    ['one is down', [health('down', 50)], 'dead'],
    ['one is unreachable itself', [health('up', 200), health('unreachable', 50)], 'dead'],
    ['one was never looked at', [health('unknown', null)], 'doubtful'],
    ['one was looked at before it alone', [{ ...health('unknown', 50), lookedAt: moment(99) }], 'doubtful'],
    ['one was looked at after it, and is not known', [{ ...health('unknown', null), lookedAt: moment(100) }], 'alive'],
    ['one cannot be looked at', [{ ...health('unknown', null), unseen: 1 }], 'alive'],
    [
      'one has failed since the worker began to look',
      [{ ...health('unknown', null), lookedAt: moment(100), failures: 1 }],
      'doubtful',
    ],
    ['one is in maintenance', [health('maintenance', null)], 'alive'],
    ['one is paused', [health('paused', null)], 'alive'],
    [
      'one was seen by another process',
      [{ ...health('up', 0), answeredAt: { at: NOON, monotonicMs: null } }],
      'doubtful',
    ],
  ] as const) {
    it(`are ${expected} when ${what}`, () => assert.equal(judgeParents(parents, 100), expected));
  }
});

describe('maintenance', () => {
  const window: MaintenanceWindow = {
    ...{ id: 1, device: 'tower', tag: null, isWeekly: false },
    startsAt: Date.parse('2026-10-22T02:00:00+02:00'),
    endsAt: Date.parse('2026-10-22T04:00:00+02:00'),
  };
  const open = (at: string, isWeekly = true) => isOpen({ ...window, isWeekly }, Date.parse(at), 'Europe/Berlin');

  it('is open from its begin until its end', () => {
    assert.deepEqual(
      [
        '2026-10-22T01:59:59+02:00',
        '2026-10-22T02:00:00+02:00',
        '2026-10-22T03:59:59+02:00',
        '2026-10-22T04:00:00+02:00',
      ].map((at) => open(at, false)),
      [false, true, true, false],
    );
    assert.equal(open('2026-10-29T02:30:00+01:00', false), false);
  });

  it('comes again every week at the same local time, also after clocks were set back', () => {
    assert.deepEqual(
      [
        '2026-10-29T01:59:59+01:00',
        '2026-10-29T02:00:00+01:00',
        '2026-10-29T03:59:59+01:00',
        '2026-10-29T04:00:00+01:00',
        '2026-10-15T03:00:00+02:00',
      ].map((at) => open(at)),
      [false, true, true, false, false],
    );
  });

  it('is open exactly from a begin, each week at the same local time, for as long as the first one', () => {
    const zones = fc.constantFrom(
      ...['Europe/Berlin', 'Australia/Lord_Howe', 'America/Havana', 'Pacific/Apia', 'Asia/Karachi'],
    );
    const minutes = (max: number) => fc.integer({ min: 0, max }).map((count) => count * 60_000);
    const begins = minutes(20 * 365 * 1440).map((ms) => Date.UTC(2009) + ms);
    const week = 7 * 86_400_000;
    fc.assert(
      fc.property(zones, begins, minutes(7 * 1440), fc.integer({ min: -1, max: 60 }), minutes(7 * 1440), (...given) => {
        const [timeZone, startsAt, lengthMs, weeks, pastMs] = given;
        const at = startsAt + weeks * week + pastMs;
        const weekly = { ...window, startsAt, endsAt: startsAt + lengthMs, isWeekly: true };
        const first = Temporal.Instant.fromEpochMilliseconds(startsAt).toZonedDateTimeISO(timeZone);
        const isWithin = Array.from({ length: 64 }, (_, count) => first.add({ weeks: count }).epochMilliseconds).some(
          (begin) => at >= begin && at < begin + lengthMs,
        );
        assert.equal(isOpen(weekly, at, timeZone), isWithin);
      }),
    );
  });

  it('holds for the device, for all with the tag, and for what is behind them', () => {
    const [tower, home] = [place('tower', null, ['north']), place('home', 'tower')];
    for (const [given, expected] of [
      [[{ device: 'tower', tag: null }], [true, true]],
      [[{ device: null, tag: 'north' }], [true, true]],
      [[{ device: 'home', tag: null }], [false, true]],
      [[{ device: null, tag: 'south' }], [false, false]],
      [[], [false, false]],
    ] as const) {
      assert.deepEqual([isInMaintenance(tower, [], given), isInMaintenance(home, [tower], given)], expected);
    }
  });
});

describe('what follows from a change', () => {
  const before = newHealth('r1', NOON);
  const down = { ...before, state: 'down', downSince: NOON } as const;
  const flapping = { flappingSince: NOON };
  const follow = (one: Health, other: Health) => {
    const { incidents, news } = consequencesOf(one, other, NOON + 1);
    return [incidents.map(({ kind, is }) => `${kind} ${is}`), news.map(({ event }) => event)];
  };

  for (const [what, one, other, expected] of [
    ['a DOWN', before, down, [['device open'], ['down']]],
    ['an UP', down, before, [['device closed'], ['up']]],
    [
      'a DOWN with which flapping begins',
      before,
      { ...down, ...flapping },
      [['flapping open', 'device open'], ['flapping']],
    ],
    ['an UP while it flaps', { ...down, ...flapping }, { ...before, ...flapping }, [['device closed'], []]],
    ['the end of flapping', { ...before, ...flapping }, before, [['flapping closed'], ['steady']]],
    ['a login that is refused', before, { ...before, illSince: NOON }, [['ill open'], ['ill']]],
    ['a login that works again', { ...before, illSince: NOON }, before, [['ill closed'], []]],
    ['a pause of one that is down', down, { ...before, state: 'paused' }, [['device closed'], []]],
    ['no change', down, down, [[], []]],
  ] as const) {
    it(`is told and kept: ${what}`, () => assert.deepEqual(follow(one, other), expected));
  }
});
