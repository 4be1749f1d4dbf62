import { formatCount, formatUnobserved, readableName } from '../runtime/format.ts';
import { amountsOf, changeLevel, changeText, detailOf, quotaMeter, stripOf } from '../runtime/row-parts.ts';
import type { Histories } from '../usage/accounting/history.ts';
import { type ReportModel, type ReportRow, userKey } from '../usage/accounting/ranking.ts';
import type { PageRow, ReportPage } from './ports.ts';
import type { Wording } from './wording.ts';

const MOST_PARENTS = 20;
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
