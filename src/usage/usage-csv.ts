import { csvRow, csvRows } from '../runtime/csv.ts';
import type { QueueUsage, UserUsage } from './query.ts';
import type { QueueRangeUsage, UserRangeUsage } from './range-usage.ts';

interface Layout<Entry> {
  readonly columns: readonly string[];
  readonly cells: (entry: Entry) => Parameters<typeof csvRow>[0];
}

const BY_USER: Layout<UserUsage> = {
  columns: [
    ...['day', 'router', 'user', 'queues', 'uploadBytes', 'downloadBytes', 'totalBytes', 'estimatedBytes'],
    ...['unobservedSeconds', 'restarts', 'countedBytes', 'limitBytes', 'usedPercent', 'breached'],
  ],
  cells: (row) => [
    ...[row.day, row.router, row.user, row.queues.join('; '), row.uploadBytes, row.downloadBytes, row.totalBytes],
    ...[row.estimatedBytes, row.unobservedSeconds, row.restarts, row.countedBytes, row.limitBytes, row.usedPercent],
    row.breached,
  ],
};

const BY_QUEUE: Layout<QueueUsage> = {
  columns: [
    ...['day', 'router', 'queue', 'user', 'comment', 'uploadBytes', 'downloadBytes', 'totalBytes', 'estimatedBytes'],
    ...['unobservedSeconds', 'restarts', 'parent'],
  ],
  cells: (row) => [
    ...[row.day, row.router, row.queue, row.user, row.comment, row.uploadBytes, row.downloadBytes, row.totalBytes],
    ...[row.estimatedBytes, row.unobservedSeconds, row.restarts, row.parent],
  ],
};

const BY_USER_OF_RANGE: Layout<UserRangeUsage> = {
  columns: [
    ...['from', 'to', 'router', 'user', 'queues', 'uploadBytes', 'downloadBytes', 'totalBytes', 'estimatedBytes'],
    ...['unobservedSeconds', 'restarts'],
  ],
  cells: (row) => [
    ...[row.from, row.to, row.router, row.user, row.queues.join('; '), row.uploadBytes, row.downloadBytes],
    ...[row.totalBytes, row.estimatedBytes, row.unobservedSeconds, row.restarts],
  ],
};

const BY_QUEUE_OF_RANGE: Layout<QueueRangeUsage> = {
  columns: [
    ...['from', 'to', 'router', 'queue', 'user', 'comment', 'uploadBytes', 'downloadBytes', 'totalBytes'],
    ...['estimatedBytes', 'unobservedSeconds', 'restarts', 'parent'],
  ],
  cells: (row) => [
    ...[row.from, row.to, row.router, row.queue, row.user, row.comment, row.uploadBytes, row.downloadBytes],
    ...[row.totalBytes, row.estimatedBytes, row.unobservedSeconds, row.restarts, row.parent],
  ],
};

/** Usage by user as a CSV file with a head; bytes are exact, days and names as stored. */
export function userUsageCsv(usage: readonly UserUsage[]): string {
  return csvRow(BY_USER.columns) + csvRows(usage.map(BY_USER.cells));
}

/** The same file in pieces, as the entries come. */
export function userUsageCsvPieces(batches: AsyncIterable<readonly UserUsage[]>): AsyncGenerator<string> {
  return csvPieces(BY_USER, batches);
}

/** Usage by queue, likewise. */
export function queueUsageCsvPieces(batches: AsyncIterable<readonly QueueUsage[]>): AsyncGenerator<string> {
  return csvPieces(BY_QUEUE, batches);
}

/** Sums by user as such a file. */
export function userRangeCsv(usage: readonly UserRangeUsage[]): string {
  return csvRow(BY_USER_OF_RANGE.columns) + csvRows(usage.map(BY_USER_OF_RANGE.cells));
}

/** Sums by queue, likewise. */
export function queueRangeCsv(usage: readonly QueueRangeUsage[]): string {
  return csvRow(BY_QUEUE_OF_RANGE.columns) + csvRows(usage.map(BY_QUEUE_OF_RANGE.cells));
}

async function* csvPieces<Entry>(
  { columns, cells }: Layout<Entry>,
  batches: AsyncIterable<readonly Entry[]>,
): AsyncGenerator<string> {
  yield csvRow(columns);
  for await (const entries of batches) yield csvRows(entries.map(cells));
}
