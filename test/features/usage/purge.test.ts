import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCalendar } from '../../../src/accounting/day.ts';
import { purgeUsage } from '../../../src/features/usage/purge.ts';
import { createManualClock } from '../../support/manual-clock.ts';

describe('purgeUsage', () => {
  it('forgets days before today − retention, by the calendar of the zone', async () => {
    const asked: unknown[] = [];
    const purger = {
      async purge(...args: unknown[]) {
        asked.push(args);
        return { dailyRows: 1, hourlyRows: 2, unobservedSpans: 4, events: 3 };
      },
    };
    const calendar = createCalendar('Asia/Karachi');
    // 20 November in Karachi, where it is 5 hours later.
    const clock = createManualClock(Date.UTC(2026, 10, 19, 20));
    const outcome = await purgeUsage({ purger, calendar, clock, retentionDays: 14 }, true);
    assert.deepEqual(asked, [[{ beforeDay: '2026-11-06', beforeAt: Date.UTC(2026, 10, 5, 19) }, true]]);
    assert.deepEqual(outcome, {
      oldestKeptDay: '2026-11-06',
      dailyRows: 1,
      hourlyRows: 2,
      unobservedSpans: 4,
      events: 3,
    });
  });
});
