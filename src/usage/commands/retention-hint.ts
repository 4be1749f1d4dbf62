import { type DayWord, resolveDay } from '../../platform/cli/days.ts';
import type { Output } from '../../platform/cli/render/screen.ts';
import type { Clock } from '../../runtime/clock.ts';
import { formatCount, formatFullDay } from '../../runtime/format.ts';
import type { Calendar } from '../accounting/day.ts';

export interface RetentionDeps {
  readonly calendar: Calendar;
  readonly clock: Clock;
  readonly retentionDays: number;
}

/** Says on stderr that the first of some days is no longer kept: their sum alone looks like that of all of them. */
export function hintAtRetention(deps: RetentionDeps, first: DayWord | undefined, stderr: Output): void {
  if (first === undefined) return;
  const { calendar, clock, retentionDays } = deps;
  const now = clock.now();
  const firstDay = calendar.addDays(calendar.dayOf(now), -retentionDays);
  if (resolveDay(first, calendar, now) >= firstDay) return;
  stderr.write(
    `usage before ${formatFullDay(firstDay)} is deleted: it is kept for ${formatCount(retentionDays, 'day', 'days')} (retention)\n`,
  );
}
