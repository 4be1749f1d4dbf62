import type { Baseline, RouterState, SampleStamp } from './counter.ts';

/** A stretch of time by the worker's wall clock, Unix ms; `endAt` is never before `startAt`. */
export interface Span {
  readonly startAt: number;
  readonly endAt: number;
}

/** Whole-second uptimes and drift make the clocks differ by this much without any step. */
const CLOCK_SLACK_MS = 5_000;
/** A wall clock that is being corrected gently runs ahead of the monotonic one, or behind it, by less between two samples. */
const MONOTONIC_SLACK_MS = 500;
/** A limit, because a clock that is wrong by decades must not fill the database with days. */
const LONGEST_SPAN_MS = 366 * 24 * 3_600_000;

/**
 * The time between two samples of one boot, as it dates bytes: it ends when the sample was taken and begins at the one before,
 * unless the wall clock stepped in between; then it is as long as the router's uptime says.
 */
export function intervalWithinBoot(stored: RouterState, sample: SampleStamp): Span {
  const byUptimeMs = Math.max(0, sample.uptimeMs - stored.uptimeMs);
  const byClockMs = sample.sampledAt - stored.sampledAt;
  const stepped = byClockMs <= 0 || byClockMs > byUptimeMs + CLOCK_SLACK_MS;
  return { startAt: stepped ? sample.sampledAt - byUptimeMs : stored.sampledAt, endAt: sample.sampledAt };
}

/**
 * How far the wall clock stepped between two samples of one boot, ms: what it says beyond the router's uptime, or beyond the reader's own
 * monotonic clock, which is exact, where the two agree (it stands still while its machine is suspended). 0 where clocks only drift.
 */
export function clockStepMs(stored: SampleStamp, sample: SampleStamp): number {
  const byClockMs = sample.sampledAt - stored.sampledAt;
  const byUptimeMs = sample.uptimeMs - stored.uptimeMs;
  const elapsedMs = elapsedByMachine(stored, sample);
  if (elapsedMs === null || Math.abs(elapsedMs - byUptimeMs) > CLOCK_SLACK_MS)
    return beyond(CLOCK_SLACK_MS, byClockMs - byUptimeMs);
  return beyond(MONOTONIC_SLACK_MS, byClockMs - elapsedMs);
}

/**
 * The same over a boot, where uptime tells nothing: how far the wall clock was set back, by the reader's monotonic clock; 0 where two
 * machines read. A clock that was set forward looks like a machine that was suspended.
 */
export function clockStepBackMs(stored: SampleStamp, sample: SampleStamp): number {
  const elapsedMs = elapsedByMachine(stored, sample);
  if (elapsedMs === null || elapsedMs < 0) return 0;
  return Math.min(0, beyond(MONOTONIC_SLACK_MS, sample.sampledAt - stored.sampledAt - elapsedMs));
}

/** The monotonic clock is no whole number of ms, instants are. */
function beyond(slackMs: number, stepMs: number): number {
  return Math.abs(stepMs) > slackMs ? Math.round(stepMs) : 0;
}

/** The time from the last sample of the boot before (if the clock can tell) to this one, and the boot instant between them. */
export function intervalOverBoot(stored: SampleStamp, sample: SampleStamp): { before: Span; since: Span } {
  const endAt = sample.sampledAt;
  const bootAt = endAt - sample.uptimeMs;
  const lastAt = lastSampledAt(stored, sample) ?? bootAt;
  const restartAt = Math.max(lastAt, bootAt);
  return { before: { startAt: Math.min(lastAt, restartAt), endAt: restartAt }, since: { startAt: restartAt, endAt } };
}

/** The time between two samples by the reader's clocks alone; empty when the wall clock was set back between two machines. */
export function intervalByClock(stored: SampleStamp, sample: SampleStamp): Span {
  return { startAt: lastSampledAt(stored, sample) ?? sample.sampledAt, endAt: sample.sampledAt };
}

/** Monotonic time from one sample to the other, ms, where one clock measured both; `null` where two did. */
export function elapsedByMachine(stored: SampleStamp, sample: SampleStamp): number | null {
  const isOneClock = stored.reader === sample.reader || (stored.bootId !== null && stored.bootId === sample.bootId);
  return isOneClock ? sample.monotonicMs - stored.monotonicMs : null;
}

/** The last sample's instant on the clock of the new one; `null` when a clock that was set back cannot tell. */
function lastSampledAt(stored: SampleStamp, sample: SampleStamp): number | null {
  if (stored.sampledAt < sample.sampledAt) return Math.max(stored.sampledAt, sample.sampledAt - LONGEST_SPAN_MS);
  const elapsedMs = elapsedByMachine(stored, sample);
  // The monotonic clock is no whole number of ms, instants are.
  return elapsedMs === null || elapsedMs < 0 ? null : Math.floor(sample.sampledAt - elapsedMs);
}

export function spanMs(span: Span): number {
  return span.endAt - span.startAt;
}

/** The smallest span that holds both; `null` stands for none. */
export function hull(one: Span | null, other: Span): Span {
  if (one === null) return other;
  return { startAt: Math.min(one.startAt, other.startAt), endAt: Math.max(one.endAt, other.endAt) };
}

/** The part of a span that lies within another; `null` where none does. */
export function clip(span: Span, within: Span): Span | null {
  const startAt = Math.max(span.startAt, within.startAt);
  const endAt = Math.min(span.endAt, within.endAt);
  return startAt < endAt ? { startAt, endAt } : null;
}

/** The same time in order, without overlaps; spans that touch are one. */
export function union(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const { startAt, endAt } of spans.toSorted((a, b) => a.startAt - b.startAt)) {
    const last = merged.at(-1);
    if (last === undefined || startAt > last.endAt) merged.push({ startAt, endAt });
    else merged[merged.length - 1] = { startAt: last.startAt, endAt: Math.max(last.endAt, endAt) };
  }
  return merged;
}

/** The span with an earlier start where `sinceAt` lies before it. */
export function startingAt(sinceAt: number, span: Span): Span {
  const startAt = Math.max(sinceAt, span.endAt - LONGEST_SPAN_MS);
  return startAt < span.startAt ? { startAt, endAt: span.endAt } : span;
}

/** The span, from when the row was last read if that is longer ago. A row of the last sample was read when the span begins, whatever clocks said then. */
export function sinceRead(old: Pick<Baseline, 'presence' | 'seenAt'>, span: Span): Span {
  return old.presence === 'present' ? span : startingAt(old.seenAt, span);
}
