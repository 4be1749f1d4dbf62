import { formatUnobserved, readableName } from '../runtime/format.ts';
import { amountsOf, changeText } from '../runtime/row-parts.ts';
import { fitText, textWidth } from '../runtime/text-width.ts';
import { wrapText } from '../runtime/wrap.ts';
import type { Histories } from '../usage/accounting/history.ts';
import { type ReportModel, type ReportRow, userKey } from '../usage/accounting/ranking.ts';
import type { Wording } from './wording.ts';

const WIDTH = 72;
const NAME_WIDTH = 23;

export interface TextInput {
  readonly model: ReportModel;
  readonly wording: Wording;
  readonly histories: Histories;
  readonly emptyReason: string | null;
  readonly rows: number;
  /** Address of the page of the same days, if known. */
  readonly pageUrl: string | null;
}

/** The report as plain text of 72 columns. */
export function reportText({ model, wording, histories, emptyReason, rows, pageUrl }: TextInput): string {
  const shown = model.rows.slice(0, rows);
  const hidden = model.rows.length - shown.length;
  const blocks = [
    [wording.title.toUpperCase(), wording.period],
    wrap(wording.summary),
    wording.notes.flatMap((note) => wrap(`! ${note}`)),
    wrap(emptyReason ?? cardLine(model)),
    shown.length === 0
      ? []
      : [
          tableHead(),
          '-'.repeat(WIDTH),
          ...shown.flatMap((row) =>
            tableRow(row, model, changeText(histories.comparisons.get(userKey(row)) ?? null, wording)),
          ),
        ],
    hidden > 0 ? wrap(`… and ${hidden} more; the attached CSV file has all users.`) : [],
    shown.length === 0
      ? []
      : wrap(`Change: ${wording.changeTitle}.${wording.footnote === null ? '' : ` ${wording.footnote}`}`),
    model.parents.length === 0
      ? []
      : ['Parent queues (sums of the queues below them)', ...model.parents.slice(0, 20).map(parentRow)],
    pageUrl === null ? [] : ['On the page:', `  ${pageUrl}`],
    ['--', 'NetSentinel. 1 GB = 1024³ bytes.'],
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.map((line) => line.trimEnd()).join('\n'))
    .join('\n\n')}\n`;
}

function cardLine(model: ReportModel): string {
  const { download, upload, total } = amountsOf(model);
  return [
    `Total ${total}`,
    `Download ${download}`,
    `Upload ${upload}`,
    ...(model.coverage.period === 'range' ? [] : [`Over quota ${model.overQuota.length}`]),
    ...(model.topTenPercent === null ? [] : [`Top 10 ${model.topTenPercent}%`]),
  ].join(' · ');
}

function tableHead(): string {
  return columns('#', 'User', 'Download', 'Upload', 'Total', 'Quota', 'Change');
}

function tableRow(row: ReportRow, model: ReportModel, change: string): string[] {
  const { quota } = row;
  const { download, upload, total } = amountsOf(row);
  const percent =
    quota === null ? (row.isUnlimited ? '∞' : '') : `${Math.floor(quota.percent)}%${quota.isOver ? '!' : ''}`;
  const line = columns(String(row.rank), readableName(row.user), download, upload, total, percent, change);
  const details = [
    ...row.comments.slice(0, 1).map(readableName),
    ...(model.hasSeveralRouters ? [readableName(row.router)] : []),
    ...(row.unobservedMs > 0 ? [`${formatUnobserved(row.unobservedMs)} of data missing`] : []),
  ];
  return details.length === 0 ? [line] : [line, `     ${fitText(details.join(' · '), WIDTH - 5)}`];
}

function parentRow(parent: ReportModel['parents'][number]): string {
  const { download, upload, total } = amountsOf(parent);
  return columns('', readableName(parent.queue), download, upload, total, '', '');
}

function columns(
  rank: string,
  name: string,
  download: string,
  upload: string,
  total: string,
  quota: string,
  change: string,
): string {
  const shown = fitText(name, NAME_WIDTH);
  return [
    rank.padStart(4),
    ` ${shown}${' '.repeat(NAME_WIDTH - textWidth(shown))}`,
    download.padStart(9),
    upload.padStart(9),
    total.padStart(9),
    quota.padStart(8),
    change.padStart(9),
  ].join('');
}

function wrap(text: string): string[] {
  return wrapText(text, WIDTH);
}
