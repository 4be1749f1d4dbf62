import { type Clock, requireClock } from './clock.ts';
import { TroubleError } from './errors.ts';
import type { Logger } from './logger.ts';

/** How a job went when it last ran; kept for `check` and for metrics. */
export interface JobRun {
  /** e.g. `evaluation`, `delivery`, `report`, `purge`. */
  readonly job: string;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly outcome: 'ok' | 'failed';
  /** Code of the trouble, or `BUG`; `null` when it went well. */
  readonly code: string | null;
}

/** Keeps the last run of each job. */
export interface JobBook {
  note(run: JobRun): Promise<void>;
  lastRuns(): Promise<JobRun[]>;
}

export interface JobDeps {
  readonly jobs: JobBook;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a job that failed is noted with: the code of the trouble, or `BUG`. */
export function troubleCode(error: unknown): string {
  return error instanceof TroubleError ? error.code : 'BUG';
}

/** Notes how a job went. A note that cannot be kept while the database is away is only told in the log. */
export async function noteRun({ jobs, logger }: Pick<JobDeps, 'jobs' | 'logger'>, run: JobRun): Promise<void> {
  await jobs.note(run).catch((error: unknown) => {
    if (!(error instanceof TroubleError)) throw error;
    logger.debug({ job: run.job, code: error.code }, 'job run cannot be recorded');
  });
}

/**
 * Runs a job and notes how it went. What the job throws is thrown on; a note that cannot be kept is only a warning. Nothing is
 * mailed, judged or deleted by a clock that is not set: then the job rejects with `CLOCK_IMPLAUSIBLE`.
 */
export async function runJob<T>(deps: JobDeps, job: string, work: () => Promise<T>): Promise<T> {
  const { clock } = deps;
  requireClock(clock);
  const startedAt = clock.now();
  const startedMs = clock.monotonicMs();
  let code: string | null = null;
  try {
    return await work();
  } catch (error) {
    code = troubleCode(error);
    throw error;
  } finally {
    const durationMs = clock.monotonicMs() - startedMs;
    const outcome = code === null ? 'ok' : 'failed';
    await noteRun(deps, { job, startedAt, durationMs, outcome, code });
  }
}
