import type { Calendar } from './accounting/day.ts';
import { matchesGlob } from './accounting/glob.ts';
import {
  countedBytes,
  isBreached,
  isIgnoredQueue,
  limitOf,
  policyFor,
  type QuotaPolicy,
  type QuotaUser,
  usedPercent,
} from './accounting/quota.ts';
import { needsSpans, type QueueSpan, unobservedTogether } from './accounting/unobserved.ts';
import type { QueueDay, UsageArchive, UsageFilter } from './ports.ts';

/** Which usage is asked for; days are inclusive. */
export interface UsageQuery extends UsageFilter {
  /** Glob on the user's or the queue's name. A user whom it fits is shown with all their queues. */
  readonly match?: string;
}

export interface Amounts {
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
  readonly totalBytes: bigint;
  /** The share that was split over a midnight by elapsed time from a span of more than 10 min. */
  readonly estimatedBytes: bigint;
  /** For how long the queue, or at least one of the user's, was not observed; rounded up. */
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

/** One user on one router and day: their leaf queues together, against the daily limit. */
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
 * Stored usage, the entries of one day at a time, so that a month of many queues need not be in memory. Within a day they are in the
 * order total descending, router, queue. Each day is read when the one before has been consumed, except for one user.
 */
export async function* queueUsageByDay(archive: UsageArchive, query: UsageQuery): AsyncGenerator<QueueUsage[]> {
  for await (const rows of rowsByDay(archive, query)) {
    yield rows
      .filter((row) => isEventful(row) && (query.match === undefined || fits(query.match, row)))
      .map(toQueueUsage)
      .sort((a, b) => byRank(a, b) || compareText(a.queue, b.queue) || compareText(a.user, b.user));
  }
}

/** Where usage by user comes from, and what it is judged by. */
export interface UserUsageDeps {
  readonly archive: UsageArchive;
  readonly policies: readonly QuotaPolicy[];
  readonly calendar: Calendar;
}

/**
 * Usage of leaf queues that no rule ignores, added up by user, the entries of one day at a time. Within a day they are in the order
 * total descending, router, user.
 */
export async function* userUsageByDay(
  { archive, policies, calendar }: UserUsageDeps,
  query: UsageQuery,
): AsyncGenerator<UserUsage[]> {
  for await (const rows of rowsByDay(archive, query)) {
    const groups = byUser(countedRows(rows, policies)).filter((group) =>
      group.some((row) => query.match === undefined || fits(query.match, row)),
    );
    const spans = await spansOf(groups, { archive, calendar }, query);
    yield groups
      .flatMap((group) => toUserUsage(group, { policies, calendar, spans }))
      .sort((a, b) => byRank(a, b) || compareText(a.user, b.user));
  }
}

/** Rows of one user of one router and day each. */
export function byUser(rows: readonly QueueDay[]): QueueDay[][] {
  const routers = Map.groupBy(rows, ({ router }) => router);
  return [...routers.values()].flatMap((ofRouter) => [...Map.groupBy(ofRouter, ({ user }) => user).values()]);
}

/** When the queues of the groups, all of one day, were not observed; asked for only where it matters. */
export async function spansOf(
  groups: readonly (readonly QueueDay[])[],
  { archive, calendar }: Pick<UserUsageDeps, 'archive' | 'calendar'>,
  { router, user }: Pick<UsageFilter, 'router' | 'user'>,
): Promise<QueueSpan[]> {
  const day = groups.find(needsSpans)?.[0]?.day;
  if (day === undefined) return [];
  return await archive.unobserved({
    fromAt: calendar.startOf(day),
    toAt: calendar.endOf(day),
    ...(router === undefined ? {} : { router }),
    ...(user === undefined ? {} : { user }),
  });
}

/** All entries of `queueUsageByDay`, for ranges that are known to be short. */
export async function usageByQueue(archive: UsageArchive, query: UsageQuery): Promise<QueueUsage[]> {
  return (await Array.fromAsync(queueUsageByDay(archive, query))).flat();
}

/** All entries of `userUsageByDay`, likewise. */
export async function usageByUser(deps: UserUsageDeps, query: UsageQuery): Promise<UserUsage[]> {
  return (await Array.fromAsync(userUsageByDay(deps, query))).flat();
}

/**
 * All rows of each day. Asks for the days that exist first: a range of years is no thousands of questions. Of one user all days are few
 * rows, and to look for them on each would take a hundred times longer.
 */
export async function* rowsByDay(archive: UsageArchive, query: UsageQuery): AsyncGenerator<QueueDay[]> {
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
export function isEventful(row: QueueDay): boolean {
  return row.uploadBytes > 0n || row.downloadBytes > 0n || row.restarts > 0 || row.unobservedMs > 0;
}

export function fits(match: string, row: Pick<QueueDay, 'user' | 'queue'>): boolean {
  return matchesGlob(match, row.user) || matchesGlob(match, row.queue);
}

/** A stored row as other programs get it. */
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

/** One user's counted rows of one day; nothing without rows. `spans` as `spansOf` gives them, of that day at least. */
export function toUserUsage(
  rows: readonly QueueDay[],
  { policies, calendar, spans }: Omit<UserUsageDeps, 'archive'> & { readonly spans: readonly QueueSpan[] },
): UserUsage[] {
  const [first] = rows;
  if (!first) return [];
  const { day, router, user } = first;
  const within = { startAt: calendar.startOf(day), endAt: calendar.endOf(day) };
  const unobservedMs = unobservedTogether(rows, spans, within);
  const amounts = { ...amountsOf(rows), unobservedSeconds: Math.ceil(unobservedMs / 1000) };
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

/** The more bytes the sooner, then by router. */
export function byRank(a: Ranked, b: Ranked): number {
  return compareAmount(b.totalBytes, a.totalBytes) || compareText(a.router, b.router);
}

type Ranked = Pick<QueueUsage, 'totalBytes' | 'router'>;

function compareAmount(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The same order on every machine, independent of its language. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
