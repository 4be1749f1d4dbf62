import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  countedBytes,
  isBreached,
  isIgnoredQueue,
  limitBytes,
  limitOf,
  type Period,
  type PeriodStarts,
  periodOf,
  policyFor,
  type QuotaPolicy,
  type QuotaQueue,
  thresholdsOf,
  usedPercent,
  type Weekday,
} from '../../../src/usage/accounting/quota.ts';

const GB = 1024n ** 3n;

function queue(change: Partial<QuotaQueue>): QuotaQueue {
  return { router: 'edge-1', queue: 'bob-1', user: 'bob', comment: null, isParent: false, ...change };
}

function owner(change: { user?: string; queues?: readonly { name: string; comment?: string; isParent?: boolean }[] }) {
  const queues = change.queues ?? [{ name: 'bob-1' }];
  return {
    router: 'edge-1',
    user: change.user ?? 'bob',
    queues: queues.map(({ name, comment, isParent }) => ({
      name,
      comment: comment ?? null,
      isParent: isParent ?? false,
    })),
  };
}

describe('policyFor', () => {
  it('takes the first rule that fits', () => {
    const policies: QuotaPolicy[] = [{ match: 'vip-*', dailyGb: 50 }, { match: 'bob', dailyGb: 20 }, { dailyGb: 10 }];
    assert.equal(policyFor(policies, owner({}))?.dailyGb, 20);
    assert.equal(policyFor(policies, owner({ user: 'eve', queues: [{ name: 'eve' }] }))?.dailyGb, 10);
  });

  it('matches the name of any of the user’s queues', () => {
    const policies: QuotaPolicy[] = [{ match: 'vip-*', dailyGb: 50 }, { dailyGb: 10 }];
    assert.equal(policyFor(policies, owner({ queues: [{ name: 'bob-1' }, { name: 'vip-bob' }] }))?.dailyGb, 50);
  });

  it('is asked for router and comment too, and all that a rule names must hold for one queue', () => {
    const policies: QuotaPolicy[] = [
      { match: 'bob*', router: 'edge-2', dailyGb: 1 },
      { match: 'bob-1', comment: 'fiber *', dailyGb: 2 },
      { comment: 'fiber *', dailyGb: 3 },
      { dailyGb: 4 },
    ];
    assert.equal(policyFor(policies, owner({}))?.dailyGb, 4);
    assert.equal(policyFor(policies, owner({ queues: [{ name: 'bob-1', comment: 'fiber 100' }] }))?.dailyGb, 2);
    const split = owner({ queues: [{ name: 'bob-1' }, { name: 'bob-2', comment: 'fiber 100' }] });
    assert.equal(policyFor(policies, split)?.dailyGb, 3);
  });

  it('passes over parents unless the rule names them', () => {
    const parent = owner({ user: 'office', queues: [{ name: 'office', isParent: true }] });
    assert.equal(policyFor([{ dailyGb: 10 }], parent), null);
    assert.equal(policyFor([{ dailyGb: 10 }, { match: 'office', dailyGb: 100 }], parent)?.dailyGb, 100);
  });

  it('does not look at the names of ignored queues', () => {
    const policies: QuotaPolicy[] = [{ match: 'total*', ignore: true }, { dailyGb: 10 }];
    assert.equal(policyFor(policies, owner({ queues: [{ name: 'total-bob' }, { name: 'bob-1' }] }))?.dailyGb, 10);
    assert.equal(policyFor(policies, owner({ queues: [{ name: 'total-bob' }] })), null);
  });

  it('gives no policy where none fits', () => {
    assert.equal(policyFor([{ match: 'eve', dailyGb: 1 }], owner({})), null);
    assert.equal(policyFor([], owner({})), null);
  });
});

describe('isIgnoredQueue', () => {
  it('asks the queue’s own first fitting rule', () => {
    const policies: QuotaPolicy[] = [
      { match: 'total-vip', dailyGb: 5 },
      { match: 'total*', ignore: true },
      { dailyGb: 10 },
    ];
    assert.equal(isIgnoredQueue(policies, queue({ queue: 'total-up', user: 'total-up' })), true);
    assert.equal(isIgnoredQueue(policies, queue({ queue: 'total-vip', user: 'total-vip' })), false);
    assert.equal(isIgnoredQueue(policies, queue({})), false);
  });

  it('ignores by user name as well', () => {
    assert.equal(isIgnoredQueue([{ match: 'bob', ignore: true }], queue({})), true);
  });

  it('leaves out parents too where a whole router is ignored', () => {
    const policies: QuotaPolicy[] = [{ router: 'lab', ignore: true }, { dailyGb: 10 }];
    assert.equal(isIgnoredQueue(policies, queue({ router: 'lab', isParent: true })), true);
    assert.equal(isIgnoredQueue(policies, queue({ isParent: true })), false);
  });

  it('lets a limit for everyone not stand before the rule that ignores a parent', () => {
    const policies: QuotaPolicy[] = [{ dailyGb: 10 }, { match: 'total*', ignore: true }];
    assert.equal(isIgnoredQueue(policies, queue({ queue: 'total', user: 'total', isParent: true })), true);
  });

  it('leaves a rule that ignores no say over users with another queue', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a*', 'b*', '*1', undefined), { maxLength: 4 }), (matches) => {
        const policies = matches.map((match, index) => ({ match, ignore: index % 2 === 0, dailyGb: index }));
        const found = policyFor(policies, owner({ user: 'x', queues: [{ name: 'a1' }, { name: 'b2' }] }));
        assert.notEqual(found?.ignore, true);
      }),
    );
  });
});

describe('limits', () => {
  it('counts a GB as 1024³ bytes, with fractions, rounded down', () => {
    assert.equal(limitBytes(10), 10n * GB);
    assert.equal(limitBytes(0.5), GB / 2n);
    assert.equal(limitBytes(0), 0n);
    assert.equal(limitBytes(10.4), (GB * 104n) / 10n);
    assert.equal(limitBytes(9_000_000), 9_000_000n * GB);
  });

  it('is the exact floor of any decimal with up to six places', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), (millionths) => {
        assert.equal(limitBytes(millionths / 1_000_000), (BigInt(millionths) * GB) / 1_000_000n);
      }),
    );
  });

  it('has a limit only for the periods that the rule sets', () => {
    const policy: QuotaPolicy = { dailyGb: 1, monthlyGb: 20 };
    assert.deepEqual(
      (['day', 'week', 'month'] as const).map((period) => limitOf(policy, period)),
      [GB, null, 20n * GB],
    );
    assert.equal(limitOf({ unlimited: true, dailyGb: 1 }, 'day'), null);
    assert.equal(limitOf(null, 'day'), null);
  });

  it('counts the direction that the rule says', () => {
    const usage = { uploadBytes: 3n, downloadBytes: 5n };
    assert.deepEqual(
      [countedBytes('upload', usage), countedBytes('download', usage), countedBytes('total', usage)],
      [3n, 5n, 8n],
    );
  });
});

describe('thresholds', () => {
  it('always has 100, each once, ascending', () => {
    assert.deepEqual(thresholdsOf({}), [100]);
    assert.deepEqual(thresholdsOf({ warnAtPercent: [95, 80, 100, 80] }), [80, 95, 100]);
    assert.deepEqual(thresholdsOf({ warnAtPercent: [150] }), [100, 150]);
  });

  it('is breached by one byte more, not by the limit itself', () => {
    assert.equal(isBreached(10n * GB, 10n * GB, 100), false);
    assert.equal(isBreached(10n * GB + 1n, 10n * GB, 100), true);
    assert.equal(isBreached(8n * GB, 10n * GB, 80), false);
    assert.equal(isBreached(8n * GB + 1n, 10n * GB, 80), true);
    assert.equal(isBreached(0n, 0n, 100), false);
    assert.equal(isBreached(1n, 0n, 100), true);
  });

  it('is exact beyond 2^53', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 1n << 80n }), fc.integer({ min: 1, max: 300 }), (limit, threshold) => {
        const exact = (limit * BigInt(threshold)) / 100n;
        assert.equal(isBreached(exact, limit, threshold), false);
        assert.equal(isBreached(exact + 1n, limit, threshold), true);
      }),
    );
  });

  it('gives percents with one decimal', () => {
    assert.equal(usedPercent(104n, 1000n), 10.4);
    assert.equal(usedPercent(1n, 3n), 33.3);
    assert.equal(usedPercent(2n, 3n), 66.7);
    assert.equal(usedPercent(25n * GB, 10n * GB), 250);
    assert.equal(usedPercent(5n, 0n), null);
  });
});

describe('periodOf', () => {
  const MONDAY: PeriodStarts = { weekStartsOn: 'monday', monthStartsOn: 1 };
  const table: readonly (readonly [Period, string, PeriodStarts, string, string])[] = [
    ['day', '2026-11-20', MONDAY, '2026-11-20', '2026-11-20'],
    ['week', '2026-11-20', MONDAY, '2026-11-16', '2026-11-22'],
    ['week', '2026-11-16', MONDAY, '2026-11-16', '2026-11-22'],
    ['week', '2026-11-20', { ...MONDAY, weekStartsOn: 'friday' }, '2026-11-20', '2026-11-26'],
    ['week', '2026-11-20', { ...MONDAY, weekStartsOn: 'saturday' }, '2026-11-14', '2026-11-20'],
    ['week', '2027-01-01', { ...MONDAY, weekStartsOn: 'sunday' }, '2026-12-27', '2027-01-02'],
    ['month', '2026-11-20', MONDAY, '2026-11-01', '2026-11-30'],
    ['month', '2026-11-20', { ...MONDAY, monthStartsOn: 20 }, '2026-11-20', '2026-12-19'],
    ['month', '2026-11-20', { ...MONDAY, monthStartsOn: 21 }, '2026-10-21', '2026-11-20'],
    ['month', '2026-02-28', { ...MONDAY, monthStartsOn: 31 }, '2026-02-28', '2026-03-30'],
    ['month', '2026-02-27', { ...MONDAY, monthStartsOn: 31 }, '2026-01-31', '2026-02-27'],
    ['month', '2026-03-30', { ...MONDAY, monthStartsOn: 31 }, '2026-02-28', '2026-03-30'],
    ['month', '2026-03-31', { ...MONDAY, monthStartsOn: 31 }, '2026-03-31', '2026-04-29'],
    ['month', '2028-02-29', { ...MONDAY, monthStartsOn: 30 }, '2028-02-29', '2028-03-29'],
    ['month', '2027-01-05', { ...MONDAY, monthStartsOn: 10 }, '2026-12-10', '2027-01-09'],
  ];
  for (const [period, day, starts, startDay, endDay] of table) {
    it(`the ${period} (from ${starts.weekStartsOn}, ${starts.monthStartsOn}.) of ${day} is ${startDay} to ${endDay}`, () => {
      assert.deepEqual(periodOf(period, day, starts), { startDay, endDay });
    });
  }

  it('covers every day exactly once', () => {
    const weekdays: Weekday[] = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
    fc.assert(
      fc.property(
        fc.constantFrom<Period>('day', 'week', 'month'),
        fc.integer({ min: 0, max: 20_000 }),
        fc.constantFrom(...weekdays),
        fc.integer({ min: 1, max: 31 }),
        (period, days, weekStartsOn, monthStartsOn) => {
          const starts = { weekStartsOn, monthStartsOn };
          const day = Temporal.PlainDate.from('2020-01-01').add({ days }).toString();
          const { startDay, endDay } = periodOf(period, day, starts);
          assert.ok(startDay <= day && day <= endDay);
          assert.deepEqual(periodOf(period, startDay, starts), { startDay, endDay });
          assert.deepEqual(periodOf(period, endDay, starts), { startDay, endDay });
          const next = Temporal.PlainDate.from(endDay).add({ days: 1 }).toString();
          assert.equal(periodOf(period, next, starts).startDay, next);
        },
      ),
    );
  });
});
