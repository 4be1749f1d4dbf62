import { clip, type Span, spanMs, union } from './span.ts';

/** How long one queue was not observed, from its daily sums. */
export interface QueueGaps {
  readonly router: string;
  readonly queue: string;
  readonly user: string;
  readonly isParent: boolean;
  readonly unobservedMs: number;
}

/** When one queue was not observed, as stored: whole, not cut at midnights. */
export interface QueueSpan extends Span {
  readonly router: string;
  readonly queue: string;
  readonly user: string;
  readonly isParent: boolean;
}

/**
 * Whether spans are needed to compute for how long at least one of the queues was not observed: several of them have gaps, and only
 * spans show which gaps overlap.
 */
export function needsSpans(queues: readonly Pick<QueueGaps, 'unobservedMs'>[]): boolean {
  return queues.filter(({ unobservedMs }) => unobservedMs > 0).length > 1;
}

/**
 * For how long, within a stretch of time, at least one of the queues was not observed, ms: the union of their spans. Where only
 * the length is stored (days that version 0.1.0 booked) the time may lie anywhere: it is added, so that the result is never too small,
 * but limited to the length of the stretch.
 *
 * @param queues of one user
 * @param spans of any queues; those of others are passed over. Not needed where `needsSpans` says so
 */
export function unobservedTogether(queues: readonly QueueGaps[], spans: readonly QueueSpan[], within: Span): number {
  const inAll = queues.reduce((sum, { unobservedMs }) => sum + unobservedMs, 0);
  if (!needsSpans(queues)) return inAll;
  const byQueue = Map.groupBy(spans, keyOf);
  let unplacedMs = 0;
  const placed: Span[] = [];
  for (const queue of queues) {
    const own = union((byQueue.get(keyOf(queue)) ?? []).flatMap((span) => clip(span, within) ?? []));
    unplacedMs += Math.max(0, queue.unobservedMs - lengthOf(own));
    placed.push(...own);
  }
  return Math.min(spanMs(within), lengthOf(union(placed)) + unplacedMs);
}

function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, span) => sum + spanMs(span), 0);
}

function keyOf({ router, queue, user, isParent }: Omit<QueueGaps, 'unobservedMs'>): string {
  return JSON.stringify([router, queue, user, isParent]);
}
