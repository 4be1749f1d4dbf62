import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Links, NO_LINKS, reconnectsOfDay, withReconnects } from '../../src/health/links.ts';
import type { Figures, InterfaceFigures, WanFigures } from '../../src/health/observation.ts';
import { createSpanSums, keptValues } from '../../src/health/spans.ts';
import { type Warning, type WarnRule, type Watched, warningText, withFigures } from '../../src/health/thresholds.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { NO_FIGURES, NOON } from './support.ts';

const WAN: WanFigures = { interface: 'pppoe1', kind: 'pppoe', address: null, publicAddress: null, behindNat: null };
const LINK: InterfaceFigures = {
  ...{ id: '*1', name: 'pppoe1', isRunning: true, isDisabled: false, downloadBps: null, uploadBps: null },
  ...{ linkDowns: 2, lastLinkUp: 'a', sessionSeconds: null },
};

function withLink(uptimeSeconds: number | null, link: Partial<InterfaceFigures>): Figures {
  return { ...NO_FIGURES, uptimeSeconds, wan: [WAN], interfaces: [{ ...LINK, ...link }] };
}

/** So many seconds after noon, on clocks that agree. */
const readAt = (seconds: number) => ({ at: NOON + seconds * 1000, monotonicMs: 500 + seconds * 1000 });

describe('reconnects', () => {
  const count = (...looks: readonly Figures[]) => {
    const links = looks.reduce<Links>(
      (known, figures, index) => withReconnects(known, figures, readAt(index * 30)),
      NO_LINKS,
    );
    return [links.wan['pppoe1']?.reconnects, reconnectsOfDay(links, NOON + 60_000)];
  };

  for (const [what, looks, expected] of [
    ['none at first sight', [withLink(10, {})], 0],
    ['how often the link went down', [withLink(10, {}), withLink(40, { linkDowns: 5, lastLinkUp: 'b' })], 3],
    ['another time of the last connection', [withLink(10, {}), withLink(40, { lastLinkUp: 'b' })], 1],
    ['a session that began anew', [withLink(10, { sessionSeconds: 9 }), withLink(40, { sessionSeconds: 3 })], 1],
    ['no reboot', [withLink(100, {}), withLink(7, { linkDowns: 0, lastLinkUp: 'b' })], 0],
    [
      'what comes after a reboot',
      [withLink(100, {}), withLink(7, { linkDowns: 0 }), withLink(37, { linkDowns: 1 })],
      1,
    ],
    ['nothing while the uptime is not known', [withLink(10, {}), withLink(null, { linkDowns: 5 })], 0],
    ['nothing without interfaces', [withLink(10, {}), { ...withLink(40, {}), interfaces: null }], 0],
  ] as const) {
    it(`are: ${what}`, () => assert.deepEqual(count(...looks), [expected, expected]));
  }

  const grown = withLink(1_200, { linkDowns: 3, lastLinkUp: 'b' });
  for (const [what, later, uptimeSeconds, expected] of [
    ['none of a reboot that hides behind a gap of ours', { ...readAt(7_200) }, 1_200, 0],
    ['those of a gap without a reboot', { ...readAt(7_200) }, 7_300, 1],
    ['those of a time in which our clock was set', { at: NOON + 7_200_000, monotonicMs: 30_500 }, 130, 1],
  ] as const) {
    it(`are: ${what}`, () => {
      const before = withReconnects(NO_LINKS, withLink(100, {}), readAt(0));
      const now = { ...grown, uptimeSeconds };
      assert.equal(withReconnects(before, now, later).wan['pppoe1']?.reconnects, expected);
      // As the next worker has it from the database.
      const stored = { ...before, readAt: { at: NOON, monotonicMs: null } };
      const byWallClock = { at: later.at, monotonicMs: 1 };
      const isSet = later.at - NOON !== later.monotonicMs - 500;
      assert.equal(withReconnects(stored, now, byWallClock).wan['pppoe1']?.reconnects, isSet ? 0 : expected);
    });
  }

  it('are forgotten for the day after 24 hours, and not in all', () => {
    const links = withReconnects(
      withReconnects(NO_LINKS, withLink(10, {}), readAt(0)),
      withLink(40, { linkDowns: 3 }),
      readAt(30),
    );
    assert.deepEqual(
      [23, 24].map((hours) => reconnectsOfDay(links, NOON + hours * 3_600_000)),
      [1, 0],
    );
    const later = withReconnects(links, withLink(90_010, { linkDowns: 4 }), readAt(90_000));
    assert.deepEqual([later.wan['pppoe1']?.reconnects, later.hours.length], [2, 1]);
  });
});

describe('a warning', () => {
  const RULE: WarnRule = { key: 'x', watched: { temperatureC: 70 }, forMinutes: 5, tags: [] };
  const rule = (watched: Watched): WarnRule => ({ ...RULE, watched, forMinutes: 0 });

  function states(given: WarnRule, all: readonly Partial<Figures>[], everySeconds = 60) {
    let warning: Warning | null = null;
    return all.map((figures, index) => {
      const at = NOON + index * everySeconds * 1000;
      const elapsedMs = index === 0 ? 0 : everySeconds * 1000;
      warning = withFigures(warning, given, {
        figures: { ...NO_FIGURES, ...figures },
        reconnectsOfDay: 0,
        at,
        elapsedMs,
      });
      return warning?.isOn ?? null;
    });
  }

  it('comes after the figure was above the limit for so many minutes, and goes when it was below by 5 for as long', () => {
    const hot = Array.from({ length: 6 }, () => ({ temperatureC: 71 }));
    assert.deepEqual(states(RULE, hot), [false, false, false, false, false, true]);
    const warm = Array.from({ length: 9 }, () => ({ temperatureC: 66 }));
    assert.ok(
      states(RULE, [...hot, ...warm])
        .slice(5)
        .every(Boolean),
    );
    const cool = Array.from({ length: 6 }, () => ({ temperatureC: 65 }));
    assert.deepEqual(states(RULE, [...hot, ...cool]).slice(-2), [true, false]);
  });

  it('begins to count anew when the figure comes back', () => {
    const figures = [71, 71, 71, 69, 71, 71, 71, 71, 71, 71].map((temperatureC) => ({ temperatureC }));
    assert.deepEqual(states(RULE, figures).indexOf(true), 9);
  });

  for (const [watched, good, bad, unknown] of [
    [{ cpuPercent: 90 }, { cpuPercent: 90 }, { cpuPercent: 91 }, {}],
    [{ memoryPercent: 90 }, { memoryPercent: 9 }, { memoryPercent: 91 }, {}],
    [{ diskPercent: 90 }, { diskPercent: 9 }, { diskPercent: 91 }, {}],
    [{ voltageV: 11 }, { voltageV: 11 }, { voltageV: 10.9 }, {}],
    [{ wan: 'lost' }, { wan: [WAN] }, { wan: [] }, {}],
    [
      { interface: 'pppoe1' },
      { interfaces: [LINK] },
      { interfaces: [{ ...LINK, isRunning: false }] },
      { interfaces: [] },
    ],
    [{ certificateDays: 14 }, { certificateEndsAt: NOON + 15 * 86_400_000 }, { certificateEndsAt: NOON }, {}],
  ] as const) {
    it(`comes by ${JSON.stringify(watched)}, and not by what is not known`, () => {
      assert.deepEqual(states(rule(watched), [unknown, good, bad]), [null, false, true]);
      const text = warningText(rule(watched), { figures: { ...NO_FIGURES, ...bad }, reconnectsOfDay: 0, at: NOON });
      assert.doesNotMatch(text, /undefined|NaN|\?/);
    });
  }

  it('stays when what it is about is not known any more', () => {
    assert.deepEqual(states(rule({ wan: 'lost' }), [{ wan: [] }, {}]), [true, true]);
  });

  it('comes when an interface that was there is gone', () => {
    assert.deepEqual(states(rule({ interface: 'pppoe1' }), [{ interfaces: [LINK] }, { interfaces: [] }]), [
      false,
      true,
    ]);
  });

  it('comes by reconnects within a day', () => {
    const at = { figures: NO_FIGURES, at: NOON, elapsedMs: 0 };
    const reconnects = rule({ reconnects: 50 });
    assert.equal(withFigures(null, reconnects, { ...at, reconnectsOfDay: 49 })?.isOn, false);
    assert.equal(withFigures(null, reconnects, { ...at, reconnectsOfDay: 50 })?.isOn, true);
  });
});

describe('spans', () => {
  const calendar = createCalendar('Europe/Berlin');

  it('share time out to five minutes, hours and local days, to the millisecond', () => {
    const slice = fc.record({
      endsAt: fc.integer({ min: NOON - 9e9, max: NOON + 9e9 }),
      ms: fc.integer({ min: 0, max: 3_600_000 }),
      kind: fc.constantFrom('up', 'down', 'unknown'),
    });
    fc.assert(
      fc.property(fc.array(slice, { maxLength: 8 }), (slices) => {
        const sums = createSpanSums(calendar);
        for (const each of slices) sums.time('r1', each);
        const parts = sums.take();
        for (const length of ['minutes', 'hour', 'day']) {
          for (const kind of ['up', 'down', 'unknown'] as const) {
            const wanted = slices.reduce((sum, each) => sum + (each.kind === kind ? each.ms : 0), 0);
            const got = parts
              .filter((part) => part.length === length)
              .reduce((sum, part) => sum + part[`${kind}Ms`], 0);
            assert.equal(got, wanted);
          }
        }
        assert.deepEqual(sums.take(), []);
      }),
    );
  });

  it('begin a day at local midnight, also where clocks change', () => {
    const sums = createSpanSums(calendar);
    const midnight = Date.parse('2026-10-25T00:00:00+02:00');
    sums.time('r1', { endsAt: midnight + 1000, ms: 2000, kind: 'up' });
    const days = sums.take().filter(({ length }) => length === 'day');
    assert.deepEqual(
      days.map(({ startsAt, upMs }) => [startsAt, upMs]),
      [
        [Date.parse('2026-10-24T00:00:00+02:00'), 1000],
        [midnight, 1000],
      ],
    );
  });

  it('keep how many values there were, the smallest, their sum and the largest', () => {
    const sums = createSpanSums(calendar);
    for (const cpuPercent of [20, 5, 50]) sums.values('r1', NOON, keptValues({ ...NO_FIGURES, cpuPercent }, null));
    const [part] = sums.take();
    assert.deepEqual([...(part?.figures ?? [])], [['cpuPercent', { count: 3, min: 5, sum: 75, max: 50 }]]);
  });

  it('have the rates of all WAN interfaces together, or none where one is not known', () => {
    const wan = [WAN, { ...WAN, interface: 'lte1' }];
    const rates = (other: number | null) => [
      { ...LINK, downloadBps: 5, uploadBps: 1 },
      { ...LINK, name: 'lte1', downloadBps: other, uploadBps: other },
    ];
    const of = (other: number | null) => keptValues({ ...NO_FIGURES, wan, interfaces: rates(other) }, 3).downloadBps;
    assert.deepEqual([of(7), of(null)], [12, null]);
    assert.equal(keptValues({ ...NO_FIGURES, wan: [], interfaces: rates(1) }, 3).downloadBps, null);
    assert.equal(keptValues(null, 3).latencyMs, 3);
  });
});
