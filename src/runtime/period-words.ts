import { formatDay, formatFullDay, formatMoment, formatTime } from './format.ts';

/** Some days in a row, and what they are: a period, or a range that somebody chose. */
interface Coverage {
  readonly period: 'day' | 'week' | 'month' | 'range';
  /** `YYYY-MM-DD`, inclusive. */
  readonly days: { readonly startDay: string; readonly endDay: string };
}

/** Days whose usage is told. */
export interface DaysScope {
  readonly coverage: Coverage;
  /** Unix ms; `null`: its days are over. */
  readonly soFarAt: number | null;
}

/** How changes against the days before are told. */
export interface ChangeWords {
  readonly changeTitle: string;
  /** Note below the table when some changes are against more than the title says. */
  readonly footnote: string | null;
  /** Changes against all of the period before carry a mark, because the title of the column says something else. */
  readonly marksWhole: boolean;
}

/** What the column of changes is called, and what has to be said about it; `bases` are those of all rows shown. */
export function wordChanges(scope: DaysScope, bases: ReadonlySet<Basis>): ChangeWords {
  return {
    changeTitle: changeTitleOf(scope, bases.has('same-time')),
    footnote: footnoteOf(scope, bases),
    marksWhole: bases.size > 1,
  };
}

/** A line for a subject, without amounts. */
export function wordSubject({ coverage, soFarAt }: DaysScope, timeZone: string): string {
  const { period, days } = coverage;
  const until = soFarAt === null ? '' : ` ${untilText({ coverage, soFarAt }, timeZone)}`;
  switch (period) {
    case 'day':
      return `Usage ${formatDay(days.startDay)}${until}`;
    case 'week':
      return `Usage of the week ${formatDay(days.startDay)} – ${formatDay(days.endDay)}${until}`;
    case 'month':
      return `Usage of ${monthName(days.startDay)}${until}`;
    case 'range':
      return `Usage ${rangeText(coverage, ' – ')}${until}`;
  }
}

/** The heading. */
export function wordTitle({ coverage, soFarAt }: DaysScope): string {
  if (coverage.period === 'range') return `Usage ${rangeText(coverage, ' – ')}`;
  if (soFarAt === null) return `Usage of the ${coverage.period}`;
  return coverage.period === 'day' ? 'Usage today so far' : `Usage this ${coverage.period} so far`;
}

/** Which days, until when if they are not over, and whose midnights. */
export function wordPeriod({ coverage, soFarAt }: DaysScope, timeZone: string): string {
  const { period, days } = coverage;
  const until = soFarAt === null ? '' : `, ${untilText({ coverage, soFarAt }, timeZone)}`;
  if (period === 'day')
    return `${formatFullDay(days.startDay)}${until === '' ? ', the whole day' : until} (${timeZone})`;
  if (period === 'month' && soFarAt === null) return `${monthName(days.startDay)} (${timeZone})`;
  return `${rangeText(coverage, ' to ')}${until} (${timeZone})`;
}

/** `Mon 9 Nov – Sun 15 Nov 2026`; both years where they differ. */
function rangeText({ days: { startDay, endDay } }: Coverage, to: string): string {
  const isOneYear = startDay.slice(0, 4) === endDay.slice(0, 4);
  return `${isOneYear ? formatDay(startDay) : formatFullDay(startDay)}${to}${formatFullDay(endDay)}`;
}

/** `until 18:15`; with the day where it is not the last one. */
function untilText({ coverage, soFarAt }: DaysScope & { readonly soFarAt: number }, timeZone: string): string {
  const day = Temporal.Instant.fromEpochMilliseconds(soFarAt).toZonedDateTimeISO(timeZone).toPlainDate().toString();
  return `until ${day === coverage.days.endDay ? formatTime(soFarAt, timeZone) : formatMoment(soFarAt, timeZone)}`;
}

function monthName(day: string): string {
  return Temporal.PlainDate.from(day).toLocaleString('en-GB', { month: 'long', year: 'numeric' });
}

function changeTitleOf({ coverage, soFarAt }: DaysScope, knowsSameTime: boolean): string {
  const { period } = coverage;
  if (period === 'range') return 'vs same length before';
  if (period !== 'day') return soFarAt === null ? `vs ${period} before` : `vs same days of ${period} before`;
  if (soFarAt === null) return 'vs day before';
  return knowsSameTime ? 'vs same time yesterday' : 'vs yesterday';
}

function footnoteOf({ coverage, soFarAt }: DaysScope, bases: ReadonlySet<Basis>): string | null {
  if (soFarAt === null || !bases.has('whole')) return null;
  const whole = coverage.period === 'day' ? 'all of the day before' : 'the days before with all of the last one';
  const why = `${whole}: the usage per hour is not known.`;
  return bases.has('same-time') ? `° compared with ${why}` : `Changes are compared with ${why}`;
}

type Basis = 'same-time' | 'whole';
