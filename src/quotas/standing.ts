import {
  countedBytes,
  isIgnoredQueue,
  limitOf,
  type Period,
  type PeriodDays,
  policyFor,
  type QuotaPolicy,
} from '../usage/accounting/quota.ts';
import type { QueueTotal } from '../usage/accounting/ranking.ts';

/** How a user stands in a period against their limit. */
export interface Standing {
  readonly router: string;
  readonly user: string;
  readonly period: Period;
  readonly days: PeriodDays;
  readonly policy: QuotaPolicy;
  readonly limitBytes: bigint;
  readonly countedBytes: bigint;
  /** The queues that were counted. */
  readonly queues: readonly QueueTotal[];
}

/** Days over which to sum, and the rules that it is for. */
export interface PeriodTotals {
  readonly period: Period;
  readonly days: PeriodDays;
  /** The day of the month that months begin on; only rules with the same one have a limit for this month. */
  readonly monthStartsOn: number;
  readonly totals: readonly QueueTotal[];
}

/** Everyone who has a limit for the period. */
export function standingsOf(
  policies: readonly QuotaPolicy[],
  { period, days, monthStartsOn, totals }: PeriodTotals,
): Standing[] {
  return [...byUser(policies, totals)].flatMap(([, queues]) => {
    const [first] = queues;
    if (first === undefined) return [];
    const { router, user } = first;
    const names = queues.map(({ queue, comment, isParent }) => ({ name: queue, comment, isParent }));
    const policy = policyFor(policies, { router, user, queues: names });
    const limitBytes = limitOf(policy, period);
    if (policy === null || limitBytes === null) return [];
    if (period === 'month' && (policy.monthStartsOn ?? 1) !== monthStartsOn) return [];
    const counted = countableQueues(queues, policy);
    const sum = counted.reduce((bytes, queue) => bytes + countedBytes(policy.counts ?? 'download', queue), 0n);
    return [{ router, user, period, days, policy, limitBytes, countedBytes: sum, queues: counted }];
  });
}

function byUser(policies: readonly QuotaPolicy[], totals: readonly QueueTotal[]): Map<string, QueueTotal[]> {
  const users = new Map<string, QueueTotal[]>();
  for (const total of totals) {
    if (isIgnoredQueue(policies, total)) continue;
    const key = JSON.stringify([total.router, total.user]);
    const queues = users.get(key);
    if (queues === undefined) users.set(key, [total]);
    else queues.push(total);
  }
  return users;
}

/**
 * A parent's bytes include its children's, so only leaves count. A user with parents only (a rule names one) is measured by the
 * largest: one may contain another, and no byte may be counted twice.
 */
function countableQueues<T extends QueueTotal>(queues: readonly T[], policy: QuotaPolicy): readonly T[] {
  const leaves = queues.filter(({ isParent }) => !isParent);
  if (leaves.length > 0) return leaves;
  const counts = policy.counts ?? 'download';
  const [first, ...others] = queues;
  if (first === undefined) return [];
  return [
    others.reduce((most, queue) => (countedBytes(counts, queue) > countedBytes(counts, most) ? queue : most), first),
  ];
}
