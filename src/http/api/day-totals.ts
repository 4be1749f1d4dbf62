import type { DayBefore } from '../../features/reports/history.ts';
import type { ReportModel } from '../../features/reports/model.ts';

/** Today's sums, of one router or of all. */
export interface DayTotals {
  readonly users: number;
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
  readonly totalBytes: bigint;
  /** How many have used more than their daily limit. */
  readonly breachedUsers: number;
  /** Share of the first ten users, whole percent; `null` without bytes. */
  readonly topTenPercent: number | null;
  readonly yesterday: Yesterday | null;
  /** By router, how long what it counted may have been lost; only where there is any. */
  readonly unobserved: readonly { readonly router: string; readonly unobservedSeconds: number }[];
}

export interface Yesterday {
  readonly totalBytes: bigint;
  /** Up to the same time of day; `null` where the hours cannot tell. */
  readonly sameTimeBytes: bigint | null;
}

export function dayTotals(model: ReportModel, before: DayBefore | null): DayTotals {
  const { uploadBytes, downloadBytes } = model;
  return {
    users: model.rows.length,
    uploadBytes,
    downloadBytes,
    totalBytes: uploadBytes + downloadBytes,
    breachedUsers: model.overQuota.length,
    topTenPercent: model.topTenPercent,
    yesterday: before === null ? null : { totalBytes: before.wholeBytes, sameTimeBytes: before.sameTimeBytes },
    unobserved: model.unobserved.map(({ router, durationMs }) => ({
      router,
      unobservedSeconds: Math.ceil(durationMs / 1000),
    })),
  };
}
