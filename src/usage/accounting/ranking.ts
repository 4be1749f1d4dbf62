import type { Counter } from './counter.ts';
import type { Coverage } from './coverage.ts';
import {
  countedBytes,
  isBreached,
  isIgnoredQueue,
  limitOf,
  policyOfQueues,
  type QuotaPolicy,
  usedPercent,
} from './quota.ts';
import type { Span } from './span.ts';
import { needsSpans, type QueueSpan, unobservedTogether } from './unobserved.ts';

/** One queue over some days, summed. A queue that changed its user or became a parent has a total for each. */
export interface QueueTotal extends Counter {
  readonly router: string;
  readonly queue: string;
  readonly user: string;
  readonly isParent: boolean;
  /** Of the last day that has one. */
  readonly comment: string | null;
  readonly estimatedBytes: bigint;
  readonly unobservedMs: number;
  readonly restarts: number;
}

export interface ReportQuota {
  readonly countedBytes: bigint;
  readonly limitBytes: bigint;
  readonly percent: number;
  readonly isOver: boolean;
  /** A warning threshold is exceeded. */
  readonly isNear: boolean;
}

export interface ReportRow {
  readonly rank: number;
  readonly router: string;
  readonly user: string;
  readonly comments: readonly string[];
  readonly queues: readonly string[];
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
  readonly totalBytes: bigint;
  /** What counts against a limit. */
  readonly countedBytes: bigint;
  readonly estimatedBytes: bigint;
  /** For how long at least one of the user's queues was not observed. */
  readonly unobservedMs: number;
  readonly restarts: number;
  readonly quota: ReportQuota | null;
  readonly isUnlimited: boolean;
}

export interface ReportParent {
  readonly router: string;
  readonly queue: string;
  readonly comment: string | null;
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
  readonly totalBytes: bigint;
}

/** Users by what they used over some days: what reports and pages show, as numbers. */
export interface ReportModel {
  readonly coverage: Coverage;
  /** Set while the period is not over: until when it is known, Unix ms. */
  readonly soFarAt: number | null;
  /** Ranked by total; users with the same total by name. */
  readonly rows: readonly ReportRow[];
  readonly parents: readonly ReportParent[];
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
  readonly overQuota: readonly ReportRow[];
  /** Share of the first ten in all bytes, percent; `null` without bytes. */
  readonly topTenPercent: number | null;
  /** By router, the longest of a user or a parent. */
  readonly unobserved: readonly { readonly router: string; readonly durationMs: number }[];
  readonly hasSeveralRouters: boolean;
}

export interface ModelInput {
  readonly coverage: Coverage;
  readonly soFarAt: number | null;
  readonly quotas: readonly QuotaPolicy[];
  readonly totals: readonly QueueTotal[];
  readonly gaps: Gaps;
}

/** When queues were not observed: of the users whom `usersInQuestion` names at least. */
export interface Gaps {
  /** From the first day's start to the last one's end. */
  readonly within: Span;
  readonly spans: readonly QueueSpan[];
}

const TOP = 10;

/** Key of a user of a router in maps. */
export function userKey({ router, user }: { readonly router: string; readonly user: string }): string {
  return `${router.length} ${router}${user}`;
}

/** Ranks users by their leaf queues; parents, whose bytes are their children's, stand apart. Ignored queues are left out. */
export function buildModel({ coverage, soFarAt, quotas, totals, gaps }: ModelInput): ReportModel {
  const counted = totals.filter((total) => !isIgnoredQueue(quotas, total));
  const leaves = counted.filter(({ isParent }) => !isParent);
  const spans = Map.groupBy(gaps.spans, userKey);
  const rows = [...Map.groupBy(leaves, userKey)]
    .map(([key, queues]) => toRow(queues, quotas, coverage, { ...gaps, spans: spans.get(key) ?? [] }))
    .sort(byTotal);
  for (const [index, row] of rows.entries()) row.rank = index + 1;
  const uploadBytes = sum(rows.map((row) => row.uploadBytes));
  const downloadBytes = sum(rows.map((row) => row.downloadBytes));
  return {
    coverage,
    soFarAt,
    rows,
    parents: parentsOf(counted),
    uploadBytes,
    downloadBytes,
    overQuota: rows
      .filter(({ quota }) => quota?.isOver === true)
      .toSorted((a, b) => (b.quota?.percent ?? 0) - (a.quota?.percent ?? 0)),
    topTenPercent: wholePercent(sum(rows.slice(0, TOP).map((row) => row.totalBytes)), uploadBytes + downloadBytes),
    unobserved: unobservedOf([...rows, ...counted.filter(({ isParent }) => isParent)]),
    hasSeveralRouters: new Set(counted.map(({ router }) => router)).size > 1,
  };
}

/** Names of the users whose unobserved time needs its spans: the totals alone are not enough. */
export function usersInQuestion(totals: readonly QueueTotal[]): string[] {
  const gappy = totals.filter(({ isParent, unobservedMs }) => !isParent && unobservedMs > 0);
  const users = [...Map.groupBy(gappy, userKey).values()].filter(needsSpans);
  return [...new Set(users.flatMap(([first]) => first?.user ?? []))];
}

function toRow(
  queues: readonly QueueTotal[],
  quotas: readonly QuotaPolicy[],
  coverage: Coverage,
  { within, spans }: Gaps,
): ReportRow & { rank: number } {
  const [first] = queues;
  if (first === undefined) throw new Error('a user without queues');
  const { router, user } = first;
  const policy = policyOfQueues(quotas, queues);
  let [uploadBytes, downloadBytes, estimatedBytes, restarts] = [0n, 0n, 0n, 0];
  for (const queue of queues) {
    uploadBytes += queue.uploadBytes;
    downloadBytes += queue.downloadBytes;
    estimatedBytes += queue.estimatedBytes;
    restarts += queue.restarts;
  }
  const counted = countedBytes(policy?.counts ?? 'download', { uploadBytes, downloadBytes });
  return {
    rank: 0,
    router,
    user,
    comments: distinct(queues.map(({ comment }) => comment ?? '').filter((comment) => comment !== '')),
    queues: distinct(queues.map(({ queue }) => queue)),
    uploadBytes,
    downloadBytes,
    totalBytes: uploadBytes + downloadBytes,
    countedBytes: counted,
    estimatedBytes,
    unobservedMs: unobservedTogether(queues, spans, within),
    restarts,
    quota: quotaOf(policy, coverage, counted),
    isUnlimited: policy?.unlimited === true,
  };
}

/** Sorted. Most users have one queue, and a model thousands of users. */
function distinct(texts: string[]): string[] {
  return texts.length < 2 ? texts : [...new Set(texts)].sort();
}

function quotaOf(policy: QuotaPolicy | null, { period, days }: Coverage, counted: bigint): ReportQuota | null {
  const limitBytes = period === 'range' ? null : limitOf(policy, period);
  if (policy === null || limitBytes === null) return null;
  // A month that begins on another day is not the one that the report is about.
  if (period === 'month' && (policy.monthStartsOn ?? 1) !== Temporal.PlainDate.from(days.startDay).day) return null;
  const percent = usedPercent(counted, limitBytes) ?? 100;
  const isOver = isBreached(counted, limitBytes, 100);
  const isNear = isOver || (policy.warnAtPercent ?? []).some((threshold) => isBreached(counted, limitBytes, threshold));
  return { countedBytes: counted, limitBytes, percent, isOver, isNear };
}

function byTotal(a: ReportRow, b: ReportRow): number {
  if (a.totalBytes !== b.totalBytes) return a.totalBytes > b.totalBytes ? -1 : 1;
  if (a.user !== b.user) return a.user < b.user ? -1 : 1;
  return a.router < b.router ? -1 : 1;
}

function parentsOf(totals: readonly QueueTotal[]): ReportParent[] {
  return [
    ...Map.groupBy(
      totals.filter(({ isParent }) => isParent),
      ({ router, queue }) => JSON.stringify([router, queue]),
    ).values(),
  ]
    .flatMap((parts) => {
      const [first] = parts;
      if (first === undefined) return [];
      const uploadBytes = sum(parts.map((part) => part.uploadBytes));
      const downloadBytes = sum(parts.map((part) => part.downloadBytes));
      const { router, queue, comment } = first;
      return [{ router, queue, comment, uploadBytes, downloadBytes, totalBytes: uploadBytes + downloadBytes }];
    })
    .toSorted((a, b) =>
      a.totalBytes === b.totalBytes ? (a.queue < b.queue ? -1 : 1) : a.totalBytes > b.totalBytes ? -1 : 1,
    );
}

function unobservedOf(gaps: readonly Pick<QueueTotal, 'router' | 'unobservedMs'>[]) {
  return [...Map.groupBy(gaps, ({ router }) => router)]
    .map(([router, own]) => ({ router, durationMs: own.reduce((most, gap) => Math.max(most, gap.unobservedMs), 0) }))
    .filter(({ durationMs }) => durationMs > 0)
    .toSorted((a, b) => b.durationMs - a.durationMs);
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}

function wholePercent(part: bigint, whole: bigint): number | null {
  return whole === 0n ? null : Math.round(Number((part * 1000n) / whole) / 10);
}
