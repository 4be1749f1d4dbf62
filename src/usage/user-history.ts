import type { Calendar } from './accounting/day.ts';
import {
  type Counts,
  countedBytes,
  isBreached,
  limitOf,
  type PeriodDays,
  periodOf,
  policyFor,
  type QuotaPolicy,
  usedPercent,
  type Weekday,
} from './accounting/quota.ts';
import { needsSpans } from './accounting/unobserved.ts';
import type { QueueDay, UsageArchive } from './ports.ts';
import { countedRows, quotaUserOf, toUserUsage, type UserUsage } from './query.ts';

/** One user of one router over some days. */
export interface UserHistory {
  /** Days with usage, oldest first. */
  readonly days: readonly UserUsage[];
  /** The week and the month that hold the last of the days. */
  readonly week: PeriodUsage;
  readonly month: PeriodUsage;
  /** Their queues, parents included, by day and name. */
  readonly queues: readonly QueueDay[];
  /** What counts against their limits. */
  readonly counts: Counts;
  readonly isUnlimited: boolean;
}

export interface PeriodUsage extends PeriodDays {
  /** The first day of it that was asked for: with less than all of it, what is summed is less too. */
  readonly knownFromDay: string;
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
  readonly countedBytes: bigint;
  /** `null`: no such limit. */
  readonly limitBytes: bigint | null;
  readonly usedPercent: number | null;
  readonly breached: boolean;
}

export interface UserQuestion {
  readonly router: string;
  readonly user: string;
  /** Inclusive, `YYYY-MM-DD`. */
  readonly fromDay: string;
  readonly toDay: string;
}

/** A user's days with their limits, and the sums of the week and the month. Rejects with a `TroubleError` when the database is away. */
export async function readUserHistory(
  deps: {
    readonly archive: UsageArchive;
    readonly policies: readonly QuotaPolicy[];
    readonly weekStartsOn: Weekday;
    readonly calendar: Calendar;
  },
  question: UserQuestion,
): Promise<UserHistory> {
  const { archive, policies, weekStartsOn, calendar } = deps;
  const { router, user, fromDay, toDay } = question;
  const rows = await archive.queueDays(question);
  const counted = countedRows(rows, policies);
  const groups = [...Map.groupBy(counted, ({ day }) => day).values()];
  const asked = { router, user, fromAt: calendar.startOf(fromDay), toAt: calendar.endOf(toDay) };
  const spans = groups.some(needsSpans) ? await archive.unobserved(asked) : [];
  const days = groups.flatMap((group) => toUserUsage(group, { policies, calendar, spans }));
  const policy = policyFor(policies, quotaUserOf(router, user, counted));
  const starts = { weekStartsOn, monthStartsOn: policy?.monthStartsOn ?? 1 };
  const counts = policy?.counts ?? 'download';

  function sumOf(period: 'week' | 'month'): PeriodUsage {
    const { startDay, endDay } = periodOf(period, toDay, starts);
    const within = days.filter(({ day }) => startDay <= day && day <= endDay);
    const sum = {
      uploadBytes: within.reduce((bytes, day) => bytes + day.uploadBytes, 0n),
      downloadBytes: within.reduce((bytes, day) => bytes + day.downloadBytes, 0n),
    };
    const amount = countedBytes(counts, sum);
    const limitBytes = limitOf(policy, period);
    return {
      startDay,
      endDay,
      knownFromDay: compare(startDay, fromDay) < 0 ? fromDay : startDay,
      ...sum,
      countedBytes: amount,
      limitBytes,
      usedPercent: limitBytes === null ? null : usedPercent(amount, limitBytes),
      breached: limitBytes !== null && isBreached(amount, limitBytes, 100),
    };
  }

  return {
    days: days.toSorted((a, b) => (a.day < b.day ? -1 : 1)),
    week: sumOf('week'),
    month: sumOf('month'),
    queues: rows.toSorted((a, b) => compare(a.day, b.day) || compare(a.queue, b.queue)),
    counts,
    isUnlimited: policy?.unlimited === true,
  };
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
