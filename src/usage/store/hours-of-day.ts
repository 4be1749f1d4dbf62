import { bytesOf, integerOf, invalid } from '../../platform/store/columns.ts';
import type { Queries } from '../../platform/store/database.ts';
import { inParts } from '../../platform/store/in-parts.ts';

const HOUR_MS = 3_600_000;
/** A day has 26 at most. Where the configured zone was changed in between, hours of both zones bear its date. */
const MOST_HOURS = 52;
/** Queues looked for in one statement. */
const QUEUES_AT_ONCE = 500;

/** What one queue moved in one hour. */
export interface HourOfQueue {
  readonly queueId: bigint;
  /** Unix ms of the UTC hour's start. */
  readonly hourAt: number;
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
}

/**
 * The hours of some queues on a day. The key of `usage_hourly` begins with day and hour: with the few hours there are each row is found
 * directly, instead of reading those of all queues.
 */
export async function hoursOfDay(
  queries: Queries,
  day: string,
  queueIds: readonly bigint[],
): Promise<readonly HourOfQueue[]> {
  const hours = await knownHours(queries, day);
  if (hours.length === 0) return [];
  const rows = await inParts(queueIds, QUEUES_AT_ONCE, (part) =>
    queries
      .selectFrom('usage_hourly')
      .select(['queue_id', 'hour_at', 'upload_bytes', 'download_bytes'])
      .where('day', '=', day)
      .where('hour_at', 'in', hours)
      .where('queue_id', 'in', part)
      .execute(),
  );
  return rows.map((row) => ({
    queueId: row.queue_id,
    hourAt: integerOf('usage_hourly.hour_at', row.hour_at),
    uploadBytes: bytesOf('usage_hourly.upload_bytes', row.upload_bytes),
    downloadBytes: bytesOf('usage_hourly.download_bytes', row.download_bytes),
  }));
}

async function knownHours(queries: Queries, day: string): Promise<bigint[]> {
  const firstAt = await findHour(queries, day, 'asc');
  const lastAt = await findHour(queries, day, 'desc');
  if (firstAt === null || lastAt === null) return [];
  const count = 1 + (lastAt - firstAt) / HOUR_MS;
  if (!Number.isInteger(count) || count > MOST_HOURS) throw invalid('usage_hourly.hour_at', lastAt);
  return Array.from({ length: count }, (_, index) => BigInt(firstAt + index * HOUR_MS));
}

/** The first or the last one of the day. */
async function findHour(queries: Queries, day: string, direction: 'asc' | 'desc'): Promise<number | null> {
  const row = await queries
    .selectFrom('usage_hourly')
    .select('hour_at')
    .where('day', '=', day)
    .orderBy('hour_at', direction)
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : integerOf('usage_hourly.hour_at', row.hour_at);
}
