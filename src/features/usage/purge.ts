import type { Calendar } from '../../accounting/day.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { PurgeCounts, UsagePurger } from './ports.ts';

export interface PurgeDeps {
  readonly purger: UsagePurger;
  readonly calendar: Calendar;
  readonly clock: Clock;
  /** How many days before today are kept. */
  readonly retentionDays: number;
}

export interface PurgeOutcome extends PurgeCounts {
  /** The oldest day that is kept, `YYYY-MM-DD`. */
  readonly oldestKeptDay: string;
}

/** Deletes the usage of days before today − retention (a dry run only counts it). */
export async function purgeUsage(deps: PurgeDeps, dryRun: boolean): Promise<PurgeOutcome> {
  const { purger, calendar, clock, retentionDays } = deps;
  const oldestKeptDay = calendar.addDays(calendar.dayOf(clock.now()), -retentionDays);
  const limit = { beforeDay: oldestKeptDay, beforeAt: calendar.startOf(oldestKeptDay) };
  return { oldestKeptDay, ...(await purger.purge(limit, dryRun)) };
}
