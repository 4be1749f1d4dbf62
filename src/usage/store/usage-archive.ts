import { bytesOf, countOf, dayOf, flagOf, integerOf, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database, Queries } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import type { QueueSpan } from '../accounting/unobserved.ts';
import type { QueueDay, QueueHour, UsageArchive, UsageDetails, UsageFilter } from '../ports.ts';
import { hoursOfDay } from './hours-of-day.ts';

/** Reads the database that `createUsageLedger` keeps. */
export function createUsageArchive({ database }: { readonly database: Database }): UsageArchive & UsageDetails {
  return {
    daysOnRecord: (range) => database.read((queries) => daysOnRecord(queries, range)),
    routersOnRecord: () => database.read(routersOnRecord),
    queueDays: (filter) => database.read((queries) => queueDays(queries, filter)),
    queueHours: (filter) => database.read((queries) => queueHours(queries, filter)),
    events: (filter) => database.read((queries) => events(queries, database, filter)),
    unobserved: (filter) => database.read((queries) => unobserved(queries, filter)),
  };
}

async function daysOnRecord(queries: Queries, range: Parameters<UsageArchive['daysOnRecord']>[0]): Promise<string[]> {
  const rows = await queries
    .selectFrom('usage_daily')
    .select('day')
    .distinct()
    .where('day', '>=', range.fromDay)
    .where('day', '<=', range.toDay)
    .orderBy('day')
    .execute();
  return rows.map(({ day }) => dayOf('usage_daily.day', day));
}

async function routersOnRecord(queries: Queries): Promise<string[]> {
  const rows = await queries.selectFrom('routers').select('name').orderBy('name').execute();
  return rows.map(({ name }) => textOf('routers.name', name));
}

async function queueDays(queries: Queries, filter: UsageFilter): Promise<QueueDay[]> {
  let query = queries
    .selectFrom('usage_daily as u')
    .innerJoin('queues as q', 'q.id', 'u.queue_id')
    .innerJoin('routers as r', 'r.id', 'q.router_id')
    .select(['u.day', 'r.name as router', 'q.name as queue', 'q.user', 'q.is_parent', 'u.comment'])
    .select(['u.upload_bytes', 'u.download_bytes', 'u.estimated_bytes', 'u.unobserved_ms', 'u.restarts'])
    .where('u.day', '>=', filter.fromDay)
    .where('u.day', '<=', filter.toDay);
  if (filter.router !== undefined) query = query.where('r.name', '=', filter.router);
  if (filter.user !== undefined) query = query.where('q.user', '=', filter.user);
  if (filter.queue !== undefined) query = query.where('q.name', '=', filter.queue);
  return (await query.execute()).map((row) => ({
    day: dayOf('usage_daily.day', row.day),
    router: textOf('routers.name', row.router),
    queue: textOf('queues.name', row.queue),
    user: textOf('queues.user', row.user),
    isParent: flagOf('queues.is_parent', row.is_parent),
    comment: nullable(textOf, 'usage_daily.comment', row.comment),
    uploadBytes: bytesOf('usage_daily.upload_bytes', row.upload_bytes),
    downloadBytes: bytesOf('usage_daily.download_bytes', row.download_bytes),
    estimatedBytes: bytesOf('usage_daily.estimated_bytes', row.estimated_bytes),
    unobservedMs: countOf('usage_daily.unobserved_ms', row.unobserved_ms),
    restarts: countOf('usage_daily.restarts', row.restarts),
  }));
}

async function queueHours(
  queries: Queries,
  { day, ...filter }: Parameters<UsageDetails['queueHours']>[0],
): Promise<QueueHour[]> {
  let query = queries
    .selectFrom('queues as q')
    .innerJoin('routers as r', 'r.id', 'q.router_id')
    .select(['q.id', 'r.name as router', 'q.name as queue', 'q.user', 'q.is_parent']);
  if (filter.router !== undefined) query = query.where('r.name', '=', filter.router);
  if (filter.user !== undefined) query = query.where('q.user', '=', filter.user);
  if (filter.queue !== undefined) query = query.where('q.name', '=', filter.queue);
  const queues = new Map((await query.execute()).map((row) => [row.id, row]));
  return (await hoursOfDay(queries, day, [...queues.keys()])).flatMap(({ queueId, ...hour }) => {
    const row = queues.get(queueId);
    if (row === undefined) return [];
    return [
      {
        router: textOf('routers.name', row.router),
        queue: textOf('queues.name', row.queue),
        user: textOf('queues.user', row.user),
        isParent: flagOf('queues.is_parent', row.is_parent),
        ...hour,
      },
    ];
  });
}

async function events(queries: Queries, database: Database, filter: Parameters<UsageDetails['events']>[0]) {
  let query = queries
    .selectFrom('events as e')
    .innerJoin('routers as r', 'r.id', 'e.router_id')
    .select(['e.at', 'r.name as router', 'e.code', 'e.queue', 'e.detail'])
    .where('e.at', '>=', BigInt(filter.fromAt))
    .where('e.at', '<', BigInt(filter.toAt))
    .orderBy('e.at')
    .orderBy('e.id');
  if (filter.router !== undefined) query = query.where('r.name', '=', filter.router);
  return readEach(database, await query.execute(), (row) => ({
    at: integerOf('events.at', row.at),
    router: textOf('routers.name', row.router),
    code: textOf('events.code', row.code),
    queue: nullable(textOf, 'events.queue', row.queue),
    detail: textOf('events.detail', row.detail),
  }));
}

/** Unobserved time that touches what lies from `fromAt` to before `toAt`, Unix ms; `users` at most as many as one statement takes. */
export async function unobserved(
  queries: Queries,
  filter: Parameters<UsageArchive['unobserved']>[0] & { readonly users?: readonly string[] },
): Promise<QueueSpan[]> {
  let query = queries
    .selectFrom('unobserved_spans as s')
    .innerJoin('queues as q', 'q.id', 's.queue_id')
    .innerJoin('routers as r', 'r.id', 'q.router_id')
    .select(['s.from_at', 's.to_at', 'r.name as router', 'q.name as queue', 'q.user', 'q.is_parent'])
    .where('s.from_at', '<', BigInt(filter.toAt))
    .where('s.to_at', '>', BigInt(filter.fromAt));
  if (filter.router !== undefined) query = query.where('r.name', '=', filter.router);
  if (filter.user !== undefined) query = query.where('q.user', '=', filter.user);
  if (filter.users !== undefined) query = query.where('q.user', 'in', filter.users);
  if (filter.queue !== undefined) query = query.where('q.name', '=', filter.queue);
  return (await query.execute()).map((row) => ({
    startAt: integerOf('unobserved_spans.from_at', row.from_at),
    endAt: integerOf('unobserved_spans.to_at', row.to_at),
    router: textOf('routers.name', row.router),
    queue: textOf('queues.name', row.queue),
    user: textOf('queues.user', row.user),
    isParent: flagOf('queues.is_parent', row.is_parent),
  }));
}
