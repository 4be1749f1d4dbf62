import { type Counts, countedBytes } from '../usage/accounting/quota.ts';
import type { UserHour } from './ports.ts';

const HOUR_MS = 3_600_000;

/** When a user began to run hot. */
export interface HotRun {
  readonly sinceAt: number;
  /** The most in one hour of it. */
  readonly peakBytes: bigint;
}

/** Counted bytes by UTC hour, ascending. */
export function hourlyBytes(counts: Counts, hours: readonly UserHour[]): (readonly [hourAt: number, bytes: bigint])[] {
  const byHour = new Map<number, bigint>();
  for (const hour of hours) byHour.set(hour.hourAt, (byHour.get(hour.hourAt) ?? 0n) + countedBytes(counts, hour));
  return [...byHour].sort(([a], [b]) => a - b);
}

/**
 * The last unbroken run of hours that took more than twice an even share of the limit, which would use it up in half the period.
 * `null` when no hour stands out.
 */
export function hotRun(
  profile: readonly (readonly [number, bigint])[],
  limitBytes: bigint,
  periodHours: number,
): HotRun | null {
  const hot = profile.filter(([, bytes]) => bytes * BigInt(periodHours) > limitBytes * 2n);
  const start = hot.findLastIndex(([hourAt], index) => hourAt - (hot[index - 1]?.[0] ?? 0) !== HOUR_MS);
  const [first, ...others] = hot.slice(Math.max(start, 0));
  if (first === undefined) return null;
  let peakBytes = first[1];
  for (const [, bytes] of others) if (bytes > peakBytes) peakBytes = bytes;
  return { sinceAt: first[0], peakBytes };
}

/** When the bytes of a period begin. */
export interface CountedSince {
  readonly day: string;
  /** The hour of that day in which the first byte was counted; `null` for its midnight. */
  readonly hourAt: number | null;
}

/**
 * Bytes of the last 60 minutes, or from the start of the day where that is less. Of the clock hour in which that time begins only the
 * sum is known: its share by time is taken.
 */
export function recentBytes(profile: readonly (readonly [number, bigint])[], now: number, dayStartAt: number) {
  const sinceAt = Math.max(now - HOUR_MS, dayStartAt);
  const bytes = profile.reduce((sum, [hourAt, part]) => {
    // Midnight cuts hours in zones with half hours.
    const fromAt = Math.max(hourAt, dayStartAt);
    const endAt = Math.min(hourAt + HOUR_MS, now);
    if (endAt <= sinceAt) return sum;
    if (fromAt >= sinceAt) return sum + part;
    return sum + (part * BigInt(endAt - sinceAt)) / BigInt(endAt - fromAt);
  }, 0n);
  return { sinceAt, bytes, durationMs: now - sinceAt };
}
