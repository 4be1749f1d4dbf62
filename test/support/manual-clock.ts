import type { Clock } from '../../src/runtime/clock.ts';

/** A clock that moves only when told to. */
export interface ManualClock extends Clock {
  /** Moves both clocks on, calling what falls due on the way, in order. */
  advance(byMs: number): void;
  /** Steps the wall clock alone, as NTP or an admin does. */
  step(byMs: number): void;
  /** Timers that wait. */
  pending(): number;
}

export function createManualClock(
  startAt: number,
  { earliestAt = 0, bootId = null }: { readonly earliestAt?: number; readonly bootId?: string | null } = {},
): ManualClock {
  const timers = new Set<{ readonly dueMs: number; readonly run: () => void }>();
  let wallAt = startAt;
  let monotonicMs = 0;

  function moveTo(targetMs: number): void {
    wallAt += targetMs - monotonicMs;
    monotonicMs = targetMs;
  }

  return {
    now: () => wallAt,
    monotonicMs: () => monotonicMs,
    bootId,
    earliestAt,
    after(delayMs, run) {
      const timer = { dueMs: monotonicMs + Math.max(delayMs, 0), run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(byMs) {
      const endMs = monotonicMs + byMs;
      for (;;) {
        const [next] = [...timers].filter((timer) => timer.dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs);
        if (next === undefined) break;
        timers.delete(next);
        moveTo(next.dueMs);
        next.run();
      }
      moveTo(endMs);
    },
    step(byMs) {
      wallAt += byMs;
    },
    pending: () => timers.size,
  };
}
