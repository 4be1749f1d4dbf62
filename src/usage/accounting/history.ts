import type { Coverage } from './coverage.ts';
import type { Calendar } from './day.ts';

/** How a user's usage has changed. */
export interface Comparison {
  /** Change in percent, whole. */
  readonly percent: number;
  /** `same-time`: against the days before up to the same time of the last one · `whole`: against all of the days before. */
  readonly basis: 'same-time' | 'whole';
}

/** What went before, for the users that the report shows. */
export interface Histories {
  /** Bytes (upload and download) on each of the days, by `userKey`. */
  readonly strips: ReadonlyMap<string, readonly bigint[]>;
  readonly comparisons: ReadonlyMap<string, Comparison>;
}

/** What was moved on the day before. */
export interface DayBefore {
  /** On all of the day. */
  readonly wholeBytes: bigint;
  /** Up to the same time of day; `null` where the hourly profile is incomplete. */
  readonly sameTimeBytes: bigint | null;
}

/** Of a day's report. */
export const STRIP_DAYS = 7;
/** Of a longer one. */
export const MOST_STRIP_DAYS = 31;

/** What the column of the strips is called. */
export function stripTitleOf({ period, days }: Coverage): string {
  if (period === 'day') return `${STRIP_DAYS} days`;
  const length = Temporal.PlainDate.from(days.startDay).until(days.endDay).days + 1;
  return length > MOST_STRIP_DAYS ? `last ${MOST_STRIP_DAYS} days` : 'by day';
}

/** The part of it that is not still to come. */
export function upTo({ period, days }: Coverage, today: string): Coverage {
  return { period, days: { startDay: days.startDay, endDay: days.endDay < today ? days.endDay : today } };
}

/** The days that the strips show, oldest first. */
export function stripDays({ period, days }: Coverage, calendar: Calendar): string[] {
  const last = (count: number) => calendar.addDays(days.endDay, 1 - count);
  const earliest = last(MOST_STRIP_DAYS);
  const isLong = days.startDay < earliest;
  const from = period === 'day' ? last(STRIP_DAYS) : isLong ? earliest : days.startDay;
  const list: string[] = [];
  for (let day = from; day <= days.endDay; day = calendar.addDays(day, 1)) list.push(day);
  return list;
}

/** Bytes of some days up to the same time on the last one; all of them if the last day has none. `null`: the hourly profile is incomplete. */
export function sameTimeOf(wholeBytes: bigint, lastDay: DayBefore | undefined): bigint | null {
  if (lastDay === undefined) return wholeBytes;
  return lastDay.sameTimeBytes === null ? null : wholeBytes - lastDay.wholeBytes + lastDay.sameTimeBytes;
}

export function changePercent(bytes: bigint, before: bigint): number {
  return Math.round(Number(((bytes - before) * 1000n) / before) / 10);
}
