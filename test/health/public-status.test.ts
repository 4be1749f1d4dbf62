import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { viewPublicStatus } from '../../src/health/pages/public-status.ts';
import {
  PUBLIC_DAYS,
  type PublicDay,
  type PublicRecords,
  publicFrom,
  publicStatus,
  type StatusPage,
} from '../../src/health/public-status.ts';
import { STATES } from '../../src/health/state.ts';
import { type Calendar, createCalendar } from '../../src/usage/accounting/day.ts';
import { recordOf } from '../support/health-site.ts';

const ZONE = 'Europe/Berlin';
/** What it says of a day it says at once the second time: properties ask for the same 90 days again and again. */
function remembering(calendar: Calendar): Calendar {
  function once<Value>(work: (day: string, days?: number) => Value): (day: string, days?: number) => Value {
    const known = new Map<string, Value>();
    return (day, days = 0) => {
      const key = `${day} ${days}`;
      const value = known.get(key) ?? work(day, days);
      known.set(key, value);
      return value;
    };
  }
  return {
    ...calendar,
    startOf: once(calendar.startOf),
    endOf: once(calendar.endOf),
    addDays: once((day, days = 0) => calendar.addDays(day, days)),
  };
}

const calendar = remembering(createCalendar(ZONE));
const HOUR = 3_600_000;
/** Friday 20 November 2026, noon. */
const NOON = Temporal.ZonedDateTime.from('2026-11-20T12:00[Europe/Berlin]').epochMilliseconds;
const LONG_AGO = NOON - 400 * 24 * HOUR;
const PAGE: StatusPage = { slug: 'village', title: 'Village', devices: [{ device: 'r1', name: 'North tower' }] };
const looked = { at: NOON, monotonicMs: null };

function records(change: Partial<PublicRecords> = {}, health = {}, firstAt = LONG_AGO): PublicRecords {
  const record = recordOf('r1', firstAt, { state: 'up', since: LONG_AGO, lookedAt: looked, ...health });
  return { isWatched: true, devices: new Map([['r1', record]]), days: [], maintenance: [], ...change };
}

/** What of a day is kept. */
const span = (day: string, upHours: number, downHours = 0) => ({
  ...{ device: 'r1', startsAt: calendar.startOf(day), upMs: upHours * HOUR, downMs: downHours * HOUR },
});
const at = (text: string) => Temporal.ZonedDateTime.from(`${text}[${ZONE}]`).epochMilliseconds;
const statusOf = (given: PublicRecords) => {
  const [device] = publicStatus(PAGE, given, NOON, calendar).devices;
  assert.ok(device !== undefined);
  return device;
};
const hoursOf = ({ upMs, downMs, maintenanceMs, unmeasuredMs, percent }: PublicDay) =>
  [...[upMs, downMs, maintenanceMs, unmeasuredMs].map((ms) => ms / HOUR), percent] as const;
const dayOf = (given: PublicRecords, day: string) => {
  const found = statusOf(given).days.find((each) => each.day === day);
  assert.ok(found !== undefined);
  return hoursOf(found);
};

describe('a day on a public status page', () => {
  const DAY = '2026-11-18';
  const window = (from: string, to: string) => [
    { device: 'r1', at: at(from), begins: true },
    { device: 'r1', at: at(to), begins: false },
  ];
  const cases: readonly [string, PublicRecords, string, readonly (number | null)[]][] = [
    ['is up where it was', records({ days: [span(DAY, 24)] }), DAY, [24, 0, 0, 0, 100]],
    ['has its outage', records({ days: [span(DAY, 18, 6)] }), DAY, [18, 6, 0, 0, 75]],
    ['has what nobody measured apart', records({ days: [span(DAY, 15, 5)] }), DAY, [15, 5, 0, 4, 75]],
    ['is not measured at all while no worker ran', records(), DAY, [0, 0, 0, 24, null]],
    [
      'has maintenance apart',
      records({ days: [span(DAY, 22)], maintenance: window(`${DAY}T03:00`, `${DAY}T05:00`) }),
      DAY,
      [22, 0, 2, 0, 100],
    ],
    [
      'has its part of a window over midnight',
      records({ days: [span(DAY, 23)], maintenance: window('2026-11-17T20:00', `${DAY}T01:00`) }),
      DAY,
      [23, 0, 1, 0, 100],
    ],
    [
      'has maintenance that began before all days',
      records({ maintenance: [{ device: 'r1', at: at(`${DAY}T12:00`), begins: false }], days: [span(DAY, 12)] }),
      DAY,
      [12, 0, 12, 0, 100],
    ],
    [
      'has maintenance that goes on',
      records({ days: [span('2026-11-20', 10)] }, { state: 'maintenance', since: at('2026-11-20T10:00') }),
      '2026-11-20',
      [10, 0, 2, 0, 100],
    ],
    ['goes to now', records({ days: [span('2026-11-20', 12)] }), '2026-11-20', [12, 0, 0, 0, 100]],
    [
      'leaves out what is not settled yet',
      records({ days: [span('2026-11-20', 11)] }, { held: [{ endsAt: NOON, ms: HOUR }] }),
      '2026-11-20',
      [11, 0, 0, 0, 100],
    ],
    [
      'leaves out a gap of less than a minute',
      records({ days: [{ ...span(DAY, 24), upMs: 24 * HOUR - 59_000 }] }),
      DAY,
      [24 - 59 / 3600, 0, 0, 0, 100],
    ],
    ['begins with the first look', records({ days: [span(DAY, 4)] }, {}, at(`${DAY}T20:00`)), DAY, [4, 0, 0, 0, 100]],
    ['is empty before the first look', records({}, {}, at('2026-11-19T00:00')), DAY, [0, 0, 0, 0, null]],
    ['has 25 hours where clocks change', records({ days: [span('2026-10-25', 25)] }), '2026-10-25', [25, 0, 0, 0, 100]],
    ['is never rounded up to 100', records({ days: [span(DAY, 23.999, 0.001)] }), DAY, [23.999, 0.001, 0, 0, 99.995]],
  ];
  for (const [title, given, day, expected] of cases) {
    it(title, () => assert.deepEqual(dayOf(given, day), expected));
  }

  it('is one of 90, the last one today', () => {
    const { days, percent } = statusOf(records({ days: [span(DAY, 18, 6), span('2026-11-19', 24)] }));
    assert.deepEqual([days.length, days[0]?.day, days.at(-1)?.day], [PUBLIC_DAYS, '2026-08-23', '2026-11-20']);
    assert.equal(calendar.dayOf(publicFrom(NOON, calendar)), '2026-08-23');
    assert.equal(percent, 87.5);
  });

  it('never has more than its hours, and counts nothing twice, whatever is stored', () => {
    const spans = fc.array(
      fc.record({
        device: fc.constant('r1'),
        startsAt: fc.integer({ min: NOON - 95 * 24 * HOUR, max: NOON }),
        upMs: fc.nat(30 * HOUR),
        downMs: fc.nat(30 * HOUR),
      }),
      { maxLength: 10 },
    );
    const turns = fc.array(fc.integer({ min: NOON - 95 * 24 * HOUR, max: NOON }), { maxLength: 10 });
    const health = fc.record({
      state: fc.constantFrom(...STATES),
      since: fc.integer({ min: LONG_AGO, max: NOON }),
      lookedAt: fc.record({ at: fc.integer({ min: LONG_AGO, max: NOON + HOUR }), monotonicMs: fc.constant(null) }),
    });
    fc.assert(
      fc.property(spans, turns, health, fc.boolean(), fc.boolean(), (days, all, is, isWatched, begins) => {
        const maintenance = all
          .toSorted((one, other) => one - other)
          .map((each, index) => ({ device: 'r1', at: each, begins: index % 2 === 0 ? begins : !begins }));
        const { days: shown } = statusOf(records({ days, maintenance, isWatched }, is));
        const ownOf = Map.groupBy(days, ({ startsAt }) => calendar.dayOf(startsAt));
        for (const { day, upMs, downMs, maintenanceMs, unmeasuredMs, percent } of shown) {
          const own = ownOf.get(day) ?? [];
          assert.equal(
            upMs + downMs,
            own.reduce((sum, part) => sum + part.upMs + part.downMs, 0),
          );
          assert.ok(maintenanceMs >= 0 && unmeasuredMs >= 0);
          const longest = calendar.endOf(day) - calendar.startOf(day);
          if (upMs + downMs <= longest) assert.ok(upMs + downMs + maintenanceMs + unmeasuredMs <= longest);
          assert.equal(percent === null, upMs + downMs === 0);
        }
      }),
    );
  });
});

describe('a device on a public status page', () => {
  for (const [state, shown] of [
    ['up', 'up'],
    ['suspect', 'up'],
    ['down', 'down'],
    ['unreachable', 'unreachable'],
    ['maintenance', 'maintenance'],
    ['unknown', 'unknown'],
    ['paused', 'unknown'],
  ] as const) {
    it(`is ${shown} when it is ${state}`, () => assert.equal(statusOf(records({}, { state })).state, shown));
  }

  it('is unknown while no worker looks, or nobody ever has', () => {
    assert.equal(statusOf(records({ isWatched: false }, { state: 'down' })).state, 'unknown');
    const never = statusOf(records({ devices: new Map() }));
    assert.deepEqual([never.state, never.percent, never.days.length], ['unknown', null, PUBLIC_DAYS]);
  });

  it('shows its public name and nothing else of it: not why, not where, not what', () => {
    const secret = {
      state: 'down',
      since: NOON - HOUR,
      code: 'DEAD',
      reason: 'answers neither 192.0.2.7 nor ping',
    } as const;
    const view = viewPublicStatus(PAGE, publicStatus(PAGE, records({}, secret), NOON, calendar), ZONE);
    const text = JSON.stringify(view);
    assert.match(text, /North tower/);
    assert.match(text, /Down.*for 1 h, since Fri 20 Nov, 11:00/);
    assert.doesNotMatch(text, /r1|192\.0\.2|answers|DEAD|village/);
  });
});

describe('a percentage on a public status page', () => {
  const shown = (percent: number) => {
    const day = { day: '2026-11-18', upMs: 0, downMs: 0, maintenanceMs: 0, unmeasuredMs: 0, percent: null };
    const device = { name: 'x', state: 'up', since: null, percent, days: [day] } as const;
    return viewPublicStatus(PAGE, { at: NOON, devices: [device] }, ZONE).status?.devices[0]?.percent;
  };

  for (const [percent, text] of [
    [1.13, '1.13 % up'],
    [57.999, '57.99 % up'],
    [99.999, '99.99 % up'],
    [100, '100 % up'],
  ] as const) {
    it(`is ${text} for ${percent}`, () => assert.equal(shown(percent), text));
  }

  it('is never more than it was, and less by no hundredth', () => {
    for (let hundredths = 0; hundredths < 10_000; hundredths += 1) {
      const text = `${hundredths / 100} % up`;
      assert.equal(shown(hundredths / 100), text);
      assert.equal(shown((hundredths * 10 + 9) / 1000), text);
    }
  });
});

describe('the bars of a public status page', () => {
  const viewOf = (days: PublicDay[]) => {
    const device = { name: 'x', state: 'up', since: null, percent: 100, days } as const;
    return viewPublicStatus(PAGE, { at: NOON, devices: [device] }, ZONE).status?.devices[0];
  };
  const day = (ms: Partial<PublicDay>): PublicDay => ({
    ...{ day: '2026-11-18', upMs: 0, downMs: 0, maintenanceMs: 0, unmeasuredMs: 0, percent: null },
    ...ms,
  });

  it('show each part of a day, also a minute, and fill the day', () => {
    const minute = 60_000;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, minute, HOUR, 20 * HOUR), { minLength: 4, maxLength: 4 }), (parts) => {
        const [upMs = 0, downMs = 0, maintenanceMs = 0, unmeasuredMs = 0] = parts;
        const bars = viewOf([day({ upMs, downMs, maintenanceMs, unmeasuredMs })])?.days[0]?.parts ?? [];
        assert.equal(bars.length, Math.max(1, parts.filter((ms) => ms > 0).length));
        assert.equal(
          bars.reduce((sum, { height }) => sum + height, 0),
          40,
        );
        for (const { height } of bars) assert.ok(height >= 6);
        for (const [index, { y }] of bars.entries()) {
          assert.equal(
            y,
            bars.slice(0, index).reduce((sum, { height }) => sum + height, 0),
          );
        }
      }),
      { numRuns: 200 },
    );
  });

  it('say in words what they show', () => {
    const shown = viewOf([
      day({ upMs: 20 * HOUR, downMs: 2 * HOUR, maintenanceMs: HOUR, unmeasuredMs: HOUR, percent: 90.909 }),
      day({ day: '2026-11-19' }),
    ]);
    assert.equal(shown?.days[0]?.text, 'Wed 18 Nov 2026: 90.9 % up, 2 h down, 1 h maintenance, 1 h not measured');
    assert.equal(shown?.days[1]?.text, 'Thu 19 Nov 2026: no data yet');
    assert.equal(shown?.label, 'Last 2 days: 100 % up, 1 day with an outage');
    assert.deepEqual(shown?.rows, [
      { day: 'Wed 18 Nov 2026', percent: '90.9 %', down: '2 h', maintenance: '1 h', unmeasured: '1 h' },
    ]);
  });

  it('are summed up by the worst of the devices', () => {
    const summary = (...states: ('up' | 'down' | 'unknown')[]) => {
      const devices = states.map((state) => ({ name: 'x', state, since: null, percent: null, days: [day({})] }));
      const { status } = viewPublicStatus(PAGE, { at: NOON, devices }, ZONE);
      return [status?.summary, status?.level];
    };
    assert.deepEqual(summary('up', 'up'), ['All 2 up', 'good']);
    assert.deepEqual(summary('up'), ['Up', 'good']);
    assert.deepEqual(summary('up', 'unknown', 'down'), ['1 of 3 up, 1 down, 1 unknown', 'bad']);
  });
});
