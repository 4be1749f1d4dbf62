import type { Calendar } from '../../accounting/day.ts';

/**
 * When a router is polled: on a grid of `everyMs` with an offset of its own, so that a thousand routers are no herd,
 * and on each local midnight, so that few bytes have to be split between days (DESIGN section 4, rule 10).
 */
export function createTimetable(options: {
  readonly router: string;
  readonly everyMs: number;
  readonly calendar: Calendar;
}): (at: number) => number {
  const { router, everyMs, calendar } = options;
  const offsetMs = hash(router) % everyMs;
  return (at) => {
    const onGrid = Math.floor((at - offsetMs) / everyMs + 1) * everyMs + offsetMs;
    return Math.min(onGrid, calendar.endOf(calendar.dayOf(at)));
  };
}

/** When little else happens: the purge reads and deletes what nobody asks for any more. */
const NIGHTLY_AT_MS = 3.5 * 3_600_000;

/** Once a day, half past three hours after its midnight. */
export function createNightlyTime(calendar: Calendar): (at: number) => number {
  return (at) => {
    const day = calendar.dayOf(at);
    const tonight = calendar.startOf(day) + NIGHTLY_AT_MS;
    return tonight > at ? tonight : calendar.startOf(calendar.addDays(day, 1)) + NIGHTLY_AT_MS;
  };
}

/** FNV-1a, 32 bits: the same offset after every restart. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193);
  return value >>> 0;
}
