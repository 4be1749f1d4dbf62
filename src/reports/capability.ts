import { randomUUID } from 'node:crypto';
import type { Base, Capability } from '../capability.ts';
import type { CompileMail } from '../notices/letter.ts';
import type { NoticeWriter } from '../notices/ports.ts';
import type { DatabaseTransaction } from '../platform/store/database.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Part } from '../runtime/lifecycle.ts';
import type { Weekday } from '../usage/accounting/quota.ts';
import type { ReportPlan } from './plan.ts';
import { createReporter, type Reporter, type ReporterDeps } from './report.ts';
import { forgetReports } from './store/report-purger.ts';
import { createReportBook } from './store/report-store.ts';
import { createReportTemplate } from './template.ts';

export interface ReportsSettings {
  readonly report: readonly ReportPlan[];
  readonly weekStartsOn: Weekday;
  readonly retention: { readonly days: number };
  readonly collect: { readonly everySeconds: number; readonly timeoutSeconds: number };
}

export interface ReportsNeeds
  extends Pick<ReporterDeps, 'usageOf' | 'conditions' | 'recipients' | 'pages' | 'postman' | 'everyMinute'> {
  readonly notices: NoticeWriter<DatabaseTransaction>;
  readonly compile: CompileMail;
}

/** The ranked reports. */
export interface Reports extends Capability {
  readonly reporter: Reporter;
}

export function createReports(
  base: Base,
  { report, weekStartsOn, retention, collect }: ReportsSettings,
  { notices, compile, ...needs }: ReportsNeeds,
): Reports {
  const { database, clock } = base;
  const reporter = createReporter({
    ...base,
    ...needs,
    reports: report,
    weekStartsOn,
    retentionDays: retention.days,
    book: createReportBook({ database, notices }),
    template: createReportTemplate({ compile }),
    newId: randomUUID,
  });
  const firstRoundMs = (collect.everySeconds + collect.timeoutSeconds) * 1000;
  return {
    reporter,
    parts: [afterwards(clock, firstRoundMs, { name: 'reports', ...reporter })],
    forget: forgetReports({ database }),
  };
}

/** Starts a part later: a report that is caught up must not be made before the routers have been read. */
function afterwards(clock: Clock, delayMs: number, part: Part): Part {
  let cancel = () => {};
  let isStarted = false;
  return {
    name: part.name,
    start() {
      cancel = clock.after(delayMs, () => {
        isStarted = true;
        void part.start();
      });
    },
    async stop() {
      cancel();
      if (isStarted) await part.stop();
    },
  };
}
