import { type Expression, expressionBuilder, type SqlBool, sql } from 'kysely';
import { bytesOf, dayOf, integerOf, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database, Queries } from '../../platform/store/database.ts';
import { inParts } from '../../platform/store/in-parts.ts';
import type { Schema } from '../../platform/store/schema.ts';
import type { QueueOnDays, TrafficOf, TrafficSums } from '../read-traffic.ts';
import type { DayHour, DayShare, RouterSpan } from '../traffic.ts';

/** Queues looked for in one statement. */
const QUEUES_AT_ONCE = 500;

/** Sums of usage over queues that the database computes: one row an hour or a day, however many queues there are. */
export function createTrafficSums({ database }: { readonly database: Database }): TrafficSums {
  return {
    hours: (filter) => ofParts(filter, (part) => database.read((queries) => hours(queries, part))),
    days: (filter) => ofParts(filter, (part) => database.read((queries) => days(queries, part))),
    lost: (filter) => database.read((queries) => lost(queries, filter)),
    queues: (filter) => database.read((queries) => queuesOnDays(queries, filter)),
  };
}

function ofParts<Filter extends TrafficOf, Row>(
  filter: Filter,
  read: (filter: Filter) => Promise<Row[]>,
): Promise<Row[]> {
  if (filter.only === undefined) return read(filter);
  return inParts(filter.only, QUEUES_AT_ONCE, (only) => read({ ...filter, only }));
}

async function hours(queries: Queries, filter: Parameters<TrafficSums['hours']>[0]): Promise<DayHour[]> {
  const { day, startAt, endAt } = filter;
  const rows = await queries
    .selectFrom('usage_hourly')
    .select(({ fn }) => [
      'hour_at',
      fn.sum('upload_bytes').as('upload_bytes'),
      fn.sum('download_bytes').as('download_bytes'),
    ])
    .where('day', '=', day)
    .where('hour_at', '>=', BigInt(startAt))
    .where('hour_at', '<', BigInt(endAt))
    .where(isAsked(filter))
    .groupBy('hour_at')
    .execute();
  return rows.map((row) => ({
    day,
    hourAt: integerOf('usage_hourly.hour_at', row.hour_at),
    uploadBytes: bytesOf('usage_hourly.upload_bytes', row.upload_bytes),
    downloadBytes: bytesOf('usage_hourly.download_bytes', row.download_bytes),
  }));
}

async function days(queries: Queries, filter: Parameters<TrafficSums['days']>[0]): Promise<DayShare[]> {
  const rows = await queries
    .selectFrom('usage_daily')
    .select(({ fn }) => [
      'day',
      fn.sum('upload_bytes').as('upload_bytes'),
      fn.sum('download_bytes').as('download_bytes'),
    ])
    .where('day', '>=', filter.fromDay)
    .where('day', '<=', filter.toDay)
    .where(isAsked(filter))
    .groupBy('day')
    .execute();
  return rows.map((row) => ({
    day: dayOf('usage_daily.day', row.day),
    uploadBytes: bytesOf('usage_daily.upload_bytes', row.upload_bytes),
    downloadBytes: bytesOf('usage_daily.download_bytes', row.download_bytes),
  }));
}

/** A router that reboots, or is away, loses the same span of all its queues. They are counted as its list has them, parents too. */
async function lost(queries: Queries, filter: Parameters<TrafficSums['lost']>[0]): Promise<RouterSpan[]> {
  let spans = queries
    .selectFrom('unobserved_spans as s')
    .innerJoin('queues as q', 'q.id', 's.queue_id')
    .select(['q.router_id', 's.from_at', 's.to_at'])
    .select(({ fn }) => fn.countAll<bigint>().as('queues'))
    .where('s.to_at', '>', BigInt(filter.startAt))
    .where('s.to_at', '<=', BigInt(filter.endAt))
    .groupBy(['q.router_id', 's.from_at', 's.to_at']);
  if (filter.router !== undefined) {
    const { router } = filter;
    spans = spans.where('q.router_id', '=', (nested) =>
      nested.selectFrom('routers').select('id').where('name', '=', router),
    );
  }
  const rows = await queries
    .selectFrom(spans.as('l'))
    .innerJoin('routers as r', 'r.id', 'l.router_id')
    .select(['r.name as router', 'l.from_at', 'l.to_at'])
    .where(sql<bigint>`l.queues * 2`, '>=', (nested) =>
      nested
        .selectFrom('baseline_parts as b')
        .select(({ fn, val }) => fn.coalesce(fn.sum<bigint>('b.listed'), val(0n)).as('listed'))
        .whereRef('b.router_id', '=', 'l.router_id'),
    )
    .execute();
  return rows.map((row) => ({
    router: textOf('routers.name', row.router),
    startAt: integerOf('unobserved_spans.from_at', row.from_at),
    endAt: integerOf('unobserved_spans.to_at', row.to_at),
  }));
}

async function queuesOnDays(queries: Queries, filter: Parameters<TrafficSums['queues']>[0]): Promise<QueueOnDays[]> {
  const ofDays = queries
    .selectFrom('usage_daily')
    .select(['queue_id', 'comment', sql<string>`GROUP_CONCAT(day)`.as('days')])
    .where('day', '>=', filter.fromDay)
    .where('day', '<=', filter.toDay)
    .where(isAsked(filter))
    .groupBy(['queue_id', 'comment']);
  const rows = await queries
    .selectFrom(ofDays.as('u'))
    .innerJoin('queues as q', 'q.id', 'u.queue_id')
    .innerJoin('routers as r', 'r.id', 'q.router_id')
    .select(['u.queue_id', 'u.comment', 'u.days', 'r.name as router', 'q.name as queue', 'q.user'])
    .execute();
  return rows.map((row) => ({
    queueId: row.queue_id,
    router: textOf('routers.name', row.router),
    queue: textOf('queues.name', row.queue),
    user: textOf('queues.user', row.user),
    comment: nullable(textOf, 'usage_daily.comment', row.comment),
    days: textOf('usage_daily.day', row.days)
      .split(',')
      .map((day) => dayOf('usage_daily.day', day)),
  }));
}

/** Of a table with a column `queue_id`. There are few parents, so that they are looked for, and not whether each row is none. */
function isAsked({ router, only }: TrafficOf): Expression<SqlBool> {
  const eb = expressionBuilder<Schema, 'usage_daily'>();
  if (only !== undefined) return eb('queue_id', 'in', only);
  if (router === undefined) {
    return eb('queue_id', 'not in', eb.selectFrom('queues').select('id').where('is_parent', '=', 1n));
  }
  const ofRouter = eb.selectFrom('routers').select('id').where('name', '=', router);
  return eb(
    'queue_id',
    'in',
    eb.selectFrom('queues').select('id').where('router_id', '=', ofRouter).where('is_parent', '=', 0n),
  );
}
