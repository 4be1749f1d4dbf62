import type { Counter } from './counter.ts';
import { matchesGlob } from './glob.ts';

/** Which direction counts against a limit. */
export type Counts = 'download' | 'upload' | 'total';

/** What a limit is for. */
export type Period = 'day' | 'week' | 'month';

/** As ISO 8601 counts them, from 1. */
export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** One rule of the list of quotas. The first rule of the list that fits decides. */
export interface QuotaPolicy {
  /** Glob on the user's or the queue's name. Without it the rule fits every queue that is not a parent. */
  readonly match?: string | undefined;
  /** Glob on the queue's comment; a queue without a comment does not fit. */
  readonly comment?: string | undefined;
  /** Name of the router. */
  readonly router?: string | undefined;
  /** Ranked, but without a limit. */
  readonly unlimited?: boolean | undefined;
  /** Stored, but neither ranked nor summed nor alerted. */
  readonly ignore?: boolean | undefined;
  /** GB are 1024³ bytes and may have a fraction. */
  readonly dailyGb?: number | undefined;
  readonly weeklyGb?: number | undefined;
  readonly monthlyGb?: number | undefined;
  /** 1 to 31; in a shorter month the 31st is the last day. Default 1. */
  readonly monthStartsOn?: number | undefined;
  /** Default `download`. */
  readonly counts?: Counts | undefined;
  /** Whole percents at which to warn; 100 always alerts. */
  readonly warnAtPercent?: readonly number[] | undefined;
  /** Who gets the alerts instead of the general addressees. */
  readonly to?: readonly string[] | undefined;
}

/** What of a queue the rules look at. */
export interface QuotaQueue {
  readonly router: string;
  readonly queue: string;
  readonly user: string;
  readonly comment: string | null;
  readonly isParent: boolean;
}

/** A user of a router with their queues. */
export interface QuotaUser {
  readonly router: string;
  readonly user: string;
  readonly queues: readonly { readonly name: string; readonly comment: string | null; readonly isParent: boolean }[];
}

/** First and last day of a period, both inclusive, `YYYY-MM-DD`. */
export interface PeriodDays {
  readonly startDay: string;
  readonly endDay: string;
}

export interface PeriodStarts {
  readonly weekStartsOn: Weekday;
  readonly monthStartsOn: number;
}

const BYTES_PER_GB = 1024 ** 3;

/** Whether the queue's own first fitting rule says `ignore`: it is left out of ranking, sums and alerts. */
export function isIgnoredQueue(policies: readonly QuotaPolicy[], queue: QuotaQueue): boolean {
  return policies.find((policy) => fits(policy, queue))?.ignore === true;
}

/**
 * The rule for a user on a router: the first in the list that fits their name or any of their queues that is not ignored.
 * `null` when none fits, or when all their queues are ignored; then they have no limit.
 */
export function policyFor(policies: readonly QuotaPolicy[], owner: QuotaUser): QuotaPolicy | null {
  const queues = owner.queues
    .map(({ name, comment, isParent }) => ({ router: owner.router, user: owner.user, queue: name, comment, isParent }))
    .filter((queue) => !isIgnoredQueue(policies, queue));
  return policyOfQueues(policies, queues);
}

/** As `policyFor`, for the queues of one user none of which is ignored. */
export function policyOfQueues(policies: readonly QuotaPolicy[], queues: readonly QuotaQueue[]): QuotaPolicy | null {
  return policies.find((policy) => queues.some((queue) => fits(policy, queue))) ?? null;
}

/** A catch-all limit must not hit a parent, whose bytes are its children's; to leave out a whole router it must. */
function fits(policy: QuotaPolicy, queue: QuotaQueue): boolean {
  if (policy.router !== undefined && policy.router !== queue.router) return false;
  if (policy.comment !== undefined && (queue.comment === null || !matchesGlob(policy.comment, queue.comment)))
    return false;
  if (policy.match === undefined) return !queue.isParent || policy.ignore === true;
  return matchesGlob(policy.match, queue.user) || matchesGlob(policy.match, queue.queue);
}

/** The limit of a rule for a period in bytes, `null` when it sets none. */
export function limitOf(policy: QuotaPolicy | null, period: Period): bigint | null {
  if (policy === null || policy.unlimited === true || policy.ignore === true) return null;
  const gb = { day: policy.dailyGb, week: policy.weeklyGb, month: policy.monthlyGb }[period];
  return gb === undefined ? null : limitBytes(gb);
}

/**
 * GB (1024³ bytes) in bytes. Scaling by a power of two is exact in floating point, and rounding down keeps "greater than
 * the limit" exact for whole bytes.
 */
export function limitBytes(gb: number): bigint {
  return BigInt(Math.floor(gb * BYTES_PER_GB));
}

/** The bytes that count against a limit. */
export function countedBytes(counts: Counts, usage: Counter): bigint {
  if (counts === 'upload') return usage.uploadBytes;
  return counts === 'download' ? usage.downloadBytes : usage.uploadBytes + usage.downloadBytes;
}

/** The percents at which a rule alerts, ascending, each once: its warnings and 100. */
export function thresholdsOf(policy: QuotaPolicy): readonly number[] {
  return [...new Set([...(policy.warnAtPercent ?? []), 100])].sort((a, b) => a - b);
}

/** Whether `threshold` percent (a whole number) of the limit is exceeded; reaching it is not a breach. */
export function isBreached(counted: bigint, limit: bigint, threshold: number): boolean {
  return counted * 100n > limit * BigInt(threshold);
}

/** Percent of the limit, rounded to one decimal; `null` for a limit of nothing. */
export function usedPercent(counted: bigint, limit: bigint): number | null {
  if (limit === 0n) return null;
  return Number((counted * 2000n + limit) / (limit * 2n)) / 10;
}

/** The period that holds `day` (`YYYY-MM-DD`). */
export function periodOf(period: Period, day: string, starts: PeriodStarts): PeriodDays {
  if (period === 'day') return { startDay: day, endDay: day };
  const date = Temporal.PlainDate.from(day);
  return period === 'week' ? weekOf(date, starts.weekStartsOn) : monthOf(date, starts.monthStartsOn);
}

function weekOf(date: Temporal.PlainDate, weekStartsOn: Weekday): PeriodDays {
  const daysIn = (date.dayOfWeek - 1 - WEEKDAYS.indexOf(weekStartsOn) + 7) % 7;
  const start = date.subtract({ days: daysIn });
  return { startDay: start.toString(), endDay: start.add({ days: 6 }).toString() };
}

function monthOf(date: Temporal.PlainDate, monthStartsOn: number): PeriodDays {
  const thisMonth = date.toPlainYearMonth();
  const startsIn = (month: Temporal.PlainYearMonth) => month.toPlainDate({ day: monthStartsOn });
  const hasBegun = Temporal.PlainDate.compare(startsIn(thisMonth), date) <= 0;
  const month = hasBegun ? thisMonth : thisMonth.subtract({ months: 1 });
  return {
    startDay: startsIn(month).toString(),
    endDay: startsIn(month.add({ months: 1 }))
      .subtract({ days: 1 })
      .toString(),
  };
}
