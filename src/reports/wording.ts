import { formatBytes, formatCount, formatMoment, readableName, shorten } from '../runtime/format.ts';
import { firstNotes, LONGEST_NAME, unobservedNote } from '../runtime/missing-notes.ts';
import { type ChangeWords, wordChanges, wordPeriod, wordSubject, wordTitle } from '../runtime/period-words.ts';
import type { Histories } from '../usage/accounting/history.ts';
import type { ReportModel, ReportRow } from '../usage/accounting/ranking.ts';

/** What the report is called and what it says in sentences; the same in HTML, in text and in the subject. */
export interface Wording extends ChangeWords {
  readonly subject: string;
  readonly title: string;
  readonly period: string;
  /** One sentence: how much, and who is over the quota. */
  readonly summary: string;
  readonly notes: readonly string[];
}

const MOST_NAMES = 5;

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
    subject: `${wordSubject(model, context.timeZone)}: ${total}${over === 0 ? '' : `, ${over} over quota`}`,
    title: wordTitle(model),
    period: wordPeriod(model, context.timeZone),
    summary: summaryOf(model, total),
    notes: notesOf(model, context),
    ...wordChanges(model, bases),
  };
}

/** A router that was last read before the end of what the report is about. */
export interface LateRouter {
  readonly router: string;
  /** `null`: never. */
  readonly lastReadAt: number | null;
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
