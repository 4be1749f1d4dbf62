import type { AlertArchive, AlertState } from './ports.ts';

/** Breaches whose threshold was crossed on these days (inclusive, `YYYY-MM-DD`), with what has become of their alerts. */
export function listAlerts(
  { archive }: { readonly archive: AlertArchive },
  days: { readonly fromDay: string; readonly toDay: string },
): Promise<AlertState[]> {
  return archive.alerts(days);
}

/** A breach as other programs are told of it. */
export interface AlertEntry {
  readonly day: string;
  readonly router: string;
  readonly user: string;
  readonly period: AlertState['period'];
  readonly periodStart: string;
  readonly threshold: number;
  readonly countedBytes: bigint;
  readonly limitBytes: bigint;
  readonly state: AlertState['state'];
  /** ISO 8601, UTC. */
  readonly sentAt: string | null;
  readonly attempts: number;
}

export function alertEntry(alert: AlertState): AlertEntry {
  const { day, router, user, period, periodStart, threshold, countedBytes, limitBytes, state, attempts } = alert;
  const sentAt = alert.sentAt === null ? null : new Date(alert.sentAt).toISOString();
  return { day, router, user, period, periodStart, threshold, countedBytes, limitBytes, state, sentAt, attempts };
}
