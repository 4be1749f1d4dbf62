import type { Clock } from '../runtime/clock.ts';
import { asTyped } from '../runtime/command-name.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { Forget, Forgotten } from '../runtime/forget.ts';
import type { Calendar } from './accounting/day.ts';
import type { UsageArchive } from './ports.ts';

export interface PurgeDeps {
  readonly forget: Forget;
  readonly calendar: Calendar;
  readonly clock: Clock;
  /** How many days before today are kept. */
  readonly retentionDays: number;
}

export interface PurgeOutcome {
  /** The oldest day that is kept, `YYYY-MM-DD`. */
  readonly oldestKeptDay: string;
  readonly forgotten: readonly Forgotten[];
}

/** So many days must have been booked by a clock before it alone decides that most of the data is too old. */
const TRUSTED_AFTER_DAYS = 7;
const FIRST_DAY = '1970-01-01';
const LAST_DAY = '9999-12-31';

/**
 * The automatic purge. A clock that jumped ahead makes all stored days look too old: a purge that would delete at least as many days
 * as it keeps rejects with `CLOCK_IMPLAUSIBLE` while few are kept.
 */
export async function purgeUnasked(
  deps: PurgeDeps & { readonly archive: Pick<UsageArchive, 'daysOnRecord'> },
): Promise<PurgeOutcome> {
  const { archive, calendar, clock, retentionDays } = deps;
  const today = calendar.dayOf(clock.now());
  const oldestKeptDay = calendar.addDays(today, -retentionDays);
  const kept = await archive.daysOnRecord({ fromDay: oldestKeptDay, toDay: LAST_DAY });
  const old = await archive.daysOnRecord({ fromDay: FIRST_DAY, toDay: calendar.addDays(oldestKeptDay, -1) });
  const newest = old.at(-1);
  if (
    newest !== undefined &&
    old.length >= kept.length &&
    kept.length < Math.min(TRUSTED_AFTER_DAYS, retentionDays + 1)
  ) {
    throw new TroubleError(
      'CLOCK_IMPLAUSIBLE',
      `nothing was deleted: the clock shows ${today}, so ${old.length} of ${old.length + kept.length} stored days (up to ${newest}) are too old`,
      `Correct the clock and use NTP. If it is right, run: ${asTyped('purge')}`,
    );
  }
  return await purgeUsage(deps, false);
}

/** Deletes what is of days before today − retention (a dry run only counts it). */
export async function purgeUsage(deps: PurgeDeps, dryRun: boolean): Promise<PurgeOutcome> {
  const { forget, calendar, clock, retentionDays } = deps;
  const oldestKeptDay = calendar.addDays(calendar.dayOf(clock.now()), -retentionDays);
  const limit = { beforeDay: oldestKeptDay, beforeAt: calendar.startOf(oldestKeptDay) };
  return { oldestKeptDay, forgotten: await forget(limit, dryRun) };
}
