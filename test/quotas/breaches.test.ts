import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Crossing,
  crossingDay,
  leastBreachBytes,
  needsEstimate,
  newCrossings,
  statesOf,
  watchedPeriods,
} from '../../src/quotas/breaches.ts';
import type { RecordedBreach, UserDay } from '../../src/quotas/ports.ts';
import { hotRun, hourlyBytes, recentBytes } from '../../src/quotas/profile.ts';
import { type Standing, standingsOf } from '../../src/quotas/standing.ts';
import { type QuotaPolicy, thresholdsOf } from '../../src/usage/accounting/quota.ts';
import type { QueueTotal } from '../../src/usage/accounting/ranking.ts';

const GB = 1024n ** 3n;
const DAY = '2026-11-20';
const HOUR = 3_600_000;

function total(change: Partial<QueueTotal>): QueueTotal {
  return {
    router: 'edge-1',
    queue: 'bob',
    user: 'bob',
    isParent: false,
    comment: null,
    uploadBytes: 0n,
    downloadBytes: 0n,
    estimatedBytes: 0n,
    unobservedMs: 0,
    restarts: 0,
    ...change,
  };
}

function standing(change: Partial<Standing> = {}): Standing {
  return {
    router: 'edge-1',
    user: 'bob',
    period: 'day',
    days: { startDay: DAY, endDay: DAY },
    policy: { dailyGb: 10, warnAtPercent: [80] },
    limitBytes: 10n * GB,
    countedBytes: 0n,
    queues: [total({})],
    ...change,
  };
}

function known(change: Partial<RecordedBreach> = {}): RecordedBreach {
  return {
    router: 'edge-1',
    user: 'bob',
    period: 'day',
    periodStart: DAY,
    threshold: 100,
    limitBytes: 10n * GB,
    state: 'mailed',
    ...change,
  };
}

function userDay(day: string, downloadBytes: bigint, estimatedBytes = 0n): UserDay {
  return { day, queue: 'bob', isParent: false, uploadBytes: 0n, downloadBytes, estimatedBytes };
}

describe('periods that are watched', () => {
  it('are those with a limit, open today or closed within two days', () => {
    const policies: QuotaPolicy[] = [{ dailyGb: 1 }, { match: 'x', weeklyGb: 5 }];
    assert.deepEqual(
      watchedPeriods(policies, '2026-11-17', 'monday').map(
        ({ period, days }) => `${period} ${days.startDay} ${days.endDay}`,
      ),
      [
        'day 2026-11-17 2026-11-17',
        'day 2026-11-16 2026-11-16',
        'day 2026-11-15 2026-11-15',
        'week 2026-11-16 2026-11-22',
        'week 2026-11-09 2026-11-15',
      ],
    );
  });

  it('follow each rule’s own first day of the month', () => {
    const policies: QuotaPolicy[] = [{ monthlyGb: 1, monthStartsOn: 19 }, { monthlyGb: 1 }, { monthlyGb: 2 }];
    assert.deepEqual(
      watchedPeriods(policies, DAY, 'monday').map(
        ({ monthStartsOn, days }) => `${monthStartsOn}: ${days.startDay} ${days.endDay}`,
      ),
      ['19: 2026-11-19 2026-12-18', '19: 2026-10-19 2026-11-18', '1: 2026-11-01 2026-11-30'],
    );
  });
});

describe('the least that can be a breach', () => {
  const day = { period: 'day', days: { startDay: DAY, endDay: DAY }, monthStartsOn: 1 } as const;

  it('is the lowest threshold of the lowest limit', () => {
    const policies: QuotaPolicy[] = [
      { dailyGb: 5 },
      { dailyGb: 10, warnAtPercent: [90, 40] },
      { match: 'x', unlimited: true },
    ];
    assert.equal(leastBreachBytes(policies, day), 4n * GB);
    assert.equal(leastBreachBytes([{ weeklyGb: 1 }, { dailyGb: 2 }], day), 2n * GB);
  });

  it('is that of the rules whose month it is', () => {
    const policies = [{ monthlyGb: 1, monthStartsOn: 15 }, { monthlyGb: 2 }];
    assert.equal(leastBreachBytes(policies, { ...day, period: 'month' }), 2n * GB);
  });
});

describe('standings', () => {
  const days = { startDay: DAY, endDay: DAY };
  const counted = (policies: QuotaPolicy[], totals: QueueTotal[]) =>
    standingsOf(policies, { period: 'day', days, monthStartsOn: 1, totals }).map(({ user, countedBytes }) => [
      user,
      countedBytes,
    ]);

  it('sum a user’s leaf queues by router, in the direction that counts', () => {
    const totals = [
      total({ queue: 'bob-1', downloadBytes: 1n, uploadBytes: 10n }),
      total({ queue: 'bob-2', downloadBytes: 2n }),
      total({ queue: 'all', isParent: true, downloadBytes: 100n }),
      total({ router: 'edge-2', downloadBytes: 5n }),
    ];
    assert.deepEqual(counted([{ dailyGb: 1 }], totals), [
      ['bob', 3n],
      ['bob', 5n],
    ]);
    assert.deepEqual(counted([{ dailyGb: 1, counts: 'total', router: 'edge-1' }], totals), [['bob', 13n]]);
  });

  it('leave out users who are unlimited, ignored or without a limit for the period', () => {
    const totals = [
      total({ user: 'a', queue: 'a' }),
      total({ user: 'b', queue: 'b' }),
      total({ user: 'c', queue: 'c' }),
      total({ user: 'd', queue: 'd' }),
    ];
    const policies = [
      { match: 'a', unlimited: true },
      { match: 'b', ignore: true },
      { match: 'c', weeklyGb: 1 },
      { dailyGb: 1 },
    ];
    assert.deepEqual(counted(policies, totals), [['d', 0n]]);
  });

  it('count no ignored queue of a user', () => {
    const totals = [total({ queue: 'bob-1', downloadBytes: 1n }), total({ queue: 'test-bob', downloadBytes: 9n })];
    assert.deepEqual(counted([{ match: 'test-*', ignore: true }, { dailyGb: 1 }], totals), [['bob', 1n]]);
  });

  it('measure a parent that a rule names, and of several the largest, because one may lie in another', () => {
    const parent = (queue: string, downloadBytes: bigint) =>
      total({ user: 'office', queue, isParent: true, downloadBytes });
    const totals = [parent('floor-1', 4n), parent('building', 9n), parent('floor-2', 5n)];
    assert.deepEqual(counted([{ dailyGb: 1 }], totals), []);
    assert.deepEqual(counted([{ match: 'office', dailyGb: 1 }], totals), [['office', 9n]]);
  });

  it('use a month only with the rules whose month it is', () => {
    const totals = [total({ downloadBytes: 7n })];
    const policies = [{ monthlyGb: 1, monthStartsOn: 15 }];
    assert.equal(standingsOf(policies, { period: 'month', days, monthStartsOn: 1, totals }).length, 0);
    assert.equal(standingsOf(policies, { period: 'month', days, monthStartsOn: 15, totals }).length, 1);
  });
});

describe('crossings', () => {
  const thresholds = (change: Partial<Standing>, recorded: RecordedBreach[]) => {
    const candidate = standing(change);
    const all = thresholdsOf(candidate.policy);
    return newCrossings({ standing: candidate, thresholds: all }, recorded).map(({ threshold }) => threshold);
  };

  it('begin with the first byte beyond a threshold', () => {
    assert.deepEqual(thresholds({ countedBytes: 8n * GB }, []), []);
    assert.deepEqual(thresholds({ countedBytes: 8n * GB + 1n }, []), [80]);
    assert.deepEqual(thresholds({ countedBytes: 10n * GB }, []), [80]);
    assert.deepEqual(thresholds({ countedBytes: 10n * GB + 1n }, []), [80, 100]);
  });

  it('are new only if that threshold is not known with this limit or a higher one', () => {
    const countedBytes = 11n * GB;
    assert.deepEqual(thresholds({ countedBytes }, [known()]), [80]);
    assert.deepEqual(thresholds({ countedBytes }, [known({ limitBytes: 20n * GB })]), [80]);
    assert.deepEqual(thresholds({ countedBytes }, [known({ limitBytes: 9n * GB })]), [80, 100]);
    for (const other of [
      { user: 'eve' },
      { router: 'edge-2' },
      { period: 'week' },
      { periodStart: '2026-11-19' },
    ] as const) {
      assert.deepEqual(thresholds({ countedBytes }, [known(other)]), [80, 100]);
    }
  });

  it('are dated by the day on which the sum passed the threshold', () => {
    const week = standing({
      period: 'week',
      days: { startDay: '2026-11-16', endDay: '2026-11-22' },
      countedBytes: 12n * GB,
    });
    const days = [userDay('2026-11-18', 4n * GB), userDay('2026-11-16', 4n * GB), userDay('2026-11-19', 4n * GB)];
    assert.equal(crossingDay({ standing: week, threshold: 100 }, days), '2026-11-19');
    assert.equal(crossingDay({ standing: week, threshold: 50 }, days), '2026-11-18');
  });

  it('need an estimate when they would not be without bytes that the clock gave to the day', () => {
    const crossing: Crossing = { standing: standing({ countedBytes: 11n * GB }), threshold: 100 };
    assert.equal(needsEstimate(crossing, [userDay(DAY, 11n * GB)]), false);
    assert.equal(needsEstimate(crossing, [userDay(DAY, 11n * GB, GB)]), true);
    assert.equal(needsEstimate(crossing, [userDay(DAY, 11n * GB, GB - 1n)]), false);
    assert.equal(needsEstimate(crossing, [userDay(DAY, 11n * GB, 50n * GB)]), true);
  });

  it('need no estimate for bytes split over a midnight within the period', () => {
    const week = standing({
      period: 'week',
      days: { startDay: '2026-11-16', endDay: '2026-11-22' },
      countedBytes: 11n * GB,
    });
    assert.equal(needsEstimate({ standing: week, threshold: 100 }, [userDay('2026-11-18', 11n * GB, 5n * GB)]), false);
    assert.equal(needsEstimate({ standing: week, threshold: 100 }, [userDay('2026-11-22', 11n * GB, 5n * GB)]), true);
  });
});

describe('states of crossings', () => {
  const crossings = (...estimated: boolean[]) =>
    [80, 100].map((threshold, index) => ({ standing: standing(), threshold, isEstimated: estimated[index] ?? false }));

  it('mail only the highest of one pass', () => {
    assert.deepEqual(statesOf(crossings(), [], true), ['superseded', 'mailed']);
  });

  it('send nothing without a mail server', () => {
    assert.deepEqual(statesOf(crossings(), [], false), ['superseded', 'unsent']);
  });

  it('mail the highest that needs no estimate', () => {
    assert.deepEqual(statesOf(crossings(false, true), [], true), ['mailed', 'estimated']);
    assert.deepEqual(statesOf(crossings(true, true), [], true), ['estimated', 'estimated']);
  });

  it('send no warning after the alert, as when warnings are configured later', () => {
    const [warning] = crossings();
    assert.ok(warning !== undefined);
    assert.deepEqual(statesOf([warning], [known()], true), ['superseded']);
    assert.deepEqual(statesOf([warning], [known({ limitBytes: 5n * GB })], true), ['mailed']);
    assert.deepEqual(statesOf([warning], [known({ state: 'estimated' })], true), ['mailed']);
  });
});

describe('hourly profile', () => {
  const hour = (hourAt: number, bytes: bigint, queue = 'bob') => ({
    queue,
    hourAt: hourAt * HOUR,
    uploadBytes: 100n,
    downloadBytes: bytes,
  });

  it('sums the queues by hour', () => {
    assert.deepEqual(hourlyBytes('download', [hour(2, 5n), hour(1, 1n), hour(2, 7n, 'bob-2')]), [
      [HOUR, 1n],
      [2 * HOUR, 12n],
    ]);
  });

  it('runs hot since the last unbroken run of hours with more than twice an even share', () => {
    const profile = hourlyBytes('download', [
      hour(1, 50n),
      hour(3, 3n),
      hour(4, 30n),
      hour(5, 40n),
      hour(6, 21n),
      hour(7, 20n),
    ]);
    assert.deepEqual(hotRun(profile, 240n, 24), { sinceAt: 4 * HOUR, peakBytes: 40n });
    assert.equal(hotRun(profile, 2400n, 24), null);
    assert.equal(hotRun([], 240n, 24), null);
  });

  it('counts a run from the first hour of 1970 as one', () => {
    assert.deepEqual(
      hotRun(
        [
          [0, 50n],
          [HOUR, 60n],
        ],
        240n,
        24,
      ),
      { sinceAt: 0, peakBytes: 60n },
    );
  });

  it('takes 60 minutes as the last hour, and of the hour in which they begin its share by time', () => {
    const profile = hourlyBytes('download', [hour(1, 1000n), hour(2, 60n), hour(3, 4n)]);
    assert.deepEqual(recentBytes(profile, 3 * HOUR + 60_000, 0), {
      sinceAt: 2 * HOUR + 60_000,
      bytes: 59n + 4n,
      durationMs: HOUR,
    });
    assert.deepEqual(recentBytes(profile.slice(0, 2), 3 * HOUR, 0).bytes, 60n);
    assert.deepEqual(recentBytes(profile, 9 * HOUR, 0).bytes, 0n);
  });

  it('takes no more than the day has had, also where midnight cuts an hour', () => {
    const dayStartAt = 2 * HOUR + HOUR / 2;
    const profile = hourlyBytes('download', [hour(2, 30n), hour(3, 7n)]);
    assert.deepEqual(recentBytes(profile.slice(0, 1), dayStartAt + 10 * 60_000, dayStartAt), {
      sinceAt: dayStartAt,
      bytes: 30n,
      durationMs: 10 * 60_000,
    });
    const now = 3 * HOUR + 45 * 60_000;
    assert.deepEqual(recentBytes(profile, now, dayStartAt), { sinceAt: now - HOUR, bytes: 15n + 7n, durationMs: HOUR });
  });
});
