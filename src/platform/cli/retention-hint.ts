import type { Clock } from '../../runtime/clock.ts';
import { formatCount, formatFullDay } from '../../runtime/format.ts';
import { type DayCalendar, type DayWord, resolveDay } from './days.ts';
import type { Output } from './render/screen.ts';

export interface RetentionDeps {
  readonly calendar: DayCalendar;
  readonly clock: Clock;
  /** How many days before today are kept. */
  readonly retentionDays: number;
}

/** Warns on stderr that the first of some days are deleted already, because their sum alone looks complete. */
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
