import type { Clock } from './clock.ts';
import { createScheduler } from './scheduler.ts';

const MINUTE_MS = 60_000;

/**
 * Calls `run` at the start of every minute of the clock until the returned function is called. The clock may step by decades: the wait is
 * never longer than a minute, and never none.
 */
export function everyMinute(clock: Clock, run: () => void): () => void {
  const scheduler = createScheduler({
    jobs: [{ nextAfter: (at) => Math.floor(at / MINUTE_MS + 1) * MINUTE_MS, run: async () => run() }],
    clock,
    onBug(error) {
      throw error;
    },
  });
  scheduler.start();
  return () => void scheduler.stop(0);
}
