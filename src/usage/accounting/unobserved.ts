import { clip, type Span, spanMs, union } from './span.ts';

/** How long one queue was not observed, as its days say. */
export interface QueueGaps {
  readonly router: string;
  readonly queue: string;
  readonly user: string;
  readonly isParent: boolean;
  readonly unobservedMs: number;
}

/** When one queue was not observed, as on record: whole, not cut at midnights. */
export interface QueueSpan extends Span {
  readonly router: string;
  readonly queue: string;
  readonly user: string;
  readonly isParent: boolean;
}

/**
 * Whether the lengths alone do not tell for how long at least one of the queues was not observed: several of them have gaps, and only
 * their spans say what of it was the same time.
 */
export function needsSpans(queues: readonly Pick<QueueGaps, 'unobservedMs'>[]): boolean {
  return queues.filter(({ unobservedMs }) => unobservedMs > 0).length > 1;
}

/**
 * For how long, within a stretch of time, at least one of the queues was not observed, ms: the union of their spans. Time of which only
 * the length is on record (days that version 0.1.0 booked) may lie anywhere: it is added, so that never less is told than it was, and
 * never more than the stretch is long.
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
