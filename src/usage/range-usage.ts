import { unobservedTogether } from './accounting/unobserved.ts';
import type { QueueDay, UsageArchive } from './ports.ts';
import {
  type Amounts,
  byRank,
  byUser,
  compareText,
  countedRows,
  fits,
  isEventful,
  rowsByDay,
  spansOf,
  type UsageQuery,
  type UserUsageDeps,
} from './query.ts';

/** The days that were summed: those asked for, `YYYY-MM-DD`, inclusive. */
interface Range {
  readonly from: string;
  readonly to: string;
}

/** One queue over some days. A queue that changed its user or became a parent has one for each. */
export interface QueueRangeUsage extends Range, Amounts {
  readonly router: string;
  readonly queue: string;
  readonly user: string;
  /** Of the last day that has one. */
  readonly comment: string | null;
  /** Its bytes contain those of other queues; it is no part of any sum. */
  readonly parent: boolean;
}

/** One user on one router over some days. A limit is for a day, so that there is none here. */
export interface UserRangeUsage extends Range, Amounts {
  readonly router: string;
  readonly user: string;
  /** Names, sorted. */
  readonly queues: readonly string[];
}

interface Sum {
  uploadBytes: bigint;
  downloadBytes: bigint;
  estimatedBytes: bigint;
  unobservedMs: number;
  restarts: number;
}

/**
 * Sums of `queueUsageByDay` over all days of the query, in the order total descending, router, queue, user. One day is in memory at a
 * time, and a sum for each queue.
 */
export async function queueUsageOfRange(archive: UsageArchive, query: UsageQuery): Promise<QueueRangeUsage[]> {
  const sums = new Map<string, { row: QueueDay; comment: string | null; sum: Sum }>();
  for await (const rows of rowsByDay(archive, query)) {
    for (const row of rows) {
      if (!isEventful(row) || (query.match !== undefined && !fits(query.match, row))) continue;
      const key = JSON.stringify([row.router, row.queue, row.user, row.isParent]);
      const known = sums.get(key) ?? { row, comment: null, sum: nothing() };
      add(known.sum, [row], row.unobservedMs);
      known.comment = row.comment ?? known.comment;
      sums.set(key, known);
    }
  }
  return [...sums.values()]
    .map(({ row: { router, queue, user, isParent }, comment, sum }) => ({
      ...{ from: query.fromDay, to: query.toDay, router, queue, user, comment },
      ...amountsOf(sum),
      parent: isParent,
    }))
    .sort((a, b) => byRank(a, b) || compareText(a.queue, b.queue) || compareText(a.user, b.user));
}

/** Sums of `userUsageByDay` over all days of the query, in the order total descending, router, user; likewise. */
export async function userUsageOfRange(
  { archive, policies, calendar }: UserUsageDeps,
  query: UsageQuery,
): Promise<UserRangeUsage[]> {
  const sums = new Map<string, { router: string; user: string; queues: Set<string>; sum: Sum }>();
  for await (const rows of rowsByDay(archive, query)) {
    const groups = byUser(countedRows(rows, policies));
    const spans = await spansOf(groups, { archive, calendar }, query);
    for (const group of groups) {
      const [first] = group;
      if (first === undefined) continue;
      const { day, router, user } = first;
      const key = JSON.stringify([router, user]);
      const known = sums.get(key) ?? { router, user, queues: new Set(), sum: nothing() };
      const within = { startAt: calendar.startOf(day), endAt: calendar.endOf(day) };
      add(known.sum, group, unobservedTogether(group, spans, within));
      for (const { queue } of group) known.queues.add(queue);
      sums.set(key, known);
    }
  }
  return [...sums.values()]
    .filter(({ user, queues }) => isWanted(query.match, user, queues))
    .map(({ router, user, queues, sum }) => ({
      ...{ from: query.fromDay, to: query.toDay, router, user, queues: [...queues].sort(compareText) },
      ...amountsOf(sum),
    }))
    .sort((a, b) => byRank(a, b) || compareText(a.user, b.user));
}

/** A user who fits is shown with all their queues, over all days. */
function isWanted(match: string | undefined, user: string, queues: Iterable<string>): boolean {
  return match === undefined || Iterator.from(queues).some((queue) => fits(match, { user, queue }));
}

function nothing(): Sum {
  return { uploadBytes: 0n, downloadBytes: 0n, estimatedBytes: 0n, unobservedMs: 0, restarts: 0 };
}

function add(sum: Sum, rows: readonly QueueDay[], unobservedMs: number): void {
  for (const row of rows) {
    sum.uploadBytes += row.uploadBytes;
    sum.downloadBytes += row.downloadBytes;
    sum.estimatedBytes += row.estimatedBytes;
    sum.restarts += row.restarts;
  }
  sum.unobservedMs += unobservedMs;
}

function amountsOf({ uploadBytes, downloadBytes, estimatedBytes, unobservedMs, restarts }: Sum): Amounts {
  return {
    uploadBytes,
    downloadBytes,
    totalBytes: uploadBytes + downloadBytes,
    estimatedBytes,
    unobservedSeconds: Math.ceil(unobservedMs / 1000),
    restarts,
  };
}
