import { csvRow } from '../runtime/csv.ts';
import type { ReportModel, ReportRow } from '../usage/accounting/ranking.ts';

/** Without it Excel takes UTF-8 for the local code page. */
const BYTE_ORDER_MARK = '\ufeff';

const HEAD = [
  'rank',
  'router',
  'user',
  'comment',
  'queues',
  'download_bytes',
  'upload_bytes',
  'total_bytes',
  'counted_bytes',
  'limit_bytes',
  'used_percent',
  'over_quota',
  'estimated_bytes',
  'unobserved_seconds',
  'restarts',
];

/** Every user with exact bytes; of days that somebody chose, with the first and the last of them. */
export function reportCsv({ coverage: { period, days }, rows }: ReportModel): string {
  const isRange = period === 'range';
  const range = isRange ? [days.startDay, days.endDay] : [];
  const head = csvRow([...(isRange ? ['from', 'to'] : []), ...HEAD]);
  return BYTE_ORDER_MARK + head + rows.map((row) => csvRow([...range, ...cellsOf(row)])).join('');
}

function cellsOf(row: ReportRow) {
  return [
    row.rank,
    row.router,
    row.user,
    row.comments.join(' · '),
    row.queues.join(' · '),
    row.downloadBytes,
    row.uploadBytes,
    row.totalBytes,
    row.quota?.countedBytes ?? null,
    row.quota?.limitBytes ?? null,
    row.quota?.percent ?? null,
    row.quota === null ? null : row.quota.isOver,
    row.estimatedBytes,
    Math.ceil(row.unobservedMs / 1000),
    row.restarts,
  ];
}
