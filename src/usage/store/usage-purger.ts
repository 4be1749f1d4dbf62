import { randomUUID } from 'node:crypto';
import { countOf, dayOf, ImpossibleValueError, integerOf } from '../../platform/store/columns.ts';
import type { Database, DatabaseTransaction, Queries } from '../../platform/store/database.ts';
import type { Forget } from '../../runtime/forget.ts';
import type { PurgeCounts, UsagePurger } from '../ports.ts';
import { loadBaselines } from './router-book.ts';

/** Rows that one transaction deletes: few enough that a poll never waits long for it. */
const MOST_ROWS = 5000;

/**
 * Forgets usage, unobserved time and events. With them go the queues that nothing refers to any more; baselines stay, so a queue that the
 * router still lists stays too.
 */
export function createUsagePurger({ database }: { readonly database: Database }): UsagePurger {
  async function purge(limit: { readonly beforeDay: string; readonly beforeAt: number }, dryRun: boolean) {
    if (dryRun) return await database.read((queries) => count(queries, limit));
    // Hours go before their day: a row of hours always has its row of the day.
    const hourlyRows = await purgeHourly(database, limit.beforeDay);
    const dailyRows = await purgeDaily(database, limit.beforeDay);
    const unobservedSpans = await purgeUnobserved(database, limit.beforeAt);
    const events = await purgeEvents(database, limit.beforeAt);
    await purgeQueues(database);
    return { dailyRows, hourlyRows, unobservedSpans, events };
  }

  return { purge };
}

/** The same, as the purge of everything takes it. */
export function forgetUsage({ database }: { readonly database: Database }): Forget {
  const purger = createUsagePurger({ database });
  return async (limit, dryRun) => {
    const { dailyRows, hourlyRows, unobservedSpans, events } = await purger.purge(limit, dryRun);
    return [
      { count: dailyRows, one: 'daily row', many: 'daily rows' },
      { count: hourlyRows, one: 'hourly row', many: 'hourly rows' },
      { count: unobservedSpans, one: 'unobserved span', many: 'unobserved spans' },
      { count: events, one: 'event', many: 'events' },
    ];
  };
}

async function count(
  queries: Queries,
  limit: { readonly beforeDay: string; readonly beforeAt: number },
): Promise<PurgeCounts> {
  const rows = (query: { readonly rows: unknown }) => countOf('count(*)', query.rows);
  const countRows = queries.fn.countAll<bigint>().as('rows');
  const [daily, hourly, unobserved, events] = [
    await queries
      .selectFrom('usage_daily')
      .select(countRows)
      .where('day', '<', limit.beforeDay)
      .executeTakeFirstOrThrow(),
    await queries
      .selectFrom('usage_hourly')
      .select(countRows)
      .where('day', '<', limit.beforeDay)
      .executeTakeFirstOrThrow(),
    await queries
      .selectFrom('unobserved_spans')
      .select(countRows)
      .where('to_at', '<=', BigInt(limit.beforeAt))
      .executeTakeFirstOrThrow(),
    await queries
      .selectFrom('events')
      .select(countRows)
      .where('at', '<', BigInt(limit.beforeAt))
      .executeTakeFirstOrThrow(),
  ];
  return {
    dailyRows: rows(daily),
    hourlyRows: rows(hourly),
    unobservedSpans: rows(unobserved),
    events: rows(events),
  };
}

async function purgeHourly(database: Database, beforeDay: string): Promise<number> {
  return await repeat(database, async (transaction) => {
    const first = await transaction
      .selectFrom('usage_hourly')
      .select(['day', 'hour_at'])
      .where('day', '<', beforeDay)
      .orderBy('day')
      .orderBy('hour_at')
      .limit(1)
      .executeTakeFirst();
    if (first === undefined) return 0n;
    const rows = transaction
      .selectFrom('usage_hourly')
      .where('day', '=', dayOf('usage_hourly.day', first.day))
      .where('hour_at', '=', BigInt(integerOf('usage_hourly.hour_at', first.hour_at)));
    const last = await rows
      .select('queue_id')
      .orderBy('queue_id')
      .offset(MOST_ROWS - 1)
      .limit(1)
      .executeTakeFirst();
    let deletion = transaction
      .deleteFrom('usage_hourly')
      .where('day', '=', first.day)
      .where('hour_at', '=', first.hour_at);
    if (last !== undefined) deletion = deletion.where('queue_id', '<=', last.queue_id);
    return (await deletion.executeTakeFirst()).numDeletedRows;
  });
}

async function purgeDaily(database: Database, beforeDay: string): Promise<number> {
  return await repeat(database, async (transaction) => {
    const first = await transaction
      .selectFrom('usage_daily')
      .select('day')
      .where('day', '<', beforeDay)
      .orderBy('day')
      .limit(1)
      .executeTakeFirst();
    if (first === undefined) return 0n;
    const day = dayOf('usage_daily.day', first.day);
    const last = await transaction
      .selectFrom('usage_daily')
      .select('queue_id')
      .where('day', '=', day)
      .orderBy('queue_id')
      .offset(MOST_ROWS - 1)
      .limit(1)
      .executeTakeFirst();
    let deletion = transaction.deleteFrom('usage_daily').where('day', '=', day);
    if (last !== undefined) deletion = deletion.where('queue_id', '<=', last.queue_id);
    return (await deletion.executeTakeFirst()).numDeletedRows;
  });
}

/** A span that goes on into the first day that is kept stays whole. */
async function purgeUnobserved(database: Database, beforeAt: number): Promise<number> {
  return await repeat(database, async (transaction) => {
    const last = await transaction
      .selectFrom('unobserved_spans')
      .select(['to_at', 'queue_id'])
      .where('to_at', '<=', BigInt(beforeAt))
      .orderBy('to_at')
      .orderBy('queue_id')
      .offset(MOST_ROWS - 1)
      .limit(1)
      .executeTakeFirst();
    let deletion = transaction.deleteFrom('unobserved_spans').where('to_at', '<=', last?.to_at ?? BigInt(beforeAt));
    if (last !== undefined) {
      deletion = deletion.where(({ or, eb }) =>
        or([eb('to_at', '<', last.to_at), eb('queue_id', '<=', last.queue_id)]),
      );
    }
    return (await deletion.executeTakeFirst()).numDeletedRows;
  });
}

async function purgeEvents(database: Database, beforeAt: number): Promise<number> {
  return await repeat(database, async (transaction) => {
    const rows = await transaction
      .selectFrom('events')
      .select('id')
      .where('at', '<', BigInt(beforeAt))
      .orderBy('at')
      .limit(MOST_ROWS)
      .execute();
    if (rows.length === 0) return 0n;
    const ids = rows.map((row) => row.id);
    return (await transaction.deleteFrom('events').where('id', 'in', ids).executeTakeFirst()).numDeletedRows;
  });
}

/** Runs short transactions until one finds nothing; gives the sum. */
async function repeat(
  database: Database,
  step: (transaction: DatabaseTransaction) => Promise<bigint>,
): Promise<number> {
  for (let total = 0n; ; ) {
    const deleted = await database.transaction(step);
    if (deleted === 0n) return Number(total);
    total += deleted;
  }
}

async function purgeQueues(database: Database) {
  const routers = await database.read((queries) => queries.selectFrom('routers').select('id').execute());
  for (const { id } of routers) {
    try {
      await purgeAllQueuesOf(database, id);
    } catch (error) {
      // Which queues the router lists is not known: all stay. Each poll of it reports this as an error.
      if (!(error instanceof ImpossibleValueError)) throw error;
      database.tellOddRow(error);
    }
  }
}

async function purgeAllQueuesOf(database: Database, routerId: bigint) {
  for (let after: bigint | null = 0n; after !== null; ) {
    const from: bigint = after;
    after = await database.transaction((transaction) => purgeQueuesOf(transaction, database.kind, routerId, from));
  }
}

/**
 * Looks at some queues of a router whose numbers are beyond `after`, and gives the last of them, or `null` when there are no more. Under the
 * lock of the router's row, like a booking: no queue goes that a booking is about to use.
 */
async function purgeQueuesOf(
  transaction: DatabaseTransaction,
  kind: Database['kind'],
  routerId: bigint,
  after: bigint,
): Promise<bigint | null> {
  const lock = transaction.selectFrom('routers').select('id').where('id', '=', routerId);
  await (kind === 'mysql' ? lock.forUpdate() : lock).execute();
  const found = await transaction
    .selectFrom('queues as q')
    .select('q.id')
    .where('q.router_id', '=', routerId)
    .where('q.id', '>', after)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('usage_daily as u').select('u.day').whereRef('u.queue_id', '=', 'q.id'))),
    )
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('unobserved_spans as s').select('s.from_at').whereRef('s.queue_id', '=', 'q.id'))),
    )
    .orderBy('q.id')
    .limit(MOST_ROWS)
    .execute();
  const last = found.at(-1);
  if (last === undefined) return null;
  const listed = await listedQueues(transaction, routerId);
  const ids = found.flatMap(({ id }) => (listed.has(integerOf('queues.id', id)) ? [] : [id]));
  if (ids.length > 0) {
    // Workers that remember the numbers of these queues must look again.
    await transaction.updateTable('routers').set({ revision: randomUUID() }).where('id', '=', routerId).execute();
    await transaction.deleteFrom('queues').where('id', 'in', ids).execute();
  }
  return found.length < MOST_ROWS ? null : last.id;
}

async function listedQueues(transaction: DatabaseTransaction, routerId: bigint): Promise<ReadonlySet<number>> {
  const baselines = await loadBaselines(transaction, routerId);
  return new Set(baselines.map(({ queueId }) => queueId));
}
