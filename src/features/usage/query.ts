import { matchesGlob } from '../../accounting/glob.ts';
import {
  countedBytes,
  isBreached,
  isIgnoredQueue,
  limitOf,
  policyFor,
  type QuotaPolicy,
  type QuotaUser,
  usedPercent,
} from '../../accounting/quota.ts';
import type { QueueDay, UsageArchive, UsageFilter } from './ports.ts';

/** Which usage is asked for; days are inclusive. */
export interface UsageQuery extends UsageFilter {
  /** Glob on the user's or the queue's name. A user whom it fits is shown with all his queues. */
  readonly match?: string;
}

interface Amounts {
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
  readonly totalBytes: bigint;
  /** The share that was split over a midnight by elapsed time from a span of more than 10 min. */
  readonly estimatedBytes: bigint;
  readonly unobservedSeconds: number;
  readonly restarts: number;
}

/** One queue on one day. A queue that changed its user or became a parent within the day has one for each. */
export interface QueueUsage extends Amounts {
  /** `YYYY-MM-DD` */
  readonly day: string;
  readonly router: string;
  readonly queue: string;
  readonly user: string;
  readonly comment: string | null;
  /** Its bytes contain those of other queues; it is no part of any sum. */
  readonly parent: boolean;
}

/** One user on one router and day: his leaf queues together, against his daily limit. */
export interface UserUsage extends Amounts {
  /** `YYYY-MM-DD` */
  readonly day: string;
  readonly router: string;
  readonly user: string;
  /** Names, sorted. */
  readonly queues: readonly string[];
  /** What counts against the limit: download, upload or both. */
  readonly countedBytes: bigint;
  /** `null`: no daily limit. */
  readonly limitBytes: bigint | null;
  /** With one decimal; `null` without a limit. */
  readonly usedPercent: number | null;
  /** More than the limit is used. */
  readonly breached: boolean;
}

/**
 * Usage as it is on record, the entries of one day at a time, so that a month of many queues need not be in memory. Within a day
 * they are in the order total descending, router, queue. Each day is asked for when the one before has been taken, except for one user.
 */
export async function* queueUsageByDay(archive: UsageArchive, query: UsageQuery): AsyncGenerator<QueueUsage[]> {
  for await (const rows of rowsByDay(archive, query)) {
    yield rows
      .filter((row) => isEventful(row) && (query.match === undefined || fits(query.match, row)))
      .map(toQueueUsage)
      .sort((a, b) => byRank(a, b) || compareText(a.queue, b.queue) || compareText(a.user, b.user));
  }
}

/**
 * Usage of leaf queues that no rule ignores, added up by user, the entries of one day at a time. Within a day they are in the order
 * total descending, router, user. Unobserved time is added up over his queues too, so that it can be longer than the day.
 */
export async function* userUsageByDay(
  archive: UsageArchive,
  policies: readonly QuotaPolicy[],
  query: UsageQuery,
): AsyncGenerator<UserUsage[]> {
  for await (const rows of rowsByDay(archive, query)) {
    const routers = Map.groupBy(countedRows(rows, policies), ({ router }) => router);
    yield [...routers.values()]
      .flatMap((ofRouter) => [...Map.groupBy(ofRouter, ({ user }) => user).values()])
      .filter((group) => group.some((row) => query.match === undefined || fits(query.match, row)))
      .flatMap((group) => toUserUsage(group, policies))
      .sort((a, b) => byRank(a, b) || compareText(a.user, b.user));
  }
}

/** All entries of `queueUsageByDay`, for ranges that are known to be short. */
export async function usageByQueue(archive: UsageArchive, query: UsageQuery): Promise<QueueUsage[]> {
  return (await Array.fromAsync(queueUsageByDay(archive, query))).flat();
}

/** All entries of `userUsageByDay`, likewise. */
export async function usageByUser(
  archive: UsageArchive,
  policies: readonly QuotaPolicy[],
  query: UsageQuery,
): Promise<UserUsage[]> {
  return (await Array.fromAsync(userUsageByDay(archive, policies, query))).flat();
}

/**
 * Asks for the days that exist first: a range of years is no thousands of questions. Of one user all days are few rows, and to look for
 * him on each would take a hundred times longer.
 */
async function* rowsByDay(archive: UsageArchive, query: UsageQuery): AsyncGenerator<QueueDay[]> {
  if (query.user !== undefined) {
    const days = Map.groupBy(await archive.queueDays(query), ({ day }) => day);
    for (const day of [...days.keys()].sort()) yield days.get(day) ?? [];
    return;
  }
  for (const day of await archive.daysOnRecord(query)) {
    yield await archive.queueDays({ ...query, fromDay: day, toDay: day });
  }
}

/** Rows of leaf queues that no rule ignores and on whose day something happened. */
export function countedRows(rows: readonly QueueDay[], policies: readonly QuotaPolicy[]): QueueDay[] {
  return rows.filter((row) => isEventful(row) && !row.isParent && !isIgnoredQueue(policies, row));
}

/** Days on which a queue was there and did nothing are no news. */
function isEventful(row: QueueDay): boolean {
  return row.uploadBytes > 0n || row.downloadBytes > 0n || row.restarts > 0 || row.unobservedMs > 0;
}

function fits(match: string, row: QueueDay): boolean {
  return matchesGlob(match, row.user) || matchesGlob(match, row.queue);
}

/** A row of the books as other programs are told of it. */
export function toQueueUsage(row: QueueDay): QueueUsage {
  return {
    day: row.day,
    router: row.router,
    queue: row.queue,
    user: row.user,
    comment: row.comment,
    ...amountsOf([row]),
    parent: row.isParent,
  };
}

/** One user's counted rows of one day; nothing without rows. */
export function toUserUsage(rows: readonly QueueDay[], policies: readonly QuotaPolicy[]): UserUsage[] {
  const [first] = rows;
  if (!first) return [];
  const { day, router, user } = first;
  const amounts = amountsOf(rows);
  const policy = policyFor(policies, quotaUserOf(router, user, rows));
  const counted = countedBytes(policy?.counts ?? 'download', amounts);
  const limit = limitOf(policy, 'day');
  return [
    {
      day,
      router,
      user,
      queues: [...new Set(rows.map((row) => row.queue))].sort(compareText),
      ...amounts,
      countedBytes: counted,
      limitBytes: limit,
      usedPercent: limit === null ? null : usedPercent(counted, limit),
      breached: limit !== null && isBreached(counted, limit, 100),
    },
  ];
}

/** Whom the rules look at. */
export function quotaUserOf(router: string, user: string, rows: readonly QueueDay[]): QuotaUser {
  return {
    router,
    user,
    queues: rows.map((row) => ({ name: row.queue, comment: row.comment, isParent: row.isParent })),
  };
}

function amountsOf(rows: readonly QueueDay[]): Amounts {
  const uploadBytes = rows.reduce((sum, row) => sum + row.uploadBytes, 0n);
  const downloadBytes = rows.reduce((sum, row) => sum + row.downloadBytes, 0n);
  return {
    uploadBytes,
    downloadBytes,
    totalBytes: uploadBytes + downloadBytes,
    estimatedBytes: rows.reduce((sum, row) => sum + row.estimatedBytes, 0n),
    // Rounded up, so that no time that was not observed is shown as none.
    unobservedSeconds: rows.reduce((sum, row) => sum + Math.ceil(row.unobservedMs / 1000), 0),
    restarts: rows.reduce((sum, row) => sum + row.restarts, 0),
  };
}

/** Of one day. */
function byRank(a: Ranked, b: Ranked): number {
  return compareAmount(b.totalBytes, a.totalBytes) || compareText(a.router, b.router);
}

type Ranked = Pick<QueueUsage, 'totalBytes' | 'router'>;

function compareAmount(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The same order on every machine, whatever its language. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
