import { formatCount, formatTogether, formatUnobserved, readableName } from '../runtime/format.ts';
import type { Counter } from '../usage/accounting/counter.ts';
import { type ReportModel, type ReportQuota, type ReportRow, userKey } from '../usage/accounting/ranking.ts';
import type { Comparison, Histories } from './history.ts';
import type { PageRow, ReportPage } from './ports.ts';
import type { Wording } from './wording.ts';

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const MOST_PARENTS = 20;
/** Smaller changes are not coloured. */
const NOTABLE_CHANGE_PERCENT = 25;

export interface PageInput {
  readonly model: ReportModel;
  readonly wording: Wording;
  /** Of at least the rows shown. */
  readonly histories: Histories;
  readonly stripTitle: string;
  readonly emptyReason: string | null;
  readonly rows: number;
  /** Address of the page of the same days, if known. */
  readonly pageUrl: string | null;
}

/** The report with its first `rows` users, ready to be set in HTML. */
export function buildPage({
  model,
  wording,
  histories,
  stripTitle,
  emptyReason,
  rows,
  pageUrl,
}: PageInput): ReportPage {
  const hidden = Math.max(0, model.rows.length - rows);
  return {
    title: wording.title,
    period: wording.period,
    preview: wording.summary,
    cards: cardsOf(model),
    summary: wording.summary,
    notes: wording.notes,
    emptyReason,
    hasQuota: model.rows.some(({ quota }) => quota !== null),
    changeTitle: wording.changeTitle,
    stripTitle,
    rows: model.rows.slice(0, rows).map((row) => toPageRow(row, model, wording, histories)),
    more:
      hidden === 0
        ? null
        : `${formatCount(hidden, 'more user follows', 'more users follow')} in the attached CSV file.`,
    footnote: wording.footnote,
    parents: model.parents.slice(0, MOST_PARENTS).map((parent) => ({
      name: readableName(parent.queue),
      detail: detailOf(parent.comment === null ? [] : [parent.comment], parent.router, model),
      ...amountsOf(parent),
    })),
    pageUrl,
    footer: 'Sent by NetSentinel. 1 GB = 1024³ bytes. The attached CSV file has every user with exact bytes.',
  };
}

function cardsOf(model: ReportModel) {
  const over = model.overQuota.length;
  const { download, upload, total } = amountsOf(model);
  return [
    { label: 'Users', value: model.rows.length.toLocaleString('en-US'), isAlert: false },
    { label: 'Total', value: total, isAlert: false },
    { label: 'Download', value: download, isAlert: false },
    { label: 'Upload', value: upload, isAlert: false },
    // No quota is for days that somebody chose.
    ...(model.coverage.period === 'range'
      ? []
      : [{ label: 'Over quota', value: over.toLocaleString('en-US'), isAlert: over > 0 }]),
    { label: 'Top 10 share', value: model.topTenPercent === null ? '–' : `${model.topTenPercent}%`, isAlert: false },
  ];
}

function toPageRow(row: ReportRow, model: ReportModel, wording: Wording, histories: Histories): PageRow {
  const { quota } = row;
  const comparison = histories.comparisons.get(userKey(row)) ?? null;
  return {
    rank: row.rank,
    user: readableName(row.user),
    detail: detailOf(row.comments, row.router, model),
    warning: row.unobservedMs > 0 ? `${formatUnobserved(row.unobservedMs)} of data missing` : null,
    ...amountsOf(row),
    quota: quota === null ? null : quotaMeter(quota),
    isUnlimited: row.isUnlimited,
    badge: quota?.isOver === true ? 'over quota' : null,
    change: changeText(comparison, wording),
    changeLevel: changeLevel(comparison),
    strip: stripOf(histories.strips.get(userKey(row)) ?? []),
  };
}

/** The amounts of one row share a unit. */
export function amountsOf({ downloadBytes, uploadBytes }: Counter): Pick<PageRow, 'download' | 'upload' | 'total'> {
  const [download = '', upload = '', total = ''] = formatTogether([
    downloadBytes,
    uploadBytes,
    downloadBytes + uploadBytes,
  ]);
  return { download, upload, total };
}

/** What is not nothing can be seen. */
export function quotaMeter(quota: Omit<ReportQuota, 'limitBytes'>): NonNullable<PageRow['quota']> {
  const { percent, countedBytes, isOver, isNear } = quota;
  return {
    text: `${Math.floor(percent)}%`,
    barPercent: Math.min(100, Math.max(countedBytes > 0n ? 2 : 0, Math.round(percent))),
    level: isOver ? 'over' : isNear ? 'near' : 'ok',
  };
}

export function changeLevel(comparison: Comparison | null): PageRow['changeLevel'] {
  if (comparison === null || Math.abs(comparison.percent) < NOTABLE_CHANGE_PERCENT) return 'flat';
  return comparison.percent > 0 ? 'up' : 'down';
}

/** `+12%`, `−40%`, `×25`; with a mark where the column's title does not hold. */
export function changeText(comparison: Comparison | null, { marksWhole }: Pick<Wording, 'marksWhole'>): string {
  if (comparison === null) return '–';
  const { percent, basis } = comparison;
  const text =
    percent >= 1000
      ? `×${Math.round(percent / 100 + 1).toLocaleString('en-US')}`
      : `${percent < 0 ? '−' : '+'}${Math.abs(percent)}%`;
  return marksWhole && basis === 'whole' ? `${text}°` : text;
}

/** The line below a name; `null`: none. */
export function detailOf(
  comments: readonly string[],
  router: string,
  { hasSeveralRouters }: Pick<ReportModel, 'hasSeveralRouters'>,
): string | null {
  const parts = [...comments.slice(0, 3), ...(hasSeveralRouters ? [router] : [])].map(readableName);
  return parts.length === 0 ? null : parts.join(' · ');
}

/** One bar a day, the user's highest day full. */
export function stripOf(days: readonly bigint[]): PageRow['strip'] {
  let highest = 1n;
  for (const bytes of days) if (bytes > highest) highest = bytes;
  const runs: { bars: string; isEmpty: boolean }[] = [];
  for (const bytes of days) {
    const bar = BARS[Number((bytes * 7n) / highest)] ?? '';
    const last = runs.at(-1);
    if (last !== undefined && last.isEmpty === (bytes === 0n)) last.bars += bar;
    else runs.push({ bars: bar, isEmpty: bytes === 0n });
  }
  return runs;
}
