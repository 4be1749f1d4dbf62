import { UsageError } from './usage-error.ts';

/** `YYYY-MM-DD`, `today` or `yesterday`, as checked by `parseDay`; which day it is, the configured zone decides. */
export type DayWord = string;

/** Days as asked for on the command line. */
export interface DayOptions {
  readonly day?: DayWord;
  readonly from?: DayWord;
  readonly to?: DayWord;
}

/** What is asked of the calendar of the configured zone. */
export interface DayCalendar {
  /** The day an instant (Unix ms) falls in, `YYYY-MM-DD`. */
  dayOf(at: number): string;
  /** The day so many days later (earlier when negative). */
  addDays(day: string, days: number): string;
}

/** Inclusive. */
export interface DayRange {
  readonly fromDay: string;
  readonly toDay: string;
}

/** Throws a `UsageError` for what is no day of the calendar. */
export function parseDay(text: string): DayWord {
  if (text === 'today' || text === 'yesterday') return text;
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) {
    try {
      return Temporal.PlainDate.from(text, { overflow: 'reject' }).toString();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  throw new UsageError(`'${text}' is not a date; use YYYY-MM-DD, 'today' or 'yesterday'`);
}

/** The day that a word means now (Unix ms). */
export function resolveDay(word: DayWord, calendar: DayCalendar, now: number): string {
  const today = calendar.dayOf(now);
  if (word === 'today') return today;
  return word === 'yesterday' ? calendar.addDays(today, -1) : word;
}

/** The days asked for; today without any, up to today without an end. */
export function resolveDays(options: DayOptions, calendar: DayCalendar, now: number): DayRange {
  const { day, from, to } = options;
  if (from === undefined) {
    if (to !== undefined) throw new UsageError('--to needs --from');
    const only = resolveDay(day ?? 'today', calendar, now);
    return { fromDay: only, toDay: only };
  }
  if (day !== undefined) throw new UsageError('--day and --from exclude each other');
  const fromDay = resolveDay(from, calendar, now);
  const toDay = resolveDay(to ?? 'today', calendar, now);
  if (fromDay > toDay) throw new UsageError(`--from ${fromDay} is later than --to ${toDay}`);
  return { fromDay, toDay };
}
