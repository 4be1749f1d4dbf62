import type { Clock } from './clock.ts';

/** A job that comes again and again; it never overlaps itself. */
export interface ScheduledJob {
  /** The next instant after `at` (Unix ms) it is due. */
  nextAfter(at: number): number;
  /** Must not reject: trouble is the job's own business; what it throws is a bug and goes to `onBug`. */
  run(signal: AbortSignal): Promise<void>;
}

export interface Scheduler {
  start(): void;
  /** Starts no further run, aborts those in progress after `graceMs` and waits for them. */
  stop(graceMs: number): Promise<void>;
}

/** Runs jobs when they are due. A run that overruns its next instant skips it: counters are cumulative, nothing is lost. */
export function createScheduler(deps: {
  readonly jobs: readonly ScheduledJob[];
  readonly clock: Clock;
  readonly onBug: (error: unknown) => void;
}): Scheduler {
  const { jobs, clock, onBug } = deps;
  const aborter = new AbortController();
  const timers = new Set<() => void>();
  const running = new Set<Promise<void>>();
  let stopped = false;

  function plan(job: ScheduledJob): void {
    if (stopped) return;
    const now = clock.now();
    const cancel = clock.after(job.nextAfter(now) - now, () => {
      timers.delete(cancel);
      const run = job
        .run(aborter.signal)
        .catch(onBug)
        .finally(() => {
          running.delete(run);
          plan(job);
        });
      running.add(run);
    });
    timers.add(cancel);
  }

  return {
    start: () => jobs.forEach(plan),
    async stop(graceMs) {
      stopped = true;
      for (const cancel of timers) cancel();
      timers.clear();
      const cancelAbort = clock.after(graceMs, () => aborter.abort());
      await Promise.all(running);
      cancelAbort();
    },
  };
}
