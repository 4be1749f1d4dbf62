import { type Period, type PeriodDays, periodOf, type Weekday } from './quota.ts';

/** The days that a ranking or a report is about. */
export interface Coverage {
  /** `range`: days that somebody chose; no quota is for them. */
  readonly period: Period | 'range';
  readonly days: PeriodDays;
}

/** What is asked for by its first and last day. */
export function coverageOfDays(days: PeriodDays): Coverage {
  return { period: days.startDay === days.endDay ? 'day' : 'range', days };
}

/** The days that a change is measured against, as many as there are in `days`: those of the week or month before, else those just before. */
export function daysBefore({ period, days }: Coverage): PeriodDays {
  const [start, end] = [Temporal.PlainDate.from(days.startDay), Temporal.PlainDate.from(days.endDay)];
  if (period === 'month') {
    const lastMonth = end.subtract({ months: 1 });
    // All of a month is measured against all of the month before, however many days that has.
    const isWhole = end.day === end.daysInMonth;
    const endDay = isWhole ? lastMonth.with({ day: lastMonth.daysInMonth }) : lastMonth;
    return { startDay: start.subtract({ months: 1 }).toString(), endDay: endDay.toString() };
  }
  const length = period === 'week' ? 7 : start.until(end).days + 1;
  return { startDay: start.subtract({ days: length }).toString(), endDay: end.subtract({ days: length }).toString() };
}

/** The last period that ended before the one that holds `day`. */
export function previousPeriod(period: Period, day: string, weekStartsOn: Weekday): PeriodDays {
  const starts = { weekStartsOn, monthStartsOn: 1 };
  const { startDay } = periodOf(period, day, starts);
  return periodOf(period, Temporal.PlainDate.from(startDay).subtract({ days: 1 }).toString(), starts);
}
