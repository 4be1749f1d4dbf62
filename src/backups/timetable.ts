import { WEEKDAYS, type Weekday } from '../usage/accounting/quota.ts';

/** When something is due, again and again. `at` is `hh:mm` in the calendar's zone; hours are counted in UTC from 1970 on, whatever local clocks do. */
export type Timing =
  | { readonly every: 'day'; readonly at: string }
  | { readonly every: 'week'; readonly at: string; readonly on: Weekday }
  /** A month that lacks the day has its last one. */
  | { readonly every: 'month'; readonly at: string; readonly on: number }
  | { readonly every: 'year'; readonly at: string; readonly on: { readonly month: number; readonly day: number } }
  | { readonly every: 'hours'; readonly hours: number };

const HOUR_MS = 3_600_000;
/**
 * Periods around the one of an instant in which the times next to it lie. The date line was moved over a day (Apia, 2011-12-30 never
 * came), and a time in a gap of the clock is moved to after it.
 */
const NEAR = [-2, -1, 0, 1, 2];

/**
 * The first due time after an instant, Unix ms. A time that the clock skips (spring: 02:30) comes as much later as the clock is set on
 * (03:30); one that comes twice (autumn) is the first of both.
 */
export function nextTime(timing: Timing, after: number, timeZone: string): number {
  const next = timesNear(timing, after, timeZone).find((at) => at > after);
  if (next === undefined) throw new RangeError('no due time found');
  return next;
}

/** The last due time until an instant, that instant included. */
export function lastTime(timing: Timing, until: number, timeZone: string): number {
  const last = timesNear(timing, until, timeZone).findLast((at) => at <= until);
  if (last === undefined) throw new RangeError('no due time found');
  return last;
}

/** The next `count` due times after an instant. */
export function nextTimes(timing: Timing, after: number, timeZone: string, count: number): readonly number[] {
  const times: number[] = [];
  while (times.length < count) times.push(nextTime(timing, times.at(-1) ?? after, timeZone));
  return times;
}

/** In order; those next to the instant on both sides are among them. */
function timesNear(timing: Timing, instant: number, timeZone: string): readonly number[] {
  if (timing.every === 'hours') {
    const last = Math.floor(instant / (timing.hours * HOUR_MS));
    return [last, last + 1].map((count) => count * timing.hours * HOUR_MS);
  }
  const plainTime = Temporal.PlainTime.from(timing.at);
  const today = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timeZone).toPlainDate();
  return NEAR.map(
    (ahead) => dayIn(timing, today, ahead).toZonedDateTime({ timeZone, plainTime }).epochMilliseconds,
  ).toSorted((one, other) => one - other);
}

/** The due day in the period of a date, or in one so many periods later. */
function dayIn(timing: Exclude<Timing, { every: 'hours' }>, date: Temporal.PlainDate, ahead: number) {
  if (timing.every === 'day') return date.add({ days: ahead });
  if (timing.every === 'week') {
    return date.add({ days: 7 * ahead + WEEKDAYS.indexOf(timing.on) + 1 - date.dayOfWeek });
  }
  const { year, month } = date.add(timing.every === 'month' ? { months: ahead } : { years: ahead });
  const on = timing.every === 'month' ? { month, day: timing.on } : timing.on;
  return Temporal.PlainDate.from({ year, ...on }, { overflow: 'constrain' });
}
