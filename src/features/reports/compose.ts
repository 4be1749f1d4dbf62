import { type CompareDeps, comparedWith } from './compare.ts';
import { reportCsv } from './csv.ts';
import { buildModel, type ReportModel, stripsOf } from './model.ts';
import { buildPage } from './page.ts';
import type { Coverage } from './plan.ts';
import type { QueueTotal, ReportTemplate } from './ports.ts';
import { reportText } from './text.ts';
import { type LateRouter, wordReport } from './wording.ts';

/** Gmail cuts off what is over 102,400 bytes; the mail's own lines need a little too. */
const MOST_HTML_BYTES = 97_000;
const STRIP_DAYS = 7;
/** A router that is read every minute is not late at once. */
const LATE_AFTER_MS = 10 * 60_000;
/** Beyond this many users the database is quicker giving all than looking for each. */
const MOST_STRIP_USERS = 1000;

export interface ComposeDeps extends CompareDeps {
  /** Names of the routers that are polled at present. */
  readonly routers: () => readonly string[];
  readonly template: ReportTemplate;
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
  const { archive, calendar, quotas, template } = deps;
  const today = calendar.dayOf(now);
  const { startDay, endDay } = coverage.days;
  const soFarAt = startDay <= today && today <= endDay ? now : null;
  // First and by itself: the sums of both periods need not be in memory at once.
  const before = await comparedWith(coverage, soFarAt, today, deps);
  const totals = await archive.queueTotals({ fromDay: startDay, toDay: endDay });
  const model = buildModel({ coverage, soFarAt, quotas, totals, comparedWith: before });
  const lastReads = await archive.lastReads();
  const wording = wordReport(model, {
    timeZone: calendar.timeZone,
    lateRouters: lateRouters(lastReads, coverage, now, deps),
  });
  const emptyReason = model.rows.length > 0 ? null : reasonForNothing(totals, lastReads, coverage, today, deps);
  const days = stripDays(coverage, deps);
  const strips = await stripsFor(model, rows, days, deps);
  const stripTitle = coverage.period === 'day' ? `${STRIP_DAYS} days` : 'by day';
  const page = (shown: number) =>
    template.reportHtml(buildPage({ model, wording, strips, stripTitle, emptyReason, rows: shown }));
  return {
    subject: wording.subject,
    html: fitHtml(page, Math.min(rows, model.rows.length)),
    text: reportText({ model, wording, emptyReason, rows }),
    csv: reportCsv(model),
    csvName: `netsentinel-${coverage.period === 'day' ? '' : `${coverage.period}-`}${startDay}.csv`,
  };
}

/** As many rows as fit: long names must not make Gmail cut the report off. */
function fitHtml(page: (rows: number) => string, rows: number): string {
  for (let shown = rows; ; shown = Math.floor(shown * 0.8)) {
    const html = page(shown);
    if (shown === 0 || Buffer.byteLength(html) <= MOST_HTML_BYTES) return html;
  }
}

function stripDays({ period, days }: Coverage, { calendar }: ComposeDeps): string[] {
  const from = period === 'day' ? calendar.addDays(days.endDay, 1 - STRIP_DAYS) : days.startDay;
  const list: string[] = [];
  for (let day = from; day <= days.endDay; day = calendar.addDays(day, 1)) list.push(day);
  return list;
}

async function stripsFor(model: ReportModel, rows: number, days: readonly string[], { archive, quotas }: ComposeDeps) {
  const [fromDay = '', toDay = fromDay] = [days[0], days.at(-1)];
  const users = [...new Set(model.rows.slice(0, Math.min(rows, MOST_STRIP_USERS)).map(({ user }) => user))];
  const points = users.length === 0 ? [] : await archive.dayPoints({ fromDay, toDay, users });
  return stripsOf(points, days, quotas);
}

function lateRouters(
  lastReads: ReadonlyMap<string, number>,
  { days }: Coverage,
  now: number,
  { routers, calendar }: ComposeDeps,
): LateRouter[] {
  const endAt = Math.min(now, calendar.endOf(days.endDay));
  return routers().flatMap((router) => {
    const lastReadAt = lastReads.get(router) ?? null;
    return lastReadAt !== null && lastReadAt >= endAt - LATE_AFTER_MS ? [] : [{ router, lastReadAt }];
  });
}

function reasonForNothing(
  totals: readonly QueueTotal[],
  lastReads: ReadonlyMap<string, number>,
  { days }: Coverage,
  today: string,
  { calendar, routers, retentionDays }: ComposeDeps,
): string {
  const reads = routers().flatMap((router) => lastReads.get(router) ?? []);
  if (days.startDay > today) return 'There is no usage: these days are still to come.';
  if (days.endDay < calendar.addDays(today, -retentionDays)) {
    return `There is no usage: these days are past the retention of ${retentionDays} days and were deleted.`;
  }
  if (reads.length === 0) return 'There is no usage: no router has been read yet. Run `netsentinel check` to see why.';
  if (Math.max(...reads) < calendar.startOf(days.startDay)) {
    return 'There is no usage: no router has been read since before these days. Run `netsentinel check` to see why.';
  }
  if (totals.length > 0)
    return 'There is no usage to rank: all queues that moved bytes are parents or ignored by the quotas.';
  return 'There is no usage: routers were read, but no queue moved a byte, or the worker was not running on these days.';
}
