import { csvRows } from '../../runtime/csv.ts';
import type { QueueUsage, UserUsage } from './query.ts';

/** Usage by user as a CSV file with a head; bytes are exact, days and names as they are on record. */
export function userUsageCsv(usage: readonly UserUsage[]): string {
  const columns = [
    ...['day', 'router', 'user', 'queues', 'uploadBytes', 'downloadBytes', 'totalBytes', 'estimatedBytes'],
    ...['unobservedSeconds', 'restarts', 'countedBytes', 'limitBytes', 'usedPercent', 'breached'],
  ];
  const rows = usage.map((row) => [
    ...[row.day, row.router, row.user, row.queues.join('; '), row.uploadBytes, row.downloadBytes, row.totalBytes],
    ...[row.estimatedBytes, row.unobservedSeconds, row.restarts, row.countedBytes, row.limitBytes, row.usedPercent],
    row.breached,
  ]);
  return csvRows([columns, ...rows]);
}

/** Usage by queue, likewise. */
export function queueUsageCsv(usage: readonly QueueUsage[]): string {
  const columns = [
    ...['day', 'router', 'queue', 'user', 'comment', 'uploadBytes', 'downloadBytes', 'totalBytes', 'estimatedBytes'],
    ...['unobservedSeconds', 'restarts', 'parent'],
  ];
  const rows = usage.map((row) => [
    ...[row.day, row.router, row.queue, row.user, row.comment, row.uploadBytes, row.downloadBytes, row.totalBytes],
    ...[row.estimatedBytes, row.unobservedSeconds, row.restarts, row.parent],
  ]);
  return csvRows([columns, ...rows]);
}
