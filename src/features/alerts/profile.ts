import { type Counts, countedBytes } from '../../accounting/quota.ts';
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

/** Bytes from the start of the hour before the present one until now, and how long that is. */
export function recentBytes(profile: readonly (readonly [number, bigint])[], now: number) {
  const sinceAt = Math.floor(now / HOUR_MS) * HOUR_MS - HOUR_MS;
  const bytes = profile.filter(([hourAt]) => hourAt >= sinceAt).reduce((sum, [, part]) => sum + part, 0n);
  return { sinceAt, bytes, durationMs: now - sinceAt };
}
