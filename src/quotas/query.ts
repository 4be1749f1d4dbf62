import type { AlertArchive, AlertState } from './ports.ts';

/** Breaches whose threshold was crossed on these days (inclusive, `YYYY-MM-DD`), with what has become of their alerts. */
export function listAlerts(
  { archive }: { readonly archive: AlertArchive },
  days: { readonly fromDay: string; readonly toDay: string },
): Promise<AlertState[]> {
  return archive.alerts(days);
}

/** A breach as other programs get it. */
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

/** The breaches of one user in one period; at least one. */
export interface AlertLine {
  readonly router: string;
  readonly user: string;
  readonly period: AlertState['period'];
  readonly periodStart: string;
  /** The highest threshold first. */
  readonly alerts: readonly AlertEntry[];
}

/** One line for each user and period, in the order of their first entries. */
export function alertLines(entries: readonly AlertEntry[]): AlertLine[] {
  const groups = Map.groupBy(entries, ({ router, user, period, periodStart }) =>
    JSON.stringify([router, user, period, periodStart]),
  );
  return [...groups.values()].flatMap((group) => {
    const alerts = group.toSorted((a, b) => b.threshold - a.threshold);
    const [first] = alerts;
    if (first === undefined) return [];
    const { router, user, period, periodStart } = first;
    return [{ router, user, period, periodStart, alerts }];
  });
}

export function alertEntry(alert: AlertState): AlertEntry {
  const { day, router, user, period, periodStart, threshold, countedBytes, limitBytes, state, attempts } = alert;
  const sentAt = alert.sentAt === null ? null : new Date(alert.sentAt).toISOString();
  return { day, router, user, period, periodStart, threshold, countedBytes, limitBytes, state, sentAt, attempts };
}
