import { createIncidentPurger } from '../incidents/store/incident-purger.ts';
import { createNoticePurger } from '../notices/store/notice-purger.ts';
import type { Config } from '../platform/config/schema.ts';
import type { Database } from '../platform/store/database.ts';
import { createBreachPurger } from '../quotas/store/breach-purger.ts';
import { createReportPurger } from '../reports/store/report-purger.ts';
import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { type JobBook, runJob } from '../runtime/jobs.ts';
import type { Part } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logger.ts';
import { createScheduler } from '../runtime/scheduler.ts';
import type { TroubleLog } from '../runtime/trouble-log.ts';
import type { Calendar } from '../usage/accounting/day.ts';
import type { UsageArchive, UsagePurger } from '../usage/ports.ts';
import { purgeUnasked } from '../usage/purge.ts';
import { createNightlyTime } from '../usage/timetable.ts';

/** Forgets breaches, notices, closed incidents and written reports. */
export interface AlertPurger {
  /** Deletes (or, for a dry run, counts) those whose period ended before `beforeDay`; a notice that may still go out stays. */
  purge(
    limit: { readonly beforeDay: string },
    dryRun: boolean,
  ): Promise<{ readonly breaches: number; readonly mails: number }>;
}

export function createAlertPurger({ database }: { readonly database: Database }): AlertPurger {
  const [ofBreaches, ofReports, ofIncidents, ofNotices] = [
    createBreachPurger({ database }),
    createReportPurger({ database }),
    createIncidentPurger({ database }),
    createNoticePurger({ database }),
  ];
  return {
    async purge(limit, dryRun) {
      const breaches = await ofBreaches.purge(limit, dryRun);
      if (!dryRun) {
        await ofReports.purge(limit);
        await ofIncidents.purge(limit);
      }
      return { breaches, mails: await ofNotices.purge(limit, dryRun) };
    },
  };
}

/** Breaches and mails are forgotten with the usage they are about. */
export function combinePurgers(usage: UsagePurger, alerts: AlertPurger): UsagePurger {
  return {
    async purge(limit, dryRun) {
      const counts = await usage.purge(limit, dryRun);
      return { ...counts, ...(await alerts.purge(limit, dryRun)) };
    },
  };
}

/** The purge, each night. */
export function createUpkeep(
  config: Config,
  deps: {
    readonly purger: UsagePurger;
    readonly archive: Pick<UsageArchive, 'daysOnRecord'>;
    readonly jobs: JobBook;
    readonly calendar: Calendar;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly troubles: TroubleLog;
    readonly graceMs: number;
    readonly onBug: (error: unknown) => void;
  },
): Part {
  const { calendar, clock, troubles, graceMs, onBug } = deps;
  const purge = { ...deps, retentionDays: config.retention.days };
  const scheduler = createScheduler({
    jobs: [
      {
        nextAfter: createNightlyTime(calendar),
        run: () => tolerate(troubles, 'purge', () => runJob(deps, 'purge', () => purgeUnasked(purge))),
      },
    ],
    clock,
    onBug,
  });
  return { name: 'upkeep', start: () => scheduler.start(), stop: () => scheduler.stop(graceMs) };
}

/** Logs trouble of a nightly job once; the job runs again at its next time. */
async function tolerate(troubles: TroubleLog, job: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
    troubles.ended(job);
  } catch (error) {
    if (!(error instanceof TroubleError)) throw error;
    troubles.started(job, error);
  }
}
