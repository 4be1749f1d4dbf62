import { type Clock, systemClock } from '../../src/runtime/clock.ts';

/** The real clock, which knows how many of its timers wait: after a test there should be none. */
export interface CountingClock extends Clock {
  pending(): number;
}

export function createCountingClock(): CountingClock {
  const waiting = new Set<object>();
  return {
    now: systemClock.now,
    monotonicMs: systemClock.monotonicMs,
    bootId: systemClock.bootId,
    earliestAt: systemClock.earliestAt,
    after(delayMs, run) {
      const timer = {};
      waiting.add(timer);
      const cancel = systemClock.after(delayMs, () => {
        waiting.delete(timer);
        run();
      });
      return () => {
        waiting.delete(timer);
        cancel();
      };
    },
    pending: () => waiting.size,
  };
}
