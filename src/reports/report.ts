import type { OutgoingNotice } from '../notices/notice.ts';
import type { Postman, Recipients } from '../notices/ports.ts';
import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { type JobBook, runJob } from '../runtime/jobs.ts';
import type { Logger } from '../runtime/logger.ts';
import { type Coverage, coverageOfDays } from '../usage/accounting/coverage.ts';
import type { PeriodDays, Weekday } from '../usage/accounting/quota.ts';
import { type ComposeDeps, type ComposedReport, composeReport } from './compose.ts';
import { type DueReport, dueReports, type ReportPlan } from './plan.ts';
import type { ReportBook, ReportFate } from './ports.ts';

/** Days after the end of its period, or after it was asked for, in which a report is still worth sending. */
const DAYS_WORTH_SENDING = 2;
/** Key of a report that was asked for on the command line. */
const BY_HAND = 'by hand';

export interface ReporterDeps extends ComposeDeps {
  readonly reports: readonly ReportPlan[];
  readonly weekStartsOn: Weekday;
  /** Nobody when the configuration has no `mail`: then no report is written. */
  readonly recipients: Recipients;
  readonly book: ReportBook;
  readonly postman: Postman;
  readonly jobs: JobBook;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Random and unique texts, for notices. */
  readonly newId: () => string;
  /** Calls back every minute until the returned function is called. */
  readonly everyMinute: (run: () => void) => () => void;
}

export interface Reporter {
  /** The report of some days as it would be mailed now. */
  compose(days: PeriodDays): Promise<ComposedReport>;
  /** Puts the report of some days into the outbox. Without `force`, an existing one of exactly these days is kept and its state given. */
  mail(days: PeriodDays, force: boolean): Promise<'written' | ReportFate>;
  /** Puts every report whose time has come today and that is not there yet into the outbox; gives how many. */
  mailDue(): Promise<number>;
  /** Sends today's reports that are overdue, then follows the plan. Call it after the first round of polls. */
  start(): void;
  stop(): Promise<void>;
}

/** Writes reports at their times, each once, however often the worker restarts. */
export function createReporter(deps: ReporterDeps): Reporter {
  const { book, calendar, clock, logger } = deps;
  const recipients = deps.recipients.of('report');
  /** What is known to be written, so that the database is not asked every minute. */
  const written = new Set<string>();
  let stopTicks = () => {};
  let current: Promise<unknown> = Promise.resolve();

  function mailDue(): Promise<number> {
    const round = current.then(mailDueOnce);
    current = round.catch(() => undefined);
    return round;
  }

  async function mailDueOnce(): Promise<number> {
    if (recipients.length === 0) return 0;
    const due = dueReports(deps.reports, clock.now(), calendar, deps.weekStartsOn);
    const open = due.filter((report) => !written.has(nameOf(report)));
    if (open.length === 0) return 0;
    const installedAt = await book.installedAt();
    let count = 0;
    for (const report of open.filter(({ dueAt }) => dueAt >= installedAt)) {
      const key = { report: report.key, periodStart: report.coverage.days.startDay };
      if (!(await book.isWritten(key)) && (await runJob(deps, 'report', () => write(report, key, false)))) count += 1;
      written.add(nameOf(report));
    }
    return count;
  }

  async function write(
    { coverage, rows }: Pick<DueReport, 'coverage' | 'rows'>,
    key: { readonly report: string; readonly periodStart: string },
    again: boolean,
  ): Promise<boolean> {
    const now = clock.now();
    const report = await composeReport(coverage, rows, now, deps);
    const isNew = await book.write(key, toNotice(report, coverage, now), again);
    if (isNew) logger.info({ report: key.report, periodStart: key.periodStart }, 'report written');
    // Not only when it is new: the answer to a commit of ours may have been lost.
    deps.postman.wake();
    return isNew;
  }

  function toNotice(report: ComposedReport, { days }: Coverage, now: number): OutgoingNotice {
    const lastDayAt = Math.max(calendar.startOf(days.endDay), now);
    return {
      id: deps.newId(),
      ...{ kind: 'report', event: 'report.ready', devices: [], incident: null, answers: null },
      to: recipients,
      subject: report.subject,
      content: { page: { text: report.text, html: report.html } },
      attachment: { fileName: report.csvName, contentType: 'text/csv; charset=utf-8', content: report.csv },
      createdAt: now,
      periodEnd: days.endDay,
      worthUntil: calendar.endOf(calendar.addDays(calendar.dayOf(lastDayAt), DAYS_WORTH_SENDING)),
    };
  }

  async function tick() {
    try {
      await mailDue();
    } catch (error) {
      if (error instanceof TroubleError) logger.debug({ code: error.code }, 'no report: database unavailable');
      else logger.error({ err: error }, 'report failed');
    }
  }

  const rowsByHand = deps.reports.find((plan) => plan.every === 'day')?.rows ?? deps.reports[0]?.rows ?? 200;

  return {
    compose: (days) => composeReport(coverageOfDays(days), rowsByHand, clock.now(), deps),
    async mail(days, force) {
      const { startDay: periodStart, endDay: periodEnd } = days;
      const before = force ? null : await book.fateOf({ periodStart, periodEnd });
      if (before !== null) return before;
      const key = { report: keyByHand(days), periodStart };
      const isNew = await runJob(deps, 'report', () =>
        write({ coverage: coverageOfDays(days), rows: rowsByHand }, key, force),
      );
      return isNew ? 'written' : ((await book.fateOf({ periodStart, periodEnd })) ?? 'waiting');
    },
    mailDue,
    start() {
      if (recipients.length === 0) return;
      stopTicks = deps.everyMinute(() => void tick());
      void tick();
    },
    async stop() {
      stopTicks();
      await current;
    },
  };
}

/** Ranges with the same first day are different reports; the store identifies a report by its key and first day, so the key has the last day. */
function keyByHand({ startDay, endDay }: PeriodDays): string {
  return startDay === endDay ? BY_HAND : `${BY_HAND} to ${endDay}`;
}

function nameOf({ key, coverage }: DueReport): string {
  return `${key} ${coverage.days.startDay}`;
}
