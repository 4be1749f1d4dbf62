import type { Clock } from './clock.ts';

/** A job that comes again and again; it never overlaps itself. */
export interface ScheduledJob {
  /** The next instant after `at` (Unix ms) it is due. */
  nextAfter(at: number): number;
  /** Must not reject: the job handles its trouble itself; an error it throws is a bug and goes to `onBug`. */
  run(signal: AbortSignal): Promise<void>;
}

/** Takes a job out: starts no further run, aborts the one in progress after `graceMs` and waits for it. */
export type RemoveJob = (graceMs: number) => Promise<void>;

export interface Scheduler {
  start(): void;
  /** Adds a job, also while the others run. After `stop` it is never started. */
  add(job: ScheduledJob): RemoveJob;
  /** Starts no further run, aborts those in progress after `graceMs` and waits for them. */
  stop(graceMs: number): Promise<void>;
}

/** Runs jobs when they are due. A run that overruns its next instant skips it: counters are cumulative, nothing is lost. */
export function createScheduler(deps: {
  readonly jobs: readonly ScheduledJob[];
  readonly clock: Clock;
  readonly onBug: (error: unknown) => void;
}): Scheduler {
  const loops = new Set<Loop>();
  let state: 'made' | 'started' | 'stopped' = 'made';

  function add(job: ScheduledJob): RemoveJob {
    const loop = createLoop(job, deps);
    loops.add(loop);
    if (state === 'started') loop.start();
    return async (graceMs) => {
      await loop.stop(graceMs);
      loops.delete(loop);
    };
  }

  for (const job of deps.jobs) add(job);
  return {
    add,
    start() {
      state = 'started';
      for (const loop of loops) loop.start();
    },
    async stop(graceMs) {
      state = 'stopped';
      await Promise.all([...loops].map((loop) => loop.stop(graceMs)));
    },
  };
}

interface Loop {
  start(): void;
  stop(graceMs: number): Promise<void>;
}

/** One job: it waits for its instant, or it runs. */
function createLoop(
  job: ScheduledJob,
  { clock, onBug }: { readonly clock: Clock; readonly onBug: (error: unknown) => void },
): Loop {
  const aborter = new AbortController();
  let cancelTimer = () => {};
  let running: Promise<void> | null = null;
  let stopped = false;

  function plan(): void {
    if (stopped) return;
    const now = clock.now();
    cancelTimer = clock.after(job.nextAfter(now) - now, () => {
      running = job
        .run(aborter.signal)
        .catch(onBug)
        .finally(() => {
          running = null;
          plan();
        });
    });
  }

  return {
    start: plan,
    async stop(graceMs) {
      stopped = true;
      cancelTimer();
      if (running === null) return;
      const cancelAbort = clock.after(graceMs, () => aborter.abort());
      await running;
      cancelAbort();
    },
  };
}
