import type { Calendar } from './accounting/day.ts';

/** At night, when the load is low. */
const NIGHTLY_AT_MS = 3.5 * 3_600_000;

/** Once a day, half past three hours after its midnight. */
export function createNightlyTime(calendar: Calendar): (at: number) => number {
  return (at) => {
    const day = calendar.dayOf(at);
    const tonight = calendar.startOf(day) + NIGHTLY_AT_MS;
    return tonight > at ? tonight : calendar.startOf(calendar.addDays(day, 1)) + NIGHTLY_AT_MS;
  };
}
