import { type Coverage, previousPeriod } from '../usage/accounting/coverage.ts';
import type { Calendar } from '../usage/accounting/day.ts';
import { periodOf, type Weekday } from '../usage/accounting/quota.ts';

/** When which report is mailed; the shape of an entry of `report` in the configuration. `at` is `hh:mm` in the calendar's zone. */
export type ReportPlan =
  | { readonly every: 'day'; readonly at: string; readonly covers: 'today' | 'yesterday'; readonly rows: number }
  | { readonly every: 'week'; readonly on: Weekday; readonly at: string; readonly rows: number }
  | { readonly every: 'month'; readonly at: string; readonly rows: number };

/** A plan whose time has come today. */
export interface DueReport {
  readonly key: string;
  readonly coverage: Coverage;
  readonly rows: number;
  /** When it fell due, Unix ms. */
  readonly dueAt: number;
}

/**
 * The reports whose time of day has passed today, whether or not they have been sent. A time that the clock skips (spring) is
 * the moment after the gap; one that comes twice (autumn) is the first.
 */
export function dueReports(
  plans: readonly ReportPlan[],
  now: number,
  calendar: Calendar,
  weekStartsOn: Weekday,
): DueReport[] {
  const today = Temporal.PlainDate.from(calendar.dayOf(now));
  return plans
    .filter((plan) => isOn(plan, today))
    .map((plan) => ({
      key: keyOf(plan),
      coverage: coverageOf(plan, today, weekStartsOn),
      rows: plan.rows,
      dueAt: instantOf(today, plan.at, calendar),
    }))
    .filter(({ dueAt }) => dueAt <= now);
}

function isOn(plan: ReportPlan, today: Temporal.PlainDate): boolean {
  if (plan.every === 'day') return true;
  if (plan.every === 'month') return today.day === 1;
  return periodOf('week', today.toString(), { weekStartsOn: plan.on, monthStartsOn: 1 }).startDay === today.toString();
}

function instantOf(day: Temporal.PlainDate, at: string, calendar: Calendar): number {
  return day.toZonedDateTime({ timeZone: calendar.timeZone, plainTime: Temporal.PlainTime.from(at) }).epochMilliseconds;
}

/** Stays the same from day to day; two reports of one day at different times are two reports. */
function keyOf(plan: ReportPlan): string {
  if (plan.every === 'day') return `day ${plan.covers} ${plan.at}`;
  return plan.every === 'week' ? `week ${plan.on} ${plan.at}` : `month ${plan.at}`;
}

function coverageOf(plan: ReportPlan, today: Temporal.PlainDate, weekStartsOn: Weekday): Coverage {
  if (plan.every === 'day') {
    const day = today.subtract({ days: plan.covers === 'today' ? 0 : 1 }).toString();
    return { period: 'day', days: { startDay: day, endDay: day } };
  }
  return { period: plan.every, days: previousPeriod(plan.every, today.toString(), weekStartsOn) };
}
