import type { Condition } from '../devices/ports.ts';
import type { PageLinks } from '../notices/ports.ts';
import { asTyped } from '../runtime/command-name.ts';
import type { Coverage } from '../usage/accounting/coverage.ts';
import type { Calendar } from '../usage/accounting/day.ts';
import { stripTitleOf } from '../usage/accounting/history.ts';
import { reportCsv } from './csv.ts';
import { buildPage } from './page.ts';
import type { ReportTemplate, ReportUsageOf } from './ports.ts';
import { reportText } from './text.ts';
import { type LateRouter, wordReport } from './wording.ts';

/** Gmail cuts off what is over 102,400 bytes; the mail's own lines need a little too. */
const MOST_HTML_BYTES = 97_000;
/** Users for whom the days before are looked up one by one; no mail shows that many. */
const MOST_HISTORIES = 1000;

export interface ComposeDeps {
  readonly usageOf: ReportUsageOf;
  readonly calendar: Calendar;
  readonly retentionDays: number;
  /** Of the routers that are polled at present. */
  readonly conditions: () => readonly Condition[];
  readonly template: ReportTemplate;
  /** Absent: nobody knows where the pages are. */
  readonly pages?: PageLinks | undefined;
}

/** A report in all its forms. */
export interface ComposedReport {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  readonly csv: string;
  readonly csvName: string;
}

/** Makes the report of some days as they are known at `now`. Rejects with a `TroubleError` when the database is away. */
export async function composeReport(
  coverage: Coverage,
  rows: number,
  now: number,
  deps: ComposeDeps,
): Promise<ComposedReport> {
  const { usageOf, calendar, template } = deps;
  const today = calendar.dayOf(now);
  const usage = await usageOf(now, coverage);
  const model = usage.model();
  const histories = await usage.histories(model.rows.slice(0, Math.min(rows, MOST_HISTORIES)));
  const conditions = deps.conditions();
  const wording = wordReport(model, {
    histories,
    timeZone: calendar.timeZone,
    lateRouters: lateRouters(conditions, calendar.endOf(coverage.days.endDay)),
  });
  const emptyReason =
    model.rows.length > 0 ? null : reasonForNothing(usage.hasQueues, conditions, coverage, today, deps);
  const stripTitle = stripTitleOf(coverage);
  const pageUrl = deps.pages?.usage(coverage.period, coverage.days) ?? null;
  const page = (count: number) =>
    template.reportHtml(buildPage({ model, wording, histories, stripTitle, emptyReason, rows: count, pageUrl }));
  return {
    subject: wording.subject,
    html: fitHtml(page, Math.min(rows, model.rows.length)),
    text: reportText({ model, wording, histories, emptyReason, rows, pageUrl }),
    csv: reportCsv(model),
    csvName: `netsentinel-${fileNameOf(coverage)}.csv`,
  };
}

function fileNameOf({ period, days: { startDay, endDay } }: Coverage): string {
  if (period === 'range') return `${startDay}-to-${endDay}`;
  return period === 'day' ? startDay : `${period}-${startDay}`;
}

/** As many rows as fit: long names must not make Gmail cut the report off. */
function fitHtml(page: (rows: number) => string, rows: number): string {
  for (let shown = rows; ; shown = Math.floor(shown * 0.8)) {
    const html = page(shown);
    if (shown === 0 || Buffer.byteLength(html) <= MOST_HTML_BYTES) return html;
  }
}

/** Those that are late now, and were not read to the end of what the report is about. */
function lateRouters(conditions: readonly Condition[], endAt: number): LateRouter[] {
  return conditions.filter(({ isFresh, lastReadAt }) => !isFresh && (lastReadAt === null || lastReadAt < endAt));
}

function reasonForNothing(
  hasQueues: boolean,
  conditions: readonly Condition[],
  { days }: Coverage,
  today: string,
  { calendar, retentionDays }: ComposeDeps,
): string {
  const reads = conditions.flatMap(({ lastReadAt }) => lastReadAt ?? []);
  if (days.startDay > today) return 'No usage: these days are in the future.';
  if (days.endDay < calendar.addDays(today, -retentionDays)) {
    return `No usage: these days are older than the retention of ${retentionDays} days and were deleted.`;
  }
  if (reads.length === 0) return `No usage: no router has been read yet. To see why, run \`${asTyped('check')}\`.`;
  if (Math.max(...reads) < calendar.startOf(days.startDay)) {
    return `No usage: no router has been read since before these days. To see why, run \`${asTyped('check')}\`.`;
  }
  if (hasQueues) return 'No usage to rank: all queues with traffic are parent queues or ignored by the quotas.';
  return 'No usage: no queue had traffic, or NetSentinel was not running on these days.';
}
