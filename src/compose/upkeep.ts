import { purgeAccounts } from '../accounts/purge.ts';
import { createAccountBooks } from '../accounts/store/account-books.ts';
import { forgetIncidents } from '../incidents/store/incident-purger.ts';
import { forgetNotices } from '../notices/store/notice-purger.ts';
import type { Database } from '../platform/store/database.ts';
import { forgetBreaches } from '../quotas/store/breach-purger.ts';
import { forgetReports } from '../reports/store/report-purger.ts';
import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { type Forget, forgetAll } from '../runtime/forget.ts';
import { type JobBook, runJob } from '../runtime/jobs.ts';
import type { Part } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logger.ts';
import { createScheduler } from '../runtime/scheduler.ts';
import type { TroubleLog } from '../runtime/trouble-log.ts';
import type { Config } from '../settings.ts';
import type { Calendar } from '../usage/accounting/day.ts';
import type { UsageArchive } from '../usage/ports.ts';
import { purgeUnasked } from '../usage/purge.ts';
import { forgetUsage } from '../usage/store/usage-purger.ts';
import { createNightlyTime } from '../usage/timetable.ts';

/** What each capability forgets, usage first: what is about it goes after it. */
export function createForget(deps: { readonly database: Database }): Forget {
  const forgets = [forgetUsage, forgetBreaches, forgetReports, forgetIncidents, forgetNotices];
  return forgetAll(forgets.map((make) => make(deps)));
}

/** The purge, each night. */
export function createUpkeep(
  config: Config,
  deps: {
    readonly database: Database;
    readonly forget: Forget;
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
  const { days: retentionDays, auditDays } = config.retention;
  const purge = { ...deps, retentionDays };
  const books = createAccountBooks(deps);
  const scheduler = createScheduler({
    jobs: [
      {
        nextAfter: createNightlyTime(calendar),
        run: () => tolerate(troubles, 'purge', () => runJob(deps, 'purge', () => purgeUnasked(purge))),
      },
      {
        nextAfter: createNightlyTime(calendar),
        run: () =>
          tolerate(troubles, 'purge-audit', () =>
            runJob(deps, 'purge-audit', () => purgeAccounts({ books, clock, auditDays })),
          ),
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
