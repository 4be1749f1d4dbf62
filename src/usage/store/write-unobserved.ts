import { type BulkTarget, bulkUpserts, type Row, runInOrder } from '../../platform/store/bulk.ts';
import { integerOf } from '../../platform/store/columns.ts';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import { inParts } from '../../platform/store/in-parts.ts';
import { whole } from '../../platform/store/whole.ts';
import type { UnobservedSpan } from '../ports.ts';

const UNOBSERVED_SPANS: BulkTarget = {
  table: 'unobserved_spans',
  columns: ['queue_id', 'from_at', 'to_at'],
  key: ['queue_id', 'from_at'],
  replace: [],
  add: [],
  // Two rows of one name may have been lost from the same instant on, and be found again in different samples.
  largest: ['to_at'],
};

/** Ends asked for in one statement; of one sample there are more than a few only after long trouble with single rows. */
const ENDS_AT_ONCE = 1000;

/**
 * Writes the unobserved time of one booking; without any, nothing is asked or written. What begins where the queue's last span ended makes
 * that one longer: a queue that is unobserved at each poll must not leave a row a minute.
 */
export async function writeUnobserved(
  transaction: DatabaseTransaction,
  kind: Database['kind'],
  spans: Iterable<UnobservedSpan>,
  queueIdOf: (span: UnobservedSpan) => number,
): Promise<void> {
  const starts = new Set<number>();
  for (const { startAt } of spans) starts.add(startAt);
  if (starts.size === 0) return;
  const open = await findEndingAt(transaction, [...starts]);
  const rows = Iterator.from(spans).map((span): Row => {
    const queueId = queueIdOf(span);
    return [queueId, open.get(span.startAt)?.get(queueId) ?? whole(span.startAt), whole(span.endAt)];
  });
  await runInOrder(transaction, bulkUpserts(kind, UNOBSERVED_SPANS, rows));
}

/** Where the spans begin that end at one of the instants, by that instant and queue. */
async function findEndingAt(
  transaction: DatabaseTransaction,
  ends: readonly number[],
): Promise<ReadonlyMap<number, ReadonlyMap<number, number>>> {
  const rows = await inParts(ends, ENDS_AT_ONCE, (part) =>
    transaction
      .selectFrom('unobserved_spans')
      .select(['queue_id', 'from_at', 'to_at'])
      .where('to_at', 'in', part.map(BigInt))
      .execute(),
  );
  const found = new Map<number, Map<number, number>>();
  for (const row of rows) {
    const endAt = integerOf('unobserved_spans.to_at', row.to_at);
    const ofEnd = found.get(endAt) ?? new Map<number, number>();
    ofEnd.set(integerOf('unobserved_spans.queue_id', row.queue_id), integerOf('unobserved_spans.from_at', row.from_at));
    found.set(endAt, ofEnd);
  }
  return found;
}
