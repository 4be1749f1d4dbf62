import type { DayBefore } from '../accounting/history.ts';
import type { ReportModel } from '../accounting/ranking.ts';
import type { DaysUsage } from '../days-usage.ts';

/** Sums of today, or of the days that were asked for, of one router or of all. */
export interface DayTotals {
  readonly users: number;
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
  readonly totalBytes: bigint;
  /** How many have used more than their limit of the day, week or month. */
  readonly breachedUsers: number;
  /** Share of the first ten users, whole percent; `null` without bytes. */
  readonly topTenPercent: number | null;
  /** `null` for other days than today. */
  readonly yesterday: Omit<TotalsBefore, 'from' | 'to'> | null;
  /** As many days before; `null` when nothing is known of them. */
  readonly before: TotalsBefore | null;
  /** By router, the time for which bytes may be missing; only routers with such time. */
  readonly unobserved: readonly { readonly router: string; readonly unobservedSeconds: number }[];
}

export interface TotalsBefore {
  /** `YYYY-MM-DD`, inclusive. */
  readonly from: string;
  readonly to: string;
  readonly totalBytes: bigint;
  /** Up to the same time of the last day; `null` where the hours are incomplete, and for days that are over. */
  readonly sameTimeBytes: bigint | null;
}

export function dayTotals(
  model: ReportModel,
  { coverage, soFarAt, daysBefore }: Pick<DaysUsage, 'coverage' | 'soFarAt' | 'daysBefore'>,
  known: DayBefore | null,
): DayTotals {
  const { uploadBytes, downloadBytes } = model;
  const before = known === null ? null : { totalBytes: known.wholeBytes, sameTimeBytes: known.sameTimeBytes };
  return {
    users: model.rows.length,
    uploadBytes,
    downloadBytes,
    totalBytes: uploadBytes + downloadBytes,
    breachedUsers: model.overQuota.length,
    topTenPercent: model.topTenPercent,
    yesterday: coverage.period === 'day' && soFarAt !== null ? before : null,
    before:
      before === null || daysBefore === null ? null : { from: daysBefore.startDay, to: daysBefore.endDay, ...before },
    unobserved: model.unobserved.map(({ router, durationMs }) => ({
      router,
      unobservedSeconds: Math.ceil(durationMs / 1000),
    })),
  };
}
