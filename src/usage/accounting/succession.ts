import type { FreshStamp, SampleStamp } from './counter.ts';
import { elapsedByMachine } from './span.ts';

/**
 * How a sample follows the last accepted one.
 * - `duplicate`: this very sample was committed before (its commit's answer was lost); nothing is to be done
 * - `late`: read before the stored one by another process, or possibly so; dropped
 * - `replaced`: another device answers under the router's address
 * - `rebooted`: every counter began again at 0 between the two, for certain
 * - `claimed`: the uptime grew, but by the wall clocks of two machines the router rebooted between the two
 * - `continued`: the same boot
 */
export type Succession = 'duplicate' | 'late' | 'replaced' | 'rebooted' | 'claimed' | 'continued';

export interface Verdict {
  readonly succession: Succession;
  /** The stored instant lay so far in the future that the clock must have been wrong when it was taken. */
  readonly clockStepped: boolean;
}

/** The clocks when a sample is judged. A held sample may be much older. */
export interface JudgedAt {
  /** Wall clock, Unix ms. */
  readonly nowAt: number;
  /** Monotonic clock of the process that read the sample, ms. */
  readonly nowMonotonicMs: number;
  /** No right wall clock shows an earlier instant, Unix ms. */
  readonly earliestAt: number;
}

/** Uptime has whole seconds and clocks drift: a boot instant that moved by less means nothing. */
const BOOT_TOLERANCE_MS = 5_000;
/** A stored instant further ahead than this was taken by a clock that has been set back since. */
const FUTURE_TOLERANCE_MS = 300_000;
/** Uptime is rounded down to whole seconds. */
const UPTIME_RESOLUTION_MS = 1_000;
/** A rebooting router is down for at least this long. */
const LEAST_REBOOT_MS = 1_000;
/** Replacing a router by another takes at least this long. */
const LEAST_EXCHANGE_MS = 10_000;
/** Two clocks drift apart by less than this share of the time. */
const DRIFT = 0.01;

/**
 * Judges a sample against the stored stamp (rules 1 to 3, see `accountSample`).
 *
 * The router's uptime is the authority on order and restarts. How far the boot instant moved is measured on the monotonic clock
 * where one process, or processes of one machine, read both samples. Where only wall clocks are left they decide nothing that could
 * invent a byte: a reboot is certain where the uptime fell by more than the age of the sample, and else no more than claimed.
 */
export function judgeSuccession(stored: SampleStamp, sample: FreshStamp, judged: JudgedAt): Verdict {
  const sameReader = stored.reader === sample.reader;
  const elapsedMs = trustedElapsed(stored, sample, judged.nowMonotonicMs);
  if (elapsedMs !== null && elapsedMs <= 0) return verdict(sameReader ? 'duplicate' : 'late');

  if (stored.serial !== null && sample.serial !== null && stored.serial !== sample.serial) {
    const isLate = elapsedMs === null && mayPrecedeExchange(stored, sample, judged);
    return verdict(isLate ? 'late' : 'replaced');
  }
  if (elapsedMs === null) return judgeByWallClock(stored, sample, judged);

  // The router read its uptime after it was asked, however long the answer took.
  const leastElapsedMs = sample.askedMs - stored.monotonicMs;
  const bootMovedMs = leastElapsedMs - (sample.uptimeMs - stored.uptimeMs);
  // A true reboot moves the boot instant by at least the whole uptime of the sample before it.
  if (bootMovedMs > toleranceMs(stored.uptimeMs)) return verdict('rebooted');
  // One process reads a router in order, so an uptime that fell can only mean a reboot.
  if (sameReader) return verdict(sample.uptimeMs < stored.uptimeMs ? 'rebooted' : 'continued');
  if (sample.uptimeMs >= stored.endUptimeMs) return verdict('continued');
  return verdict(fellForCertain(stored, sample, judged) ? 'rebooted' : 'late');
}

/** Two machines, or two boots of one: all that can be compared are the router's uptimes and two wall clocks. */
function judgeByWallClock(stored: SampleStamp, sample: FreshStamp, judged: JudgedAt): Verdict {
  const bootMovedMs = sample.sampledAt - stored.sampledAt - (sample.uptimeMs - stored.uptimeMs);
  const looksEarlier = bootMovedMs < -toleranceMs(sample.uptimeMs) && sample.sampledAt < stored.sampledAt;
  const inFuture = isInFuture(stored, judged);
  if (looksEarlier && !inFuture) return verdict('late');
  const clockStepped = looksEarlier && inFuture;

  if (sample.uptimeMs < stored.endUptimeMs) {
    // While the machine of the reader was stopped its monotonic clock stood still: then the wall clocks show that it is one boot.
    const looksSameBoot = Math.abs(bootMovedMs) <= Math.min(toleranceMs(stored.uptimeMs), FUTURE_TOLERANCE_MS);
    const isReboot = !looksSameBoot && fellForCertain(stored, sample, judged);
    return isReboot ? { succession: 'rebooted', clockStepped } : verdict('late');
  }
  if (mayPrecedeBoot(stored, sample, judged)) return verdict('late');

  const isDated = stored.sampledAt >= judged.earliestAt && sample.sampledAt >= judged.earliestAt;
  const isPossible = sample.sampledAt - sample.uptimeMs >= stored.sampledAt;
  const isClaimed = isDated && isPossible && bootMovedMs > toleranceMs(stored.uptimeMs);
  return { succession: isClaimed ? 'claimed' : 'continued', clockStepped };
}

/** A stored reading ahead of the clock that all processes of its machine share: the machine was set back to a snapshot, and that clock with it. */
function trustedElapsed(stored: SampleStamp, sample: SampleStamp, nowMonotonicMs: number): number | null {
  return stored.monotonicMs > nowMonotonicMs ? null : elapsedByMachine(stored, sample);
}

/**
 * Within one boot the stored uptime, read and committed by now, exceeds that of the sample by no more than the sample's age.
 * An uptime that fell by more means a reboot, whichever worker read it.
 */
function fellForCertain(stored: SampleStamp, sample: FreshStamp, judged: JudgedAt): boolean {
  const ageMs = longestAge(sample.askedMs, sample, judged);
  return stored.uptimeMs - sample.uptimeMs > ageMs * (1 + DRIFT) + UPTIME_RESOLUTION_MS;
}

/**
 * Whether the router may have rebooted and been read by the other process after this sample was complete. Then the boot of the
 * stored sample began since.
 */
function mayPrecedeBoot(stored: SampleStamp, sample: FreshStamp, judged: JudgedAt): boolean {
  return stored.uptimeMs + LEAST_REBOOT_MS <= longestAge(completeMs(sample), sample, judged) * (1 + DRIFT);
}

/** Monotonic time when the list was complete. */
function completeMs({ askedMs, uptimeMs, endUptimeMs }: FreshStamp): number {
  return askedMs + (endUptimeMs - uptimeMs - UPTIME_RESOLUTION_MS);
}

/** Whether the device may have been exchanged, and the other one been read by the other process, after this sample was complete. */
function mayPrecedeExchange(stored: SampleStamp, sample: FreshStamp, judged: JudgedAt): boolean {
  const looksEarlier = sample.sampledAt < stored.sampledAt && !isInFuture(stored, judged);
  return looksEarlier || longestAge(completeMs(sample), sample, judged) > LEAST_EXCHANGE_MS;
}

/** How long ago the process' monotonic instant was; a machine that was suspended knows by its wall clock. */
function longestAge(sinceMs: number, sample: SampleStamp, { nowAt, nowMonotonicMs }: JudgedAt): number {
  return Math.max(nowMonotonicMs - sinceMs, nowAt - sample.sampledAt - (sinceMs - sample.monotonicMs));
}

function isInFuture(stored: SampleStamp, { nowAt }: JudgedAt): boolean {
  return stored.sampledAt - nowAt > FUTURE_TOLERANCE_MS;
}

function verdict(succession: Succession): Verdict {
  return { succession, clockStepped: false };
}

function toleranceMs(uptimeMs: number): number {
  return Math.max(BOOT_TOLERANCE_MS, uptimeMs / 2);
}
