import type { AlertArchive, AlertState } from './ports.ts';

/** Breaches whose threshold was crossed on these days (inclusive, `YYYY-MM-DD`), with what has become of their alerts. */
export function listAlerts(
  { archive }: { readonly archive: AlertArchive },
  days: { readonly fromDay: string; readonly toDay: string },
): Promise<AlertState[]> {
  return archive.alerts(days);
}
