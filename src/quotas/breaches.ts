import {
  countedBytes,
  isBreached,
  limitOf,
  type Period,
  periodOf,
  type QuotaPolicy,
  thresholdsOf,
  type Weekday,
} from '../usage/accounting/quota.ts';
import type { BreachKey, BreachState, RecordedBreach, UserDay } from './ports.ts';
import type { Candidate } from './quota-history.ts';
import type { PeriodTotals, Standing } from './standing.ts';

/** A period whose breaches may still be noticed. */
export type WatchedPeriod = Omit<PeriodTotals, 'totals'>;

/** Days after the end of a period in which its late bytes are still looked at. */
export const LATE_DAYS = 2;

/** The periods that some rule has a limit for and that are open today or were closed within two days. */
export function watchedPeriods(
  policies: readonly QuotaPolicy[],
  today: string,
  weekStartsOn: Weekday,
): WatchedPeriod[] {
  const periods = new Map<string, WatchedPeriod>();
  for (const policy of policies) {
    for (const period of limitedPeriods(policy)) {
      const monthStartsOn = period === 'month' ? (policy.monthStartsOn ?? 1) : 1;
      for (let back = 0; back <= LATE_DAYS; back += 1) {
        const day = Temporal.PlainDate.from(today).subtract({ days: back }).toString();
        const days = periodOf(period, day, { weekStartsOn, monthStartsOn });
        periods.set(`${period} ${monthStartsOn} ${days.startDay}`, { period, days, monthStartsOn });
      }
    }
  }
  return [...periods.values()];
}

function limitedPeriods(policy: QuotaPolicy): Period[] {
  const limits = { day: policy.dailyGb, week: policy.weeklyGb, month: policy.monthlyGb } as const;
  return (['day', 'week', 'month'] as const).filter((period) => limits[period] !== undefined);
}

/** Users with at most this many bytes, in both directions, cannot have crossed a threshold of the period. */
export function leastBreachBytes(policies: readonly QuotaPolicy[], { period, monthStartsOn }: WatchedPeriod): bigint {
  let least: bigint | null = null;
  for (const policy of policies) {
    const limit = limitOf(policy, period);
    if (limit === null || (period === 'month' && (policy.monthStartsOn ?? 1) !== monthStartsOn)) continue;
    const bytes = (limit * BigInt(thresholdsOf(policy)[0] ?? 100)) / 100n;
    if (least === null || bytes < least) least = bytes;
  }
  return least ?? 0n;
}

/** A crossing of a threshold that has not been reported yet. */
export interface Crossing {
  readonly standing: Standing;
  readonly threshold: number;
}

/** Of the thresholds those that are exceeded and not known with this limit or a higher one. */
export function newCrossings({ standing, thresholds }: Candidate, recorded: readonly RecordedBreach[]): Crossing[] {
  return thresholds
    .filter((threshold) => isBreached(standing.countedBytes, standing.limitBytes, threshold))
    .filter((threshold) => !recorded.some((known) => known.threshold === threshold && covers(known, standing)))
    .map((threshold) => ({ standing, threshold }));
}

function covers(known: BreachKey, standing: Standing): boolean {
  return (
    known.limitBytes >= standing.limitBytes &&
    known.router === standing.router &&
    known.user === standing.user &&
    known.period === standing.period &&
    known.periodStart === standing.days.startDay
  );
}

/** The day on which the sum of the days passed the threshold. */
export function crossingDay({ standing, threshold }: Crossing, days: readonly UserDay[]): string {
  let sum = 0n;
  for (const day of countedDays(standing, days).toSorted((a, b) => (a.day < b.day ? -1 : 1))) {
    sum += countedBytes(standing.policy.counts ?? 'download', day);
    if (isBreached(sum, standing.limitBytes, threshold)) return day.day;
  }
  return standing.days.endDay;
}

/**
 * Whether the breach of a closed period would not be one without bytes that were split over its first or last midnight by
 * the clock alone. Bytes split over a midnight within the period are in it either way.
 */
export function needsEstimate({ standing, threshold }: Crossing, days: readonly UserDay[]): boolean {
  const { startDay, endDay } = standing.days;
  const estimated = countedDays(standing, days)
    .filter(({ day }) => day === startDay || day === endDay)
    .reduce((bytes, day) => bytes + day.estimatedBytes, 0n);
  const certain = standing.countedBytes > estimated ? standing.countedBytes - estimated : 0n;
  return !isBreached(certain, standing.limitBytes, threshold);
}

function countedDays(standing: Standing, days: readonly UserDay[]): UserDay[] {
  const counted = new Set(standing.queues.map(({ queue, isParent }) => `${isParent} ${queue}`));
  return days.filter(({ queue, isParent }) => counted.has(`${isParent} ${queue}`));
}

/** What to do about the crossings of one user in one period: only the highest is worth a mail. */
export function statesOf(
  crossings: readonly (Crossing & { readonly isEstimated: boolean })[],
  recorded: readonly RecordedBreach[],
  hasMail: boolean,
): BreachState[] {
  const certain = crossings.filter(({ isEstimated }) => !isEstimated).map(({ threshold }) => threshold);
  return crossings.map(({ standing, threshold, isEstimated }) => {
    if (isEstimated) return 'estimated';
    const told = recorded.filter((known) => known.state !== 'estimated' && covers(known, standing));
    const isOvertaken = [...certain, ...told.map((known) => known.threshold)].some((other) => other > threshold);
    if (isOvertaken) return 'superseded';
    return hasMail ? 'mailed' : 'unsent';
  });
}
