import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCalendar } from '../../../src/accounting/day.ts';
import { createNightlyTime, createTimetable } from '../../../src/features/usage/timetable.ts';

const calendar = createCalendar('Asia/Karachi');

describe('the timetable of a router', () => {
  it('comes every interval, at the same offset after a restart', () => {
    const next = createTimetable({ router: 'edge-1', everyMs: 60_000, calendar });
    const again = createTimetable({ router: 'edge-1', everyMs: 60_000, calendar });
    const first = next(Date.UTC(2026, 5, 10, 12));
    assert.ok(first > Date.UTC(2026, 5, 10, 12) && first <= Date.UTC(2026, 5, 10, 12, 1));
    assert.equal(next(first), first + 60_000);
    assert.equal(again(first), first + 60_000);
  });

  it('is due once at each local midnight, between its regular instants', () => {
    const next = createTimetable({ router: 'edge-1', everyMs: 3_600_000, calendar });
    const midnight = Date.UTC(2026, 5, 10, 19);
    const seen: number[] = [];
    for (let at = midnight - 4_000_000; at < midnight + 4_000_000; at = next(at)) seen.push(at);
    assert.equal(seen.filter((at) => at === midnight).length, 1);
  });

  it('spreads routers over the interval', () => {
    const offsets = Array.from({ length: 600 }, (_, index) => {
      const next = createTimetable({ router: `router-${index}`, everyMs: 60_000, calendar });
      return Math.floor((next(Date.UTC(2026, 5, 10, 12)) % 60_000) / 6_000);
    });
    for (let tenth = 0; tenth < 10; tenth++) {
      const share = offsets.filter((each) => each === tenth).length;
      assert.ok(share > 30 && share < 90, `${share} of 600 routers in one tenth of the interval`);
    }
  });
});

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
