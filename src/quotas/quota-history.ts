import {
  isBreached,
  type PeriodDays,
  periodOf,
  type QuotaPolicy,
  thresholdsOf,
  type Weekday,
} from '../usage/accounting/quota.ts';
import type { QuotaChange, QuotaList } from './ports.ts';
import { type PeriodTotals, type Standing, standingsOf } from './standing.ts';

/** What of the rules decides whether somebody breaches; whom a mail goes to does not. */
export function quotaListOf(quotas: readonly QuotaPolicy[], weekStartsOn: Weekday): QuotaList {
  return { weekStartsOn, quotas: quotas.map(({ to: _, ...rule }) => rule) };
}

/** The quotas that applied when a period was closed (Unix ms); `null` when there were none yet or they were not stored. */
export function quotasAt(changes: readonly QuotaChange[], closedAt: number): QuotaList | null {
  return changes.findLast(({ since }) => since < closedAt)?.list ?? null;
}

/** A user over a limit, and the thresholds at which that may be a breach. */
export interface Candidate {
  readonly standing: Standing;
  readonly thresholds: readonly number[];
}

/**
 * Of the standings in a closed period those whose quota is the one that held when it was closed, with the thresholds that it had: a
 * limit, a threshold, a direction or a rule that was made or changed since says nothing about that period.
 */
export function heldWhenClosed(standings: readonly Standing[], period: PeriodTotals, former: QuotaList): Candidate[] {
  if (!isPeriodOf(period, period.days, former)) return [];
  const formerStandings = new Map(standingsOf(former.quotas, period).map((standing) => [userKey(standing), standing]));
  return standings.flatMap((standing) => {
    const thresholds = sharedThresholds(standing, formerStandings.get(userKey(standing)));
    return thresholds.length === 0 ? [] : [{ standing, thresholds }];
  });
}

/** Weeks may have started on another day; months differ by their rules. */
function isPeriodOf({ period, monthStartsOn }: PeriodTotals, days: PeriodDays, { weekStartsOn }: QuotaList): boolean {
  return periodOf(period, days.startDay, { weekStartsOn, monthStartsOn }).startDay === days.startDay;
}

function sharedThresholds(standing: Standing, former: Standing | undefined): number[] {
  if (former === undefined || former.limitBytes !== standing.limitBytes) return [];
  if ((former.policy.counts ?? 'download') !== (standing.policy.counts ?? 'download')) return [];
  const present = thresholdsOf(standing.policy);
  // Queues that the rules of then left out do not make a breach of then.
  return thresholdsOf(former.policy).filter(
    (threshold) => present.includes(threshold) && isBreached(former.countedBytes, former.limitBytes, threshold),
  );
}

function userKey({ router, user }: Standing): string {
  return JSON.stringify([router, user]);
}
