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
} from '../../runtime/format.ts';
import type { Comparison, Histories } from './history.ts';
import type { ReportModel, ReportRow } from './model.ts';
import type { Coverage } from './plan.ts';

/** What the report is called and what it says in sentences; the same in HTML, in text and in the subject. */
export interface Wording {
  readonly subject: string;
  readonly title: string;
  readonly period: string;
  /** One sentence: how much, and who is over the quota. */
  readonly summary: string;
  readonly notes: readonly string[];
  readonly changeTitle: string;
  /** Said below the table when some changes are against more than the title says. */
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
    title: titleOf(model),
    period: periodOfModel(model, context.timeZone),
    summary: summaryOf(model, total),
    notes: notesOf(model, context),
    ...wordChanges({ period: model.coverage.period, isSoFar: model.soFarAt !== null }, bases),
  };
}

interface ReportScope {
  readonly period: Coverage['period'];
  /** It is not over yet. */
  readonly isSoFar: boolean;
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

function subjectOf({ coverage, soFarAt }: ReportModel, timeZone: string): string {
  const { startDay, endDay } = coverage.days;
  if (soFarAt !== null) return `Usage ${formatDay(startDay)} until ${formatTime(soFarAt, timeZone)}`;
  if (coverage.period === 'day') return `Usage ${formatDay(startDay)}`;
  return coverage.period === 'week'
    ? `Usage of the week ${formatDay(startDay)} – ${formatDay(endDay)}`
    : `Usage of ${monthName(startDay)}`;
}

function titleOf({ coverage, soFarAt }: ReportModel): string {
  if (soFarAt !== null) return 'Usage today so far';
  return { day: 'Usage of the day', week: 'Usage of the week', month: 'Usage of the month' }[coverage.period];
}

function periodOfModel({ coverage, soFarAt }: ReportModel, timeZone: string): string {
  const { startDay, endDay } = coverage.days;
  if (soFarAt !== null) return `${formatFullDay(startDay)}, until ${formatTime(soFarAt, timeZone)} (${timeZone})`;
  if (coverage.period === 'day') return `${formatFullDay(startDay)}, the whole day (${timeZone})`;
  if (coverage.period === 'week') return `${formatDay(startDay)} to ${formatFullDay(endDay)} (${timeZone})`;
  return `${monthName(startDay)} (${timeZone})`;
}

function monthName(day: string): string {
  return Temporal.PlainDate.from(day).toLocaleString('en-GB', { month: 'long', year: 'numeric' });
}

function changeTitleOf({ period, isSoFar }: ReportScope, knowsSameTime: boolean): string {
  if (period !== 'day') return period === 'week' ? 'vs week before' : 'vs month before';
  if (!isSoFar) return 'vs day before';
  return knowsSameTime ? 'vs same time yesterday' : 'vs yesterday';
}

function footnoteOf({ isSoFar }: ReportScope, bases: ReadonlySet<Comparison['basis']>): string | null {
  if (!isSoFar || !bases.has('whole')) return null;
  const why = 'all of the day before: how it was spread over the hours is not known.';
  return bases.has('same-time') ? `° compared with ${why}` : `Changes are against ${why}`;
}

function summaryOf(model: ReportModel, total: string): string {
  const users = formatCount(model.rows.length, 'user', 'users');
  const moved = `${users} moved ${total}.`;
  if (model.overQuota.length > 0) return `Over quota: ${namesWithPercent(model.overQuota)}. ${moved}`;
  return model.rows.some(({ quota }) => quota !== null) ? `Nobody is over the quota. ${moved}` : moved;
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
      : `${name} was last read on ${formatMoment(lastReadAt, timeZone)}; what it counted since is missing here.`;
  });
  return firstNotes([...late, ...unobserved.map(unobservedNote)]);
}

/** What could not be observed, a sentence each. */
export function unobservedNotes(unobserved: ReportModel['unobserved']): string[] {
  return firstNotes(unobserved.map(unobservedNote));
}

function unobservedNote({ router, durationMs }: ReportModel['unobserved'][number]): string {
  const name = shorten(readableName(router), LONGEST_NAME);
  return `On ${name} up to ${formatUnobserved(durationMs)} could not be observed; the true numbers may be higher.`;
}

function firstNotes(notes: string[]): string[] {
  return notes.length > MOST_NOTES
    ? [...notes.slice(0, MOST_NOTES), `… and ${notes.length - MOST_NOTES} more routers.`]
    : notes;
}
