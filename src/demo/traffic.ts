import type { Counter } from '../usage/accounting/counter.ts';

/** Numbers from 0 to below 1, the same for the same seed. */
export type Random = () => number;

/** mulberry32, by Tommy Ettinger (public domain): small, fast and even enough for a demonstration. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** When in the day a kind of user is busy: weight by local hour, about 1 on average. */
const HOURLY_WEIGHTS = {
  office: [
    0.1, 0.1, 0.1, 0.1, 0.1, 0.2, 0.4, 0.9, 1.8, 2.4, 2.6, 2.4, 1.6, 2.2, 2.6, 2.5, 2.1, 1.4, 0.7, 0.4, 0.3, 0.2, 0.2,
    0.1,
  ],
  home: [
    1.0, 0.6, 0.3, 0.2, 0.2, 0.3, 0.5, 0.8, 0.8, 0.7, 0.7, 0.8, 1.0, 1.0, 0.9, 1.0, 1.2, 1.4, 1.7, 2.0, 2.3, 2.3, 1.9,
    1.4,
  ],
} as const;

export type Rhythm = keyof typeof HOURLY_WEIGHTS;

export interface Habit {
  readonly rhythm: Rhythm;
  /** What the user moves on an average day. */
  readonly dailyBytes: number;
  /** Share of it that is upload, 0 to 1. */
  readonly uploadShare: number;
}

const HOURS = 24;
const DAY_MS = HOURS * 3_600_000;
const IDLE_SHARE = 0.3;

/** Bytes of a user in some time: they depend on the hour of the day and come in bursts. `hour` is local and has a fraction. */
export function trafficOf(habit: Habit, hour: number, durationMs: number, random: Random): Counter {
  const weights = HOURLY_WEIGHTS[habit.rhythm];
  const from = weights[Math.floor(hour) % HOURS] ?? 0;
  const to = weights[Math.floor(hour + 1) % HOURS] ?? 0;
  const weight = from + (to - from) * (hour % 1);
  // Idle for a share of the time, else exponential: the mean stays 1.
  const burst = random() < IDLE_SHARE ? 0 : -Math.log(1 - random()) / (1 - IDLE_SHARE);
  const bytes = (habit.dailyBytes * weight * burst * durationMs) / DAY_MS;
  return {
    uploadBytes: BigInt(Math.round(bytes * habit.uploadShare)),
    downloadBytes: BigInt(Math.round(bytes * (1 - habit.uploadShare))),
  };
}
