import type { Clock } from '../runtime/clock.ts';

/** A clock that runs faster than the host's, and stops while an operation needs real time. */
export interface VirtualClock extends Clock {
  /** Stops time until the returned function is called; holds may overlap. */
  hold(): () => void;
  /** Ends time: no timer runs any more. */
  stop(): void;
}

export interface VirtualClockOptions {
  /** Where its wall clock begins, Unix ms. */
  readonly startAt: number;
  /** Virtual time that passes in one unit of the host's. */
  readonly speed: number;
  readonly host: Clock;
}

/** How often time moves, host ms. */
const TICK_MS = 5;
/** A host that was busy for longer than this makes time pass more slowly instead of letting it leap, host ms. */
const LONGEST_STEP_MS = 4 * TICK_MS;

interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
}

/**
 * Time stands still within a turn of the event loop, and every timer that falls due gets its own turn: what it starts (e.g. a hold)
 * takes effect before time continues. With a free-running clock at 1,000 times the speed, a delay of a millisecond would shift a
 * router's uptime by a second against the reader's clock.
 */
export function createVirtualClock({ startAt, speed, host }: VirtualClockOptions): VirtualClock {
  const timers = new Set<Timer>();
  let virtualMs = 0;
  let holds = 0;
  let lastHostMs = host.monotonicMs();
  let cancelTick = host.after(TICK_MS, tick);

  function tick(): void {
    const hostMs = host.monotonicMs();
    const passedMs = Math.min(hostMs - lastHostMs, LONGEST_STEP_MS);
    lastHostMs = hostMs;
    runUntil(virtualMs + passedMs * speed);
  }

  function runUntil(targetMs: number): void {
    if (holds === 0) {
      const next = firstDue(targetMs);
      virtualMs = Math.max(virtualMs, next?.dueMs ?? targetMs);
      if (next !== undefined) {
        cancelTick = host.after(0, () => runUntil(targetMs));
        timers.delete(next);
        next.run();
        return;
      }
    }
    cancelTick = host.after(TICK_MS, tick);
  }

  function firstDue(untilMs: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of timers) {
      if (timer.dueMs <= untilMs && (first === undefined || timer.dueMs < first.dueMs)) first = timer;
    }
    return first;
  }

  return {
    now: () => startAt + Math.floor(virtualMs),
    monotonicMs: () => virtualMs,
    bootId: null,
    earliestAt: startAt,
    after(delayMs, run) {
      const timer = { dueMs: virtualMs + Math.max(delayMs, 0), run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    hold() {
      let held = true;
      holds += 1;
      return () => {
        if (held) holds -= 1;
        held = false;
      };
    },
    stop() {
      cancelTick();
      timers.clear();
    },
  };
}

/** The same clock for work that is not worth more than a look each `shortestMs` of its time: no timer of it runs sooner. */
export function withCoarseTimers(clock: Clock, shortestMs: number): Clock {
  return { ...clock, after: (delayMs, run) => clock.after(Math.max(delayMs, shortestMs), run) };
}
