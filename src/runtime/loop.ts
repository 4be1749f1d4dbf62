import type { Clock } from './clock.ts';

/** Does something again and again. */
export interface Loop {
  /** The first time is one interval from now. */
  start(): void;
  /** The first time is now; waits for it. */
  startNow(): Promise<void>;
  /** Waits for what is being done. */
  stop(): Promise<void>;
}

/**
 * Runs `work` so long after each time it has ended, in ms, so that no two overlap. `work` tells its own trouble and bugs: it does not
 * reject.
 */
export function createLoop({
  everyMs,
  work,
  clock,
}: {
  readonly everyMs: number;
  readonly work: () => Promise<void>;
  readonly clock: Pick<Clock, 'after'>;
}): Loop {
  let isRunning = false;
  let cancelTimer = () => {};
  let current: Promise<void> = Promise.resolve();

  async function workAndSleep(): Promise<void> {
    await work();
    schedule();
  }

  function schedule(): void {
    if (!isRunning) return;
    cancelTimer = clock.after(everyMs, () => {
      current = workAndSleep();
    });
  }

  return {
    start() {
      isRunning = true;
      schedule();
    },
    async startNow() {
      isRunning = true;
      current = workAndSleep();
      await current;
    },
    async stop() {
      isRunning = false;
      cancelTimer();
      await current;
    },
  };
}
