import {
  formatBytes,
  formatCount,
  formatDay,
  formatFullDay,
  formatMoment,
  formatTime,
  formatUnobserved,
  readableName,
  shorten,
} from '../runtime/format.ts';
import type { Coverage } from '../usage/accounting/coverage.ts';
import type { ReportModel, ReportRow } from '../usage/accounting/ranking.ts';
import type { Comparison, Histories } from './history.ts';

/** What the report is called and what it says in sentences; the same in HTML, in text and in the subject. */
export interface Wording {
  readonly subject: string;
  readonly title: string;
  readonly period: string;
  /** One sentence: how much, and who is over the quota. */
  readonly summary: string;
  readonly notes: readonly string[];
  readonly changeTitle: string;
  /** Note below the table when some changes are against more than the title says. */
  readonly footnote: string | null;
  /** Changes against all of the period before carry a mark, because the title of the column says something else. */
  readonly marksWhole: boolean;
}

const MOST_NAMES = 5;
const LONGEST_NAME = 40;
const MOST_NOTES = 5;

export function wordReport(
  model: ReportModel,
  context: {
    readonly timeZone: string;
    readonly histories: Histories;
    readonly lateRouters: readonly LateRouter[];
  },
): Wording {
  const total = formatBytes(model.uploadBytes + model.downloadBytes);
  const over = model.overQuota.length;
  const bases = new Set([...context.histories.comparisons.values()].map(({ basis }) => basis));
  return {
    subject: `${subjectOf(model, context.timeZone)}: ${total}${over === 0 ? '' : `, ${over} over quota`}`,
    title: wordTitle(model),
    period: wordPeriod(model, context.timeZone),
    summary: summaryOf(model, total),
    notes: notesOf(model, context),
    ...wordChanges(model, bases),
  };
}

/** What a report is about, as far as its words depend on it. */
export interface ReportScope {
  readonly coverage: Coverage;
  /** Unix ms; `null`: its days are over. */
  readonly soFarAt: number | null;
}

/** What the column of changes is called, and what has to be said about it; `bases` are those of all rows shown. */
export function wordChanges(
  scope: ReportScope,
  bases: ReadonlySet<Comparison['basis']>,
): Pick<Wording, 'changeTitle' | 'footnote' | 'marksWhole'> {
  return {
    changeTitle: changeTitleOf(scope, bases.has('same-time')),
    footnote: footnoteOf(scope, bases),
    marksWhole: bases.size > 1,
  };
}

/** A router that was last read before the end of what the report is about. */
export interface LateRouter {
  readonly router: string;
  /** `null`: never. */
  readonly lastReadAt: number | null;
}

function subjectOf({ coverage, soFarAt }: ReportScope, timeZone: string): string {
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
export function wordTitle({ coverage, soFarAt }: ReportScope): string {
  if (coverage.period === 'range') return `Usage ${rangeText(coverage, ' – ')}`;
  if (soFarAt === null) return `Usage of the ${coverage.period}`;
  return coverage.period === 'day' ? 'Usage today so far' : `Usage this ${coverage.period} so far`;
}

/** Which days, until when if they are not over, and whose midnights. */
export function wordPeriod({ coverage, soFarAt }: ReportScope, timeZone: string): string {
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
function untilText({ coverage, soFarAt }: ReportScope & { readonly soFarAt: number }, timeZone: string): string {
  const day = Temporal.Instant.fromEpochMilliseconds(soFarAt).toZonedDateTimeISO(timeZone).toPlainDate().toString();
  return `until ${day === coverage.days.endDay ? formatTime(soFarAt, timeZone) : formatMoment(soFarAt, timeZone)}`;
}

function monthName(day: string): string {
  return Temporal.PlainDate.from(day).toLocaleString('en-GB', { month: 'long', year: 'numeric' });
}

function changeTitleOf({ coverage, soFarAt }: ReportScope, knowsSameTime: boolean): string {
  const { period } = coverage;
  if (period === 'range') return 'vs same length before';
  if (period !== 'day') return soFarAt === null ? `vs ${period} before` : `vs same days of ${period} before`;
  if (soFarAt === null) return 'vs day before';
  return knowsSameTime ? 'vs same time yesterday' : 'vs yesterday';
}

function footnoteOf({ coverage, soFarAt }: ReportScope, bases: ReadonlySet<Comparison['basis']>): string | null {
  if (soFarAt === null || !bases.has('whole')) return null;
  const whole = coverage.period === 'day' ? 'all of the day before' : 'the days before with all of the last one';
  const why = `${whole}: the usage per hour is not known.`;
  return bases.has('same-time') ? `° compared with ${why}` : `Changes are compared with ${why}`;
}

function summaryOf(model: ReportModel, total: string): string {
  const users = formatCount(model.rows.length, 'user', 'users');
  const moved = `${users} used ${total}.`;
  if (model.overQuota.length > 0) return `Over quota: ${namesWithPercent(model.overQuota)}. ${moved}`;
  return model.rows.some(({ quota }) => quota !== null) ? `No user is over quota. ${moved}` : moved;
}

function namesWithPercent(rows: readonly ReportRow[]): string {
  const named = rows
    .slice(0, MOST_NAMES)
    .map(({ user, quota }) => `${shorten(readableName(user), LONGEST_NAME)} (${Math.floor(quota?.percent ?? 0)}%)`);
  return rows.length > MOST_NAMES ? `${named.join(', ')} and ${rows.length - MOST_NAMES} more` : named.join(', ');
}

/** What is missing in the numbers, a sentence each. */
function notesOf(
  { unobserved }: ReportModel,
  { timeZone, lateRouters }: { readonly timeZone: string; readonly lateRouters: readonly LateRouter[] },
) {
  const late = lateRouters.map(({ router, lastReadAt }) => {
    const name = shorten(readableName(router), LONGEST_NAME);
    return lastReadAt === null
      ? `${name} has never been read; its usage is missing.`
      : `${name} was last read on ${formatMoment(lastReadAt, timeZone)}; usage since then is missing.`;
  });
  return firstNotes([...late, ...unobserved.map(unobservedNote)]);
}

/** What could not be observed, a sentence each. */
export function unobservedNotes(unobserved: ReportModel['unobserved']): string[] {
  return firstNotes(unobserved.map(unobservedNote));
}

function unobservedNote({ router, durationMs }: ReportModel['unobserved'][number]): string {
  const name = shorten(readableName(router), LONGEST_NAME);
  return `${name}: up to ${formatUnobserved(durationMs)} of data missing.`;
}

function firstNotes(notes: string[]): string[] {
  return notes.length > MOST_NOTES
    ? [...notes.slice(0, MOST_NOTES), `… and ${notes.length - MOST_NOTES} more routers.`]
    : notes;
}
