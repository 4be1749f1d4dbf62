import { TroubleError } from './errors.ts';
import { findBootId } from './machine.ts';
import { RELEASED_AT } from './release.ts';

/** Time as the worker sees it. Passed in everywhere, so that tests and the demo can set it. */
export interface Clock {
  /** Wall clock, Unix milliseconds. It may step. */
  now(): number;
  /** Milliseconds on a clock that never steps; only differences mean something, within one process or one `bootId`. */
  monotonicMs(): number;
  /** The boot of the machine whose processes all share this monotonic clock; `null` where it is not known. */
  readonly bootId: string | null;
  /** No right clock shows an earlier instant, Unix ms. */
  readonly earliestAt: number;
  /** Calls `run` once after `delayMs`; the returned function cancels it and may be called at any time. */
  after(delayMs: number, run: () => void): () => void;
}

/** Node accepts no longer delay in one timer (2^31 - 1 ms, about 24.8 days); a longer one would fire at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  // CLOCK_MONOTONIC, which counts from the boot of the machine (ADR 6); `performance.now()` counts from the start of the process.
  monotonicMs: () => Number(process.hrtime.bigint()) / 1e6,
  bootId: findBootId(),
  earliestAt: RELEASED_AT,
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(Math.max(delayMs, 0), LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/** Resolves after `delayMs`, or when the signal comes. */
export function pause(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(delayMs, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** The trouble of a wall clock that cannot be right; `null` when it can. */
export function clockTrouble(clock: Pick<Clock, 'now' | 'earliestAt'>): TroubleError | null {
  const now = clock.now();
  if (now >= clock.earliestAt) return null;
  const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);
  return new TroubleError(
    'CLOCK_IMPLAUSIBLE',
    `the clock of this machine shows ${dayOf(now)}, but this version was released on ${dayOf(clock.earliestAt)}`,
    'Set the clock and use NTP: timedatectl set-ntp true. Until then nothing is booked, mailed or deleted; samples wait in memory.',
  );
}

/** Throws the trouble of a wall clock that cannot be right: by such a clock nothing is to be mailed or deleted. */
export function requireClock(clock: Pick<Clock, 'now' | 'earliestAt'>): void {
  const trouble = clockTrouble(clock);
  if (trouble !== null) throw trouble;
}
