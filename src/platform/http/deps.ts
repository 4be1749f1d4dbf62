import type { RouterFreshness } from '../../devices/freshness.ts';
import type { DeviceBook, RouterTroubles } from '../../devices/ports.ts';
import type { AlertArchive, AlertLines } from '../../quotas/ports.ts';
import type { DaysUsage } from '../../reports/days-usage.ts';
import type { Coverage } from '../../reports/plan.ts';
import type { ReportArchive } from '../../reports/ports.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Calendar } from '../../usage/accounting/day.ts';
import type { QuotaPolicy, Weekday } from '../../usage/accounting/quota.ts';
import type { RouterStateBook, UsageArchive, UsageDetails } from '../../usage/ports.ts';

/** Where everything comes from that the API and the pages tell. */
export interface BookDeps {
  readonly usage: UsageArchive & UsageDetails;
  readonly report: ReportArchive;
  readonly alerts: AlertArchive & AlertLines;
  readonly states: Pick<RouterStateBook, 'states'>;
  /** Of the routers that are polled. */
  readonly freshness: () => readonly RouterFreshness[];
  readonly troubles: RouterTroubles;
  /** By name, where each configured one is reached; a link may name either. */
  readonly hosts: ReadonlyMap<string, string>;
  /** What LibreNMS calls them; empty where it is not asked. */
  readonly devices: Pick<DeviceBook, 'load'>;
  readonly quotas: readonly QuotaPolicy[];
  readonly weekStartsOn: Weekday;
  readonly retentionDays: number;
  readonly calendar: Calendar;
  /** The worker's: it says what today is. */
  readonly clock: Clock;
}

export interface ApiDeps extends BookDeps {
  /** Today's usage as it is on record: what was read last may serve for a moment. */
  readonly usageToday: () => Promise<DaysUsage>;
  /** Of other days, likewise. */
  readonly usageOf: (coverage: Coverage) => Promise<DaysUsage>;
}
