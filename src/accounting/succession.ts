import type { RouterState, SampleStamp } from './counter.ts';

/**
 * How a sample follows the last accepted one.
 * - `duplicate`: this very sample was committed before (its commit's answer was lost); nothing is to be done
 * - `late`: read before the stored one by another process; dropped
 * - `replaced`: another device answers under the router's address
 * - `rebooted`: every counter began again at 0 between the two
 * - `continued`: the same boot
 */
export type Succession = 'duplicate' | 'late' | 'replaced' | 'rebooted' | 'continued';

export interface Verdict {
  readonly succession: Succession;
  /** The stored instant lay so far in the future that the clock must have been wrong when it was taken. */
  readonly clockStepped: boolean;
}

/** Uptime has whole seconds and clocks drift: a boot instant that moved by less says nothing. */
const BOOT_TOLERANCE_MS = 5_000;
/** A stored instant further ahead than this was taken by a clock that has been set back since. */
const FUTURE_TOLERANCE_MS = 300_000;

/**
 * Judges a sample against the stored stamp (DESIGN section 4, rules 1 to 3).
 *
 * The router's uptime is the authority on order and restarts. How far the boot instant moved is measured on the reader's
 * monotonic clock when one process read both samples, so that no step of the wall clock can look like a reboot; between
 * processes only the wall clocks can be compared.
 *
 * @param nowAt the worker's wall clock at the time of judging, Unix ms (a held sample may be older)
 */
export function judgeSuccession(stored: RouterState, sample: SampleStamp, nowAt: number): Verdict {
  const sameReader = stored.reader === sample.reader;
  if (sameReader && sample.monotonicMs <= stored.monotonicMs) return verdict('duplicate');

  const olderByClock = sample.sampledAt < stored.sampledAt;
  const storedInFuture = stored.sampledAt - nowAt > FUTURE_TOLERANCE_MS;

  if (stored.serial !== null && sample.serial !== null && stored.serial !== sample.serial) {
    return verdict(!sameReader && olderByClock && !storedInFuture ? 'late' : 'replaced');
  }

  const elapsedMs = sameReader ? sample.monotonicMs - stored.monotonicMs : sample.sampledAt - stored.sampledAt;
  const bootMovedMs = elapsedMs - (sample.uptimeMs - stored.uptimeMs);
  // A true reboot moves the boot instant by at least the whole uptime of the sample before it.
  if (bootMovedMs > toleranceMs(stored.uptimeMs)) return verdict('rebooted');

  // One process reads a router in order, so an uptime that fell can only mean a reboot.
  if (sameReader) return verdict(sample.uptimeMs < stored.uptimeMs ? 'rebooted' : 'continued');

  const ofEarlierBoot = bootMovedMs < -toleranceMs(sample.uptimeMs);
  if (ofEarlierBoot && olderByClock) {
    if (!storedInFuture) return verdict('late');
    return { succession: sample.uptimeMs < stored.uptimeMs ? 'rebooted' : 'continued', clockStepped: true };
  }
  return verdict(sample.uptimeMs < stored.endUptimeMs ? 'late' : 'continued');
}

function verdict(succession: Succession): Verdict {
  return { succession, clockStepped: false };
}

function toleranceMs(uptimeMs: number): number {
  return Math.max(BOOT_TOLERANCE_MS, uptimeMs / 2);
}
