import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { purgeUnasked, purgeUsage } from '../../src/usage/purge.ts';
import { createManualClock } from '../support/manual-clock.ts';

describe('purgeUsage', () => {
  it('forgets days before today − retention, by the calendar of the zone', async () => {
    const asked: unknown[] = [];
    const forgotten = [{ count: 1, one: 'mail', many: 'mails' }];
    const forget = async (...args: unknown[]) => {
      asked.push(args);
      return forgotten;
    };
    const calendar = createCalendar('Asia/Karachi');
    // 20 November in Karachi, where it is 5 hours later.
    const clock = createManualClock(Date.UTC(2026, 10, 19, 20));
    const outcome = await purgeUsage({ forget, calendar, clock, retentionDays: 14 }, true);
    assert.deepEqual(asked, [[{ beforeDay: '2026-11-06', beforeAt: Date.UTC(2026, 10, 5, 19) }, true]]);
    assert.deepEqual(outcome, {
      oldestKeptDay: '2026-11-06',
      forgotten,
    });
  });
});

describe('purgeUnasked', () => {
  const calendar = createCalendar('UTC');
  const NOW = Date.UTC(2026, 10, 20, 3, 30);

  /** Purges books that have something on each of the days, counted from today; gives whether it did. */
  async function purges(days: readonly number[], retentionDays = 14, leapDays = 0): Promise<boolean> {
    const clock = createManualClock(NOW);
    const recorded = days.map((each) => calendar.addDays('2026-11-20', each)).sort();
    clock.step(leapDays * 86_400_000);
    let hasPurged = false;
    const forget = async () => {
      hasPurged = true;
      return [];
    };
    const archive = {
      daysOnRecord: async ({ fromDay, toDay }: { fromDay: string; toDay: string }) =>
        recorded.filter((day) => fromDay <= day && day <= toDay),
    };
    const outcome = purgeUnasked({ forget, archive, calendar, clock, retentionDays });
    if (leapDays === 0) await outcome;
    else await assert.rejects(outcome, { code: 'CLOCK_IMPLAUSIBLE' });
    return hasPurged;
  }

  const daily = Array.from({ length: 40 }, (_, index) => -index);

  it('forgets a day each night', async () => {
    assert.equal(await purges(daily.slice(0, 16)), true);
  });

  it('forgets at once what is too old by a shorter retention', async () => {
    assert.equal(await purges(daily, 3), true);
  });

  it('forgets with a retention of one day', async () => {
    assert.equal(await purges(daily.slice(0, 3), 1), true);
  });

  it('keeps the data when the clock leapt ahead: most of it would be too old by that clock alone', async () => {
    assert.equal(await purges([...daily, 30_000], 14, 30_000), false);
    assert.equal(await purges([...daily, 30_000, 30_001], 14, 30_001), false);
    assert.equal(await purges([0, 30_000], 14, 30_000), false);
  });

  it('trusts a clock after seven days', async () => {
    const sevenDays = Array.from({ length: 7 }, (_, index) => -index);
    assert.equal(await purges([...sevenDays, ...daily.map((each) => each - 300)], 14), true);
  });
});
