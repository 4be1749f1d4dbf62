import type { FailureCode, IllCode } from './observation.ts';

/**
 * - `up`: it answered last time
 * - `suspect`: it did not; counts as up until confirmed, then as down from its first failure
 * - `down`: it failed several times in a row, and a last quick check failed too
 * - `unreachable`: it does not answer, and the device in front of it is down
 * - `unknown`: nobody can tell: not checked yet, no worker ran, or our own line was down
 * - `maintenance`: a maintenance window is open; nothing is judged
 * - `paused`: it is left alone
 */
export type State = 'up' | 'suspect' | 'down' | 'unreachable' | 'unknown' | 'maintenance' | 'paused';

export const STATES: readonly State[] = ['up', 'suspect', 'down', 'unreachable', 'unknown', 'maintenance', 'paused'];

/** What time counts as. `unknown` is neither up nor down. */
export type TimeKind = 'up' | 'down' | 'unknown';

/** Some time of a device, dated by its end. Its length is measured on the monotonic clock, so a clock that is set changes no total. */
export interface Slice {
  /** Unix ms. */
  readonly endsAt: number;
  readonly ms: number;
  readonly kind: TimeKind;
}

/** When something was, on both clocks. `monotonicMs` is `null` when another process saw it. */
export interface Moment {
  /** Unix ms. */
  readonly at: number;
  readonly monotonicMs: number | null;
}

/** What is known of one device: all that `assess` needs of the past. */
export interface Health {
  readonly device: string;
  readonly state: State;
  /** Since when it is in this state, Unix ms. */
  readonly since: number;
  /** What ails it; `null`: nothing. */
  readonly code: FailureCode | IllCode | null;
  readonly reason: string | null;
  /** Of the last answer. */
  readonly latencyMs: number | null;
  /** The last look that showed something. */
  readonly lookedAt: Moment | null;
  readonly answeredAt: Moment | null;
  /** Failed looks in a row that count. */
  readonly failures: number;
  /** The first of them; `null`: there is none. */
  readonly failingSince: Moment | null;
  /** Answers in a row while it is down. */
  readonly answers: number;
  /** Looks in a row that showed nothing, by a fault of our own. */
  readonly unseen: number;
  /** Time since the first failure, until it is settled what it counts as, ms by their ends. */
  readonly held: readonly Omit<Slice, 'kind'>[];
  /** Of the last looks `u` (up) or `d` (down), the latest last. */
  readonly checks: string;
  /** Since when it goes up and down, Unix ms; `null`: it does not. */
  readonly flappingSince: number | null;
  /** When its open incident began, Unix ms; `null`: none is open. Longer than the state is `down`: until it is up again. */
  readonly downSince: number | null;
  /** Since when it answers without being readable, as with a wrong login, Unix ms; `null`: it is not so. */
  readonly illSince: number | null;
}

/** A change of state. */
export interface Transition {
  readonly device: string;
  /** Unix ms. */
  readonly at: number;
  readonly from: State;
  readonly to: State;
  readonly reason: string | null;
  readonly latencyMs: number | null;
}

/** A device that nobody has looked at. */
export function newHealth(device: string, at: number): Health {
  return {
    device,
    state: 'unknown',
    since: at,
    code: null,
    reason: 'not checked yet',
    latencyMs: null,
    lookedAt: null,
    answeredAt: null,
    failures: 0,
    failingSince: null,
    answers: 0,
    unseen: 0,
    held: [],
    checks: '',
    flappingSince: null,
    downSince: null,
    illSince: null,
  };
}

/** What time in a state counts as. */
export function timeKindOf(state: State): TimeKind {
  if (state === 'up' || state === 'suspect') return 'up';
  return state === 'down' ? 'down' : 'unknown';
}
