import { sql } from 'kysely';
import { bytesOf, dayOf, flagOf, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database, Queries } from '../../platform/store/database.ts';
import { inParts } from '../../platform/store/in-parts.ts';
import type { QueueTotal } from '../accounting/ranking.ts';
import type { DayPoint, TotalsFilter, UsageSums, UserDay, UserHour } from '../sums.ts';
import { hourShares } from './hour-shares.ts';
import { hoursOfDay } from './hours-of-day.ts';
import { unobserved } from './usage-archive.ts';

const DAY_LENGTH = 10;
/** Names that one statement looks for. */
const NAMES_AT_ONCE = 500;

/** Sums that the database computes. */
export function createUsageSums({ database }: { readonly database: Database }): UsageSums {
  return {
    queueTotals: (filter) => database.read((queries) => queueTotals(queries, database.kind, filter)),
    userDays: (filter) => database.read((queries) => userDays(queries, filter)),
    userGaps: (filter) => database.read((queries) => unobserved(queries, filter)),
    userHours: (filter) => database.read((queries) => userHours(queries, filter)),
    hourShares: (filter) =>
      filter.users === undefined
        ? database.read((queries) => hourShares(queries, filter))
        : inParts(filter.users, NAMES_AT_ONCE, (users) =>
            database.read((queries) => hourShares(queries, { ...filter, users })),
          ),
    dayPoints: (filter) =>
      inParts(filter.users, NAMES_AT_ONCE, (users) =>
        database.read((queries) => dayPoints(queries, { ...filter, users })),
      ),
    unobservedOf: ({ users, ...within }) =>
      inParts(users, NAMES_AT_ONCE, (part) =>
        database.read((queries) => unobserved(queries, { ...within, users: part })),
      ),
  };
}

async function queueTotals(queries: Queries, kind: Database['kind'], filter: TotalsFilter): Promise<QueueTotal[]> {
  // The comment of the last day that has one: the greatest text that begins with a day.
  const dated = kind === 'mysql' ? sql<string | null>`CONCAT(day, comment)` : sql<string | null>`day || comment`;
  let sums = queries
    .selectFrom('usage_daily')
    .select('queue_id')
    .select(({ fn }) => [
      fn.sum('upload_bytes').as('upload_bytes'),
      fn.sum('download_bytes').as('download_bytes'),
      fn.sum('estimated_bytes').as('estimated_bytes'),
      fn.sum('unobserved_ms').as('unobserved_ms'),
      fn.sum('restarts').as('restarts'),
      fn.max(dated).as('dated_comment'),
    ])
    .groupBy('queue_id');
  const { fromDay, toDay, routers, usersAbove } = filter;
  // One day by equality: then the key finds the rows of a router's queues directly instead of reading the whole day.
  sums =
    fromDay === toDay ? sums.where('day', '=', fromDay) : sums.where('day', '>=', fromDay).where('day', '<=', toDay);
  if (routers !== undefined) {
    sums = sums.where('queue_id', 'in', (nested) =>
      nested
        .selectFrom('queues')
        .innerJoin('routers', 'routers.id', 'queues.router_id')
        .select('queues.id')
        .where('routers.name', 'in', routers),
    );
  }
  const named = queries
    .selectFrom(sums.as('s'))
    .innerJoin('queues as q', 'q.id', 's.queue_id')
    .innerJoin('routers as r', 'r.id', 'q.router_id')
    .select(['r.name as router', 'q.name as queue', 'q.user', 'q.is_parent', 's.dated_comment'])
    .select(['s.upload_bytes', 's.download_bytes', 's.estimated_bytes', 's.unobserved_ms', 's.restarts']);
  const ofUser = sql<bigint>`SUM(s.upload_bytes + s.download_bytes) OVER (PARTITION BY q.router_id, q.user)`;
  const rows =
    usersAbove === undefined
      ? await named.execute()
      : await queries
          .selectFrom(named.select(ofUser.as('user_bytes')).as('n'))
          .selectAll()
          .where('user_bytes', '>', usersAbove)
          .execute();
  return rows.map((row) => ({
    router: textOf('routers.name', row.router),
    queue: textOf('queues.name', row.queue),
    user: textOf('queues.user', row.user),
    isParent: flagOf('queues.is_parent', row.is_parent),
    comment: nullable(textOf, 'usage_daily.comment', row.dated_comment)?.slice(DAY_LENGTH) ?? null,
    uploadBytes: bytesOf('usage_daily.upload_bytes', row.upload_bytes),
    downloadBytes: bytesOf('usage_daily.download_bytes', row.download_bytes),
    estimatedBytes: bytesOf('usage_daily.estimated_bytes', row.estimated_bytes),
    unobservedMs: Number(bytesOf('usage_daily.unobserved_ms', row.unobserved_ms)),
    restarts: Number(bytesOf('usage_daily.restarts', row.restarts)),
  }));
}

async function userDays(queries: Queries, filter: Parameters<UsageSums['userDays']>[0]): Promise<UserDay[]> {
  const rows = await queries
    .selectFrom('routers as r')
    .innerJoin('queues as q', 'q.router_id', 'r.id')
    .innerJoin('usage_daily as u', 'u.queue_id', 'q.id')
    .select(['u.day', 'q.name as queue', 'q.is_parent', 'u.upload_bytes', 'u.download_bytes', 'u.estimated_bytes'])
    .where('r.name', '=', filter.router)
    .where('q.user', '=', filter.user)
    .where('u.day', '>=', filter.fromDay)
    .where('u.day', '<=', filter.toDay)
    .execute();
  return rows.map((row) => ({
    day: dayOf('usage_daily.day', row.day),
    queue: textOf('queues.name', row.queue),
    isParent: flagOf('queues.is_parent', row.is_parent),
    uploadBytes: bytesOf('usage_daily.upload_bytes', row.upload_bytes),
    downloadBytes: bytesOf('usage_daily.download_bytes', row.download_bytes),
    estimatedBytes: bytesOf('usage_daily.estimated_bytes', row.estimated_bytes),
  }));
}

async function userHours(queries: Queries, filter: Parameters<UsageSums['userHours']>[0]): Promise<UserHour[]> {
  const rows = await queries
    .selectFrom('queues as q')
    .innerJoin('routers as r', 'r.id', 'q.router_id')
    .select(['q.id', 'q.name'])
    .where('r.name', '=', filter.router)
    .where('q.user', '=', filter.user)
    .execute();
  const names = new Map(rows.map(({ id, name }) => [id, textOf('queues.name', name)]));
  return (await hoursOfDay(queries, filter.day, [...names.keys()])).flatMap(({ queueId, ...hour }) => {
    const queue = names.get(queueId);
    return queue === undefined ? [] : [{ queue, ...hour }];
  });
}

async function dayPoints(
  queries: Queries,
  { fromDay, toDay, users, routers }: Parameters<UsageSums['dayPoints']>[0],
): Promise<DayPoint[]> {
  let points = queries
    .selectFrom('usage_daily as u')
    .innerJoin('queues as q', 'q.id', 'u.queue_id')
    .innerJoin('routers as r', 'r.id', 'q.router_id')
    .select(['u.day', 'r.name as router', 'q.name as queue', 'q.user', 'q.is_parent', 'u.comment'])
    .select(['u.upload_bytes', 'u.download_bytes'])
    .where('u.day', '>=', fromDay)
    .where('u.day', '<=', toDay)
    .where('q.user', 'in', users);
  // Users of a thousand routers may have the same few names.
  if (routers.length <= NAMES_AT_ONCE) points = points.where('r.name', 'in', routers);
  const rows = await points.execute();
  return rows.map((row) => ({
    day: dayOf('usage_daily.day', row.day),
    router: textOf('routers.name', row.router),
    queue: textOf('queues.name', row.queue),
    user: textOf('queues.user', row.user),
    isParent: flagOf('queues.is_parent', row.is_parent),
    comment: nullable(textOf, 'usage_daily.comment', row.comment),
    uploadBytes: bytesOf('usage_daily.upload_bytes', row.upload_bytes),
    downloadBytes: bytesOf('usage_daily.download_bytes', row.download_bytes),
  }));
}
