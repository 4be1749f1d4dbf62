import { sql } from 'kysely';
import { type BulkTarget, bulkUpserts, runInOrder } from '../../platform/store/bulk.ts';
import { countOf, doubleOf, integerOf } from '../../platform/store/columns.ts';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import { wholeSum } from '../../platform/store/whole-sum.ts';
import type { HealthBatch, WanSpan } from '../ports.ts';
import type { SpanPart } from '../spans.ts';
import { healthQueries, healthTransaction } from './schema.ts';

type Length = 'hour' | 'day';

/** All rows of a span are read for its sum: not for each of the many writes within it. */
const SUMMED_EVERY_MS = 60_000;
/** Before that not every router was looked at in it. */
const FIRST_SUM_MS = 120_000;
/** After so long it is over: no day is longer. */
const OVER_AFTER_MS: Readonly<Record<Length, number>> = { hour: 3_600_000, day: 90_000_000 };

const TARGET: BulkTarget = {
  table: 'health_wan_spans',
  columns: ['length', 'starts_at', 'routers', 'seen', 'seen_ms', 'download_bps', 'upload_bps', 'written_at'],
  key: ['length', 'starts_at'],
  replace: ['routers', 'seen', 'seen_ms', 'download_bps', 'upload_bps', 'written_at'],
  add: [],
};

/** Sums up the hours and days that this batch, which is written already, added to. What is over is summed up with each batch that adds to it. */
export async function sumUpWan(
  transaction: DatabaseTransaction,
  kind: Database['kind'],
  { at, routers, parts }: HealthBatch,
): Promise<void> {
  for (const length of ['hour', 'day'] as const) {
    for (const [startsAt, hasRates] of startsOf(parts, length)) {
      const isOver = at - startsAt >= OVER_AFTER_MS[length];
      if (!isOver && !(hasRates && (await isDue(transaction, { length, startsAt, at })))) continue;
      const sum = await sumOf(transaction, kind, { length, startsAt });
      if (sum === null) continue;
      const { seen, seenMs, downloadBps, uploadBps } = sum;
      // Those that have left since were seen too.
      const numbers = [Math.max(routers, seen), seen, seenMs].map((each) => BigInt(each));
      const row = [length, BigInt(startsAt), ...numbers, downloadBps, uploadBps, BigInt(at)];
      await runInOrder(transaction, bulkUpserts(kind, TARGET, [row]));
    }
  }
}

/** When what was added to began, each with whether there are rates among it. */
function startsOf(parts: readonly SpanPart[], length: Length): ReadonlyMap<number, boolean> {
  const starts = new Map<number, boolean>();
  for (const part of parts) {
    if (part.length !== length) continue;
    starts.set(part.startsAt, (starts.get(part.startsAt) ?? false) || part.figures.has('downloadBps'));
  }
  return starts;
}

interface Place {
  readonly length: Length;
  readonly startsAt: number;
}

async function isDue(
  transaction: DatabaseTransaction,
  { length, startsAt, at }: Place & { readonly at: number },
): Promise<boolean> {
  if (at - startsAt < FIRST_SUM_MS) return false;
  const row = await healthTransaction(transaction)
    .selectFrom('health_wan_spans')
    .select('written_at')
    .where('length', '=', length)
    .where('starts_at', '=', BigInt(startsAt))
    .executeTakeFirst();
  if (row === undefined) return true;
  // A clock that was set back does not keep it from being written.
  return Math.abs(at - integerOf('health_wan_spans.written_at', row.written_at)) >= SUMMED_EVERY_MS;
}

/** `null`: no rate is known. */
async function sumOf(
  transaction: DatabaseTransaction,
  kind: Database['kind'],
  { length, startsAt }: Place,
): Promise<Omit<WanSpan, 'startsAt' | 'routers'> | null> {
  const row = await healthTransaction(transaction)
    .selectFrom('health_states as d')
    // The whole key: a search by it for each device.
    .innerJoin('health_spans as s', (join) =>
      join.onRef('s.device', '=', 'd.device').on('s.length', '=', length).on('s.starts_at', '=', BigInt(startsAt)),
    )
    .select(({ fn }) => [fn.countAll<bigint>().as('seen'), wholeSum(kind, 's.up_ms').as('seen_ms')])
    .select([
      sql<number | null>`SUM(s.download_sum / s.download_count)`.as('download_bps'),
      sql<number | null>`SUM(s.upload_sum / s.upload_count)`.as('upload_bps'),
    ])
    .where('s.download_count', '>', 0n)
    .where('s.upload_count', '>', 0n)
    .executeTakeFirstOrThrow();
  const seen = countOf('count(*)', row.seen);
  if (seen === 0) return null;
  return {
    seen,
    seenMs: countOf('sum(health_spans.up_ms)', row.seen_ms),
    downloadBps: doubleOf('sum(health_spans.download_sum)', row.download_bps),
    uploadBps: doubleOf('sum(health_spans.upload_sum)', row.upload_bps),
  };
}

/** Those that begin from `fromAt` on, Unix ms. */
export async function readWanSpans(database: Database, length: Length, fromAt: number): Promise<WanSpan[]> {
  const rows = await database.read((queries) =>
    healthQueries(queries)
      .selectFrom('health_wan_spans')
      .selectAll()
      .where('length', '=', length)
      .where('starts_at', '>=', BigInt(fromAt))
      .execute(),
  );
  return readEach(database, rows, (row) => ({
    startsAt: integerOf('health_wan_spans.starts_at', row.starts_at),
    routers: countOf('health_wan_spans.routers', row.routers),
    seen: countOf('health_wan_spans.seen', row.seen),
    seenMs: countOf('health_wan_spans.seen_ms', row.seen_ms),
    downloadBps: doubleOf('health_wan_spans.download_bps', row.download_bps),
    uploadBps: doubleOf('health_wan_spans.upload_bps', row.upload_bps),
  }));
}
