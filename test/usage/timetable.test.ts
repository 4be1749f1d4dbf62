import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { createNightlyTime } from '../../src/usage/timetable.ts';

describe('the nightly time', () => {
  it('comes once a day, also when a day has 23 or 25 hours', () => {
    const next = createNightlyTime(createCalendar('Europe/Berlin'));
    let at = Date.UTC(2026, 9, 23);
    const days: number[] = [];
    for (let nights = 0; nights < 4; nights++) {
      at = next(at);
      days.push(new Date(at).getUTCDate());
    }
    assert.deepEqual(days, [23, 24, 25, 26]);
  });
});
