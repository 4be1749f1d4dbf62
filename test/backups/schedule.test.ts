import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createBackupJob } from '../../src/backups/job.ts';
import { createScheduledBackups, dueBackups } from '../../src/backups/schedule.ts';
import type { StoredSchedule } from '../../src/backups/schedule-desk.ts';
import { devicesOf, ruleBody, type ScheduleRule, writeRule } from '../../src/backups/schedule-rule.ts';
import { startOf } from '../../src/backups/spread.ts';
import { lastTime, nextTime, nextTimes, type Timing } from '../../src/backups/timetable.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import type { JobRun } from '../../src/runtime/jobs.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { WEEKDAYS } from '../../src/usage/accounting/quota.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { aDevice, createRouterShell } from '../support/shells.ts';

const ZONE = 'Europe/Berlin';
const NOON = Date.parse('2026-11-26T12:00:00Z');
const DAY_MS = 86_400_000;
const daily: Timing = { every: 'day', at: '02:00' };
const ruleOf = (timing: Timing, rest: Partial<ScheduleRule> = {}): ScheduleRule => ({
  ...{ timing, device: null, tags: [] },
  ...rest,
});
const iso = (times: readonly number[]) => times.map((at) => new Date(at).toISOString().replace(':00.000Z', ''));

const at = fc
  .tuple(fc.nat(23), fc.nat(59))
  .map((parts) => parts.map((each) => String(each).padStart(2, '0')).join(':'));
const timings: fc.Arbitrary<Timing> = fc.oneof(
  fc.record({ every: fc.constant('day'), at }),
  fc.record({ every: fc.constant('week'), at, on: fc.constantFrom(...WEEKDAYS) }),
  fc.record({ every: fc.constant('month'), at, on: fc.integer({ min: 1, max: 31 }) }),
  fc.record({
    ...{ every: fc.constant('year'), at },
    on: fc.record({ month: fc.integer({ min: 1, max: 12 }), day: fc.integer({ min: 1, max: 28 }) }),
  }),
  fc.record({ every: fc.constant('hours'), hours: fc.integer({ min: 1, max: 168 }) }),
) as fc.Arbitrary<Timing>;

describe('the times of a schedule', () => {
  const cases: [string, Timing, string, readonly string[]][] = [
    ['a daily one', daily, '2026-11-26T01:00:00Z', ['2026-11-27T01:00', '2026-11-28T01:00']],
    [
      'a weekly one',
      { every: 'week', on: 'friday', at: '04:30' },
      '2026-11-26T12:00:00Z',
      ['2026-11-27T03:30', '2026-12-04T03:30'],
    ],
    [
      'a monthly one, on the last day of a month that lacks its day',
      { every: 'month', on: 31, at: '02:00' },
      '2027-01-31T02:00:00Z',
      ['2027-02-28T01:00', '2027-03-31T00:00', '2027-04-30T00:00'],
    ],
    [
      'a yearly one, on the day before where there is no leap day',
      { every: 'year', on: { month: 2, day: 29 }, at: '02:00' },
      '2027-03-01T00:00:00Z',
      ['2028-02-29T01:00', '2029-02-28T01:00'],
    ],
    [
      'one of hours, also over a change of the clocks',
      { every: 'hours', hours: 6 },
      '2026-10-24T23:00:00Z',
      ['2026-10-25T00:00', '2026-10-25T06:00', '2026-10-25T12:00'],
    ],
    [
      'a time that the clock skips, an hour later',
      { every: 'day', at: '02:30' },
      '2026-03-28T12:00:00Z',
      ['2026-03-29T01:30', '2026-03-30T00:30'],
    ],
    [
      'a time that comes twice, the first of both',
      { every: 'day', at: '02:30' },
      '2026-10-24T12:00:00Z',
      ['2026-10-25T00:30', '2026-10-26T01:30'],
    ],
  ];
  for (const [what, timing, after, expected] of cases) {
    it(`are those of ${what}`, () => {
      assert.deepEqual(iso(nextTimes(timing, Date.parse(after), ZONE, expected.length)), expected);
    });
  }
  // Clocks that change by half an hour, at midnight, over the date line, and not at all.
  const zones = fc.constantFrom(
    ...['Europe/Berlin', 'Australia/Lord_Howe', 'America/Havana', 'Africa/Cairo', 'Pacific/Apia', 'America/St_Johns'],
    ...['Asia/Karachi', 'UTC'],
  );
  const instants = fc.integer({ min: Date.UTC(2000), max: Date.UTC(2040) });
  /** Of the local date: which day, week, month or year it is in. */
  const periodsOf = (timing: Timing, instant: number, zone: string): number => {
    const date = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).toPlainDate();
    const days = Math.round(Date.UTC(date.year, date.month - 1, date.day) / DAY_MS);
    if (timing.every === 'day') return days;
    // 1970-01-01 was a Thursday.
    if (timing.every === 'week') return Math.floor((days + 3) / 7);
    return timing.every === 'month' ? date.year * 12 + date.month : date.year;
  };

  it('go on, none comes twice, and none is left out between two of them', () => {
    fc.assert(
      fc.property(timings, zones, instants, (timing, zone, instant) => {
        const [one = 0, two = 0, three = 0] = nextTimes(timing, instant, zone, 3);
        assert.ok(instant < one && one < two && two < three);
        // Whoever asks between two times is told the same ones.
        const between = one + Math.floor((two - one) / 2);
        assert.equal(nextTime(timing, one - 1, zone), one);
        assert.equal(nextTime(timing, between, zone), two);
        assert.equal(lastTime(timing, between, zone), one);
        assert.equal(lastTime(timing, two, zone), two);
        assert.equal(lastTime(timing, two - 1, zone), one);
        if (timing.every === 'hours') return assert.equal(two - one, timing.hours * 3_600_000);
        // One in each period, but for the day that never came in Apia.
        const passed = periodsOf(timing, two, zone) - periodsOf(timing, one, zone);
        const isDateLine =
          zone === 'Pacific/Apia' && timing.every === 'day' && iso([one])[0]?.startsWith('2011-12') === true;
        assert.ok(passed === 1 || (isDateLine && passed === 2), `${passed} periods`);
      }),
    );
  });
});

describe('a schedule as people write it', () => {
  it('means the same when what was written of it is read again', () => {
    const name = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => !/\p{Cc}/u.test(text));
    fc.assert(
      fc.property(timings, fc.option(name), fc.array(name, { maxLength: 3 }), (timing, device, tags) => {
        const rule = { timing: structuredClone(timing), device, tags };
        const written = Object.entries(writeRule(rule)).filter(([, value]) => value !== null);
        assert.deepEqual(ruleBody.parse(Object.fromEntries(written)), rule);
      }),
    );
  });

  it('is read again as it was written', () => {
    for (const written of [
      { every: 'day', at: '03:30' },
      { every: 'week', on: 'sunday', at: '04:30', tags: ['lte', 'north'] },
      { every: 'month', on: '31', at: '02:00', device: 'edge-*' },
      { every: 'year', on: '02-29', at: '02:00' },
      { every: '6 hours' },
      { every: '1 hour' },
    ]) {
      const rule = ruleBody.parse(written);
      const again = Object.fromEntries(Object.entries(writeRule(rule)).filter(([, value]) => value !== null));
      assert.deepEqual(again, { tags: [], ...written });
      assert.deepEqual(ruleBody.parse(again), rule);
    }
    assert.deepEqual(ruleBody.parse({}), ruleOf(daily));
    assert.deepEqual(ruleBody.parse({ every: '12h' }).timing, { every: 'hours', hours: 12 });
    assert.deepEqual(ruleBody.parse({ every: 'month', on: 7 }).timing, { every: 'month', on: 7, at: '02:00' });
  });

  for (const [written, field] of [
    [{ every: 'fortnight' }, 'every'],
    [{ every: '0 hours' }, 'every'],
    [{ every: '169 hours' }, 'every'],
    [{ every: '6 hours', at: '02:00' }, 'at'],
    [{ every: '6 hours', on: 'monday' }, 'on'],
    [{ every: 'day', on: 'monday' }, 'on'],
    [{ every: 'week', on: 'someday' }, 'on'],
    [{ every: 'month', on: 32 }, 'on'],
    [{ every: 'year', on: '02-30' }, 'on'],
    [{ every: 'year', on: '3-1' }, 'on'],
    [{ at: '24:00' }, 'at'],
    [{ device: 'a\nb' }, 'device'],
    [{ device: 'half a character \ud800' }, 'device'],
  ] as const) {
    it(`is refused at its field: ${JSON.stringify(written)}`, () => {
      assert.deepEqual(
        ruleBody.safeParse(written).error?.issues.map(({ path }) => path[0]),
        [field],
      );
    });
  }

  it('is for devices by name and by one of its tags', () => {
    const devices = [
      { name: 'edge-1', tags: ['lte'] },
      { name: 'edge-2', tags: ['north', 'core'] },
      { name: 'core-1', tags: ['core'] },
    ];
    const names = (rest: Partial<ScheduleRule>) => devicesOf(ruleOf(daily, rest), devices).map(({ name }) => name);
    assert.deepEqual(names({}), ['edge-1', 'edge-2', 'core-1']);
    assert.deepEqual(names({ device: 'edge-*' }), ['edge-1', 'edge-2']);
    assert.deepEqual(names({ tags: ['core', 'lte'] }), ['edge-1', 'edge-2', 'core-1']);
    assert.deepEqual(names({ device: 'edge-*', tags: ['core'] }), ['edge-2']);
  });
});

describe('what is due', () => {
  const due = (timing: Timing, instant: string, since = '2000-01-01T00:00:00Z') =>
    dueBackups([{ rule: ruleOf(timing), since: Date.parse(since) }], Date.parse(instant), ZONE);
  const dueAt = (...asked: Parameters<typeof due>) => iso(due(...asked).map((each) => each.dueAt));

  it('is the last time that has come, for a day: a run that midnight cut off is still to be made', () => {
    assert.deepEqual(dueAt(daily, '2026-11-26T00:59:59Z'), ['2026-11-25T01:00']);
    assert.deepEqual(dueAt(daily, '2026-11-26T01:00:00Z'), ['2026-11-26T01:00']);
    assert.deepEqual(dueAt({ every: 'day', at: '23:50' }, '2026-11-27T00:10:00Z'), ['2026-11-26T22:50']);
    assert.deepEqual(dueAt({ every: 'week', on: 'thursday', at: '02:00' }, '2026-11-27T00:59:59Z'), [
      '2026-11-26T01:00',
    ]);
    assert.deepEqual(dueAt({ every: 'week', on: 'thursday', at: '02:00' }, '2026-11-27T01:00:00Z'), []);
  });

  it('is one time alone of several that were missed', () => {
    assert.deepEqual(dueAt({ every: 'hours', hours: 1 }, '2026-11-26T09:30:00Z'), ['2026-11-26T09:00']);
  });

  it('is nothing from before the schedule was made or resumed', () => {
    assert.deepEqual(dueAt(daily, '2026-11-26T12:00:00Z', '2026-11-26T11:00:00Z'), []);
    assert.deepEqual(dueAt(daily, '2026-11-27T01:00:00Z', '2026-11-26T11:00:00Z'), ['2026-11-27T01:00']);
  });

  it('names a run by its schedule and its time, the same for all workers', () => {
    const [first] = due(daily, '2026-11-26T01:00:00Z');
    assert.match(first?.run ?? '', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.equal(due(daily, '2026-11-26T09:00:00Z')[0]?.run, first?.run);
    assert.notEqual(due(daily, '2026-11-27T01:00:00Z')[0]?.run, first?.run);
    const tagged = dueBackups([{ rule: ruleOf(daily, { tags: ['lte'] }), since: 0 }], NOON, ZONE);
    assert.notEqual(tagged[0]?.run, first?.run);
  });
});

describe('the devices of a run', () => {
  it('begin spread over a quarter of a second for each, each always at the same place, at most half an hour later', () => {
    const names = Array.from({ length: 1000 }, (_, index) => `edge-${index}`);
    const starts = names.map((name) => startOf(name, 1000, NOON) - NOON);
    assert.deepEqual(
      starts,
      names.map((name) => startOf(name, 1000, NOON + DAY_MS) - NOON - DAY_MS),
    );
    assert.ok(Math.min(...starts) >= 0 && Math.max(...starts) < 250_000);
    const perSecond = Map.groupBy(starts, (ms) => Math.floor(ms / 1000));
    assert.ok(Math.max(...[...perSecond.values()].map(({ length }) => length)) < 20);
    assert.ok(startOf('edge-1', 100_000, NOON) - NOON < 30 * 60_000);
  });
});

describe('scheduled backups', () => {
  interface Claim {
    readonly names: readonly string[];
    readonly signal: AbortSignal;
    readonly starts: readonly number[];
  }
  function scheduledWith(given: {
    readonly configured?: readonly ScheduleRule[];
    readonly list?: () => Promise<readonly StoredSchedule[]>;
    readonly claim?: (claim: Claim) => Promise<'held' | 'finished'>;
  }) {
    const claims: Claim[] = [];
    const clock = createManualClock(NOON);
    const scheduled = createScheduledBackups({
      configured: given.configured ?? [],
      book: { list: given.list ?? (async () => []) },
      devices: () => [aDevice('a', createRouterShell(), { tags: ['lte'] }), aDevice('b', createRouterShell())],
      runner: {
        async claim(_run, devices, signal, starts = () => 0) {
          const names = devices.map(({ name }) => name);
          const claim = { names, signal, starts: names.map(starts) };
          claims.push(claim);
          return (await given.claim?.(claim)) ?? 'finished';
        },
      },
      ...{ calendar: createCalendar(ZONE), clock, logger: createMemoryLogger() },
      job: (_signal, work) => work(),
    });
    return { scheduled, claims, clock, names: () => claims.map((each) => each.names) };
  }

  it('back up the devices of each schedule once, and a stop aborts what goes on', async () => {
    const configured = [ruleOf(daily), ruleOf(daily, { tags: ['lte'] }), ruleOf(daily, { device: 'none-*' })];
    const { scheduled, claims, clock, names } = scheduledWith({ configured });
    scheduled.start();
    clock.advance(60_000);
    while (claims.length < 2) await new Promise((resolve) => setImmediate(resolve));
    await scheduled.stop();
    assert.deepEqual(names(), [['a', 'b'], ['a']]);
    assert.ok(claims.every(({ signal }) => signal.aborted));
    assert.ok(claims.flatMap(({ starts }) => starts).every((at) => at >= Date.parse('2026-11-26T01:00:00Z')));
    await scheduled.look();
    assert.equal(claims.length, 2);
  });

  it('ask again for a run that another worker makes, until it is finished', async () => {
    const answers = ['held', 'finished'] as const;
    let asked = 0;
    const { scheduled } = scheduledWith({
      configured: [ruleOf(daily)],
      claim: async () => answers[asked++] ?? 'finished',
    });
    for (let minute = 0; minute < 3; minute += 1) await scheduled.look();
    assert.equal(asked, 2);
  });

  it('follow what people make, pause and resume, and hold to what was known while the database is away', async () => {
    let stored: readonly StoredSchedule[] = [];
    let isAway = false;
    const { scheduled, clock, names } = scheduledWith({
      async list() {
        if (isAway) throw new TroubleError('DATABASE_UNAVAILABLE', 'away', 'Wait.');
        return stored;
      },
    });
    const minutely = { id: 1, rule: ruleOf({ every: 'hours', hours: 1 }), isPaused: false, since: NOON };
    await scheduled.look();
    stored = [minutely];
    await scheduled.look();
    assert.deepEqual(names(), [], 'the hour at which it was made was not missed');
    clock.advance(3_600_000);
    await scheduled.look();
    assert.equal(names().length, 1);
    isAway = true;
    clock.advance(3_600_000);
    await scheduled.look();
    assert.equal(names().length, 2);
    isAway = false;
    stored = [{ ...minutely, isPaused: true }];
    clock.advance(3_600_000);
    await scheduled.look();
    assert.equal(names().length, 2);
  });

  it('begin while another run goes on', async () => {
    const { promise, resolve } = Promise.withResolvers<'finished'>();
    const { scheduled, names } = scheduledWith({
      configured: [ruleOf(daily), ruleOf(daily, { device: 'a' })],
      claim: ({ names }) => (names.length === 2 ? promise : Promise.resolve('finished')),
    });
    const first = scheduled.look();
    await scheduled.look();
    assert.deepEqual(names(), [['a', 'b'], ['a']]);
    resolve('finished');
    await first;
  });
});

describe('how backups went', () => {
  const report = { run: 'r', startedAt: 0, finishedAt: 1, devices: [] };
  const going = new AbortController().signal;
  function jobOn() {
    const clock = createManualClock(NOON);
    const noted: JobRun[] = [];
    const jobs = { note: async (run: JobRun) => void noted.push(run), lastRuns: async () => noted };
    return { clock, noted, job: createBackupJob({ jobs, clock, logger: createMemoryLogger() }) };
  }
  const ok = { job: 'backup', startedAt: NOON, outcome: 'ok', code: null };

  it('is noted of what this worker made, not of what another one makes or has made', async () => {
    const { clock, noted, job } = jobOn();
    for (const made of ['held', 'finished'] as const) assert.equal(await job(going, async () => made), made);
    assert.deepEqual(noted, []);
    await job(going, async () => {
      clock.advance(5000);
      return report;
    });
    assert.deepEqual(noted, [{ ...ok, durationMs: 5000 }]);
  });

  it('is noted as one of runs that overlap: the last to end hides neither the time nor the failure of another', async () => {
    const { clock, noted, job } = jobOn();
    const long = Promise.withResolvers<typeof report>();
    const first = job(going, () => long.promise);
    clock.advance(1000);
    const trouble = new TroubleError('DATABASE_UNAVAILABLE', 'away', 'Wait.');
    await assert.rejects(
      job(going, () => Promise.reject(trouble)),
      trouble,
    );
    clock.advance(1000);
    await job(going, async () => report);
    await job(going, async () => 'finished');
    clock.advance(1000);
    long.resolve(report);
    await first;
    const failed = { ...ok, outcome: 'failed', code: 'DATABASE_UNAVAILABLE' };
    assert.deepEqual(noted, [
      { ...failed, durationMs: 1000 },
      { ...failed, durationMs: 2000 },
      { ...failed, durationMs: 3000 },
    ]);
    await job(going, async () => report);
    assert.deepEqual(noted.at(-1), { ...ok, startedAt: NOON + 3000, durationMs: 0 });
  });

  it('is not noted of a run that the stop of the worker cut off, and is a bug where it is one', async () => {
    const { noted, job } = jobOn();
    const stop = new AbortController();
    const cut = new Error('the worker stops');
    stop.abort(cut);
    await assert.rejects(
      job(stop.signal, () => Promise.reject(cut)),
      cut,
    );
    assert.equal(noted.length, 0);
    await assert.rejects(
      job(going, () => Promise.reject(new TypeError('oops'))),
      TypeError,
    );
    assert.equal(noted[0]?.code, 'BUG');
  });

  it('is not asked by a clock that is not set', async () => {
    const clock = createManualClock(NOON, { earliestAt: NOON + 1 });
    const jobs = { note: () => assert.fail('noted'), lastRuns: async () => [] };
    const job = createBackupJob({ jobs, clock, logger: createMemoryLogger() });
    await assert.rejects(
      job(going, () => assert.fail('made')),
      { code: 'CLOCK_IMPLAUSIBLE' },
    );
  });
});
