import type { Clock } from '../runtime/clock.ts';
import { type End, IDLE, TOO_LONG } from './ends.ts';

const MINUTE_MS = 60_000;
const IDLE_MS = 10 * MINUTE_MS;
const LONGEST_MS = 8 * 60 * MINUTE_MS;

/** Watches how long a terminal is open, and how long nothing was typed. */
export interface TimeLimits {
  /** Somebody typed. */
  typed(): void;
  stop(): void;
}

/** `over` is called once, unless it is stopped before. */
export function createTimeLimits(clock: Clock, over: (why: End) => void): TimeLimits {
  let typedMs = clock.monotonicMs();
  const cancelLongest = clock.after(LONGEST_MS, () => finish(TOO_LONG));
  let cancelIdle = watch(IDLE_MS);

  function watch(delayMs: number): () => void {
    return clock.after(delayMs, () => {
      const leftMs = typedMs + IDLE_MS - clock.monotonicMs();
      if (leftMs <= 0) finish(IDLE);
      else cancelIdle = watch(leftMs);
    });
  }

  function stop(): void {
    cancelLongest();
    cancelIdle();
  }

  function finish(why: End): void {
    stop();
    over(why);
  }

  return {
    typed() {
      typedMs = clock.monotonicMs();
    },
    stop,
  };
}
