import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { type JobBook, runJob } from '../runtime/jobs.ts';
import type { Part } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logger.ts';
import { createScheduler } from '../runtime/scheduler.ts';
import type { TroubleLog } from '../runtime/trouble-log.ts';
import type { UsageArchive } from './ports.ts';
import { type PurgeDeps, purgeUnasked } from './purge.ts';
import { createNightlyTime } from './timetable.ts';

export interface UpkeepDeps extends PurgeDeps {
  readonly archive: Pick<UsageArchive, 'daysOnRecord'>;
  readonly jobs: JobBook;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly troubles: TroubleLog;
  readonly graceMs: number;
  readonly onBug: (error: unknown) => void;
}

/** The purge, each night. */
export function createUpkeep(deps: UpkeepDeps): Part {
  const { calendar, clock, troubles, graceMs, onBug } = deps;
  const scheduler = createScheduler({
    jobs: [
      {
        nextAfter: createNightlyTime(calendar),
        run: () => tolerate(troubles, 'purge', () => runJob(deps, 'purge', () => purgeUnasked(deps))),
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
