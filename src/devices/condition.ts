/** A router is late only after both: so many intervals without a booked poll, and so many polls that ended without one. */
const LATE_AFTER_INTERVALS = 3;
const LATE_AFTER_POLLS = 2;

/** What is known of a router's polls. */
export interface PollsSoFar {
  /** Since it was last booked; of one that never was, since it was first tried. */
  readonly ageMs: number;
  /** Polls in a row that ended without a booking. */
  readonly unbookedPolls: number;
  /** Since any poll ended, or since the first one is to be expected. */
  readonly silentMs: number;
  readonly everyMs: number;
  /** What the last booked poll took: a router that takes longer than the interval is read as often as it can be. */
  readonly tookMs: number;
}

/**
 * Whether a router counts as late, not read, missing. That is not before three intervals and two failed polls, whichever is later: neither
 * one failed poll nor a long interval is an outage. Where no poll ends at all for three intervals (it hangs, or no worker runs), there is
 * nothing to count, and the router is late too.
 */
export function isLate({ ageMs, unbookedPolls, silentMs, everyMs, tookMs }: PollsSoFar): boolean {
  const limitMs = LATE_AFTER_INTERVALS * Math.max(everyMs, tookMs);
  return ageMs > limitMs && (unbookedPolls >= LATE_AFTER_POLLS || silentMs > limitMs);
}
