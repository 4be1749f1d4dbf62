import type { Counter } from '../usage/accounting/counter.ts';
import type { QueueDay } from '../usage/ports.ts';
import { add, type QueueTruth, ZERO } from './truth.ts';

/** What the worker booked for one queue, beside what truly happened. */
export interface BookLine {
  readonly router: string;
  readonly queue: string;
  readonly user: string;
  readonly booked: Counter;
  readonly restarts: number;
  readonly unobservedMs: number;
  readonly truth: QueueTruth;
}

/** Sums of both directions. */
export interface BookTotals {
  readonly bookedBytes: bigint;
  readonly trueBytes: bigint;
  /** Gone before any list could show them. */
  readonly unobservableBytes: bigint;
  readonly restarts: number;
  readonly unobservedMs: number;
}

/** One line for each queue the routers know of or the database knows; `truths` by router and queue name. */
export function compareBooks(
  days: readonly QueueDay[],
  truths: ReadonlyMap<string, ReadonlyMap<string, QueueTruth>>,
): BookLine[] {
  const lines = new Map<string, BookLine>();
  for (const [router, queues] of truths) {
    for (const [queue, truth] of queues)
      lines.set(keyOf(router, queue), { ...NOTHING_BOOKED, router, queue, user: queue, truth });
  }
  for (const day of days) {
    const key = keyOf(day.router, day.queue);
    const known = lines.get(key) ?? { ...NOTHING_BOOKED, router: day.router, queue: day.queue, truth: NOTHING_MOVED };
    lines.set(key, {
      ...known,
      user: day.user,
      booked: add(known.booked, day),
      restarts: known.restarts + day.restarts,
      unobservedMs: known.unobservedMs + day.unobservedMs,
    });
  }
  return [...lines.values()];
}

const NOTHING_BOOKED = { booked: ZERO, restarts: 0, unobservedMs: 0 };
const NOTHING_MOVED: QueueTruth = { moved: ZERO, observable: ZERO, lost: ZERO, unserved: ZERO };

function keyOf(router: string, queue: string): string {
  return JSON.stringify([router, queue]);
}

/** Bytes in both directions. */
export function totalOf({ uploadBytes, downloadBytes }: Counter): bigint {
  return uploadBytes + downloadBytes;
}

export function sumLines(lines: readonly BookLine[]): BookTotals {
  const totals = { bookedBytes: 0n, trueBytes: 0n, unobservableBytes: 0n, restarts: 0, unobservedMs: 0 };
  for (const line of lines) {
    totals.bookedBytes += totalOf(line.booked);
    totals.trueBytes += totalOf(line.truth.moved);
    totals.unobservableBytes += totalOf(line.truth.lost);
    totals.restarts += line.restarts;
    totals.unobservedMs += line.unobservedMs;
  }
  return totals;
}

/** Queues whose booked bytes are not the true ones less what no reader could have seen; none after a last list of every router. */
export function findMismatches(lines: readonly BookLine[]): BookLine[] {
  return lines.filter(
    ({ booked, truth }) =>
      booked.uploadBytes !== truth.moved.uploadBytes - truth.lost.uploadBytes ||
      booked.downloadBytes !== truth.moved.downloadBytes - truth.lost.downloadBytes,
  );
}
