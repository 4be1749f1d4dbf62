import type { StoredSpan } from './ports.ts';
import type { KeptFigure } from './spans.ts';

/** A figure within one slot of time. */
export interface SlotValue {
  readonly min: number;
  readonly mean: number;
  readonly max: number;
}

/** How a device was within one slot of time. What is neither up nor down nobody saw. */
export interface Slot {
  /** Unix ms. */
  readonly startsAt: number;
  /** Shares of the part of it that is over and written, together 1 at most. */
  readonly up: number;
  readonly down: number;
  /** None of it is over for so long that it must be written: what is not there is not called unseen. */
  readonly isOpen: boolean;
  /** No figure of a slot in which there was none. */
  readonly values: ReadonlyMap<KeptFigure, SlotValue>;
}

/** Some time of a device, slot by slot, without holes. */
export interface Series {
  readonly startsAt: number;
  readonly endsAt: number;
  readonly slots: readonly Slot[];
  /** Sums of all slots. */
  readonly upMs: number;
  readonly downMs: number;
}

/** What happens is written up to so much later; time since the first failure is settled later still. */
const NOT_YET_MS = 120_000;

/**
 * The slots of `stepMs` from the one of `fromAt` to the one of `now`; `spans` are of this length and in order of time. The last slot counts
 * only as far as it is over; nothing that is still to be written is called unseen.
 */
export function seriesOf(
  spans: readonly StoredSpan[],
  { fromAt, now, stepMs }: { readonly fromAt: number; readonly now: number; readonly stepMs: number },
): Series {
  const startsAt = Math.floor(fromAt / stepMs) * stepMs;
  const endsAt = Math.max(startsAt, Math.floor(now / stepMs) * stepMs) + stepMs;
  const known = new Map(spans.map((span) => [span.startsAt, span]));
  const slots: Slot[] = [];
  for (let at = startsAt; at < endsAt; at += stepMs) slots.push(slotOf(known.get(at), at, stepMs, now));
  const within = spans.filter((span) => span.startsAt >= startsAt && span.startsAt < endsAt);
  return {
    ...{ startsAt, endsAt, slots },
    upMs: within.reduce((sum, { upMs }) => sum + upMs, 0),
    downMs: within.reduce((sum, { downMs }) => sum + downMs, 0),
  };
}

function slotOf(span: StoredSpan | undefined, startsAt: number, stepMs: number, now: number): Slot {
  const [upMs, downMs] = [span?.upMs ?? 0, span?.downMs ?? 0];
  const settledMs = Math.min(stepMs, Math.max(0, now - NOT_YET_MS - startsAt));
  // A clock that was set may leave more in a slot than it is long.
  const wholeMs = Math.max(upMs + downMs, settledMs);
  const values = new Map<KeptFigure, SlotValue>();
  for (const [figure, { count, min, sum, max }] of span?.figures ?? []) {
    if (count > 0) values.set(figure, { min, mean: sum / count, max });
  }
  return { startsAt, up: shareOf(upMs, wholeMs), down: shareOf(downMs, wholeMs), isOpen: settledMs === 0, values };
}

function shareOf(ms: number, wholeMs: number): number {
  return wholeMs <= 0 ? 0 : ms / wholeMs;
}
