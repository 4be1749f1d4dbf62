import { sql } from 'kysely';
import type { DayPoint, HourShare, ReportArchive, ReportBook, ReportFate } from '../../features/reports/ports.ts';
import { alertQueries, alertTransaction } from './alert-schema.ts';
import { bytesOf, dayOf, flagOf, integerOf, nullable, textOf } from './columns.ts';
import type { Database, Queries } from './database.ts';
import { AlreadyThere, insertMails, unlessAlreadyThere } from './mail-rows.ts';
import { createTotalsStore } from './totals-store.ts';

/** Names that one statement looks for. */
const NAMES_AT_ONCE = 500;

/** What reports are made of, and which have been written, kept in a database. */
export function createReportStore({ database }: { readonly database: Database }): ReportArchive & ReportBook {
  return {
    queueTotals: createTotalsStore({ database }).queueTotals,
    hourShares: (filter) =>
      filter.users === undefined
        ? database.read((queries) => hourShares(queries, filter))
        : inParts(filter.users, (users) => database.read((queries) => hourShares(queries, { ...filter, users }))),
    dayPoints: (filter) =>
      inParts(filter.users, (users) => database.read((queries) => dayPoints(queries, { ...filter, users }))),
    lastReads: () => database.read(lastReads),
    installedAt: () =>
      database.read(async (queries) => {
        const { at } = await queries
          .selectFrom('schema_migrations')
          .select(({ fn }) => fn.min('applied_at').as('at'))
          .where('version', '>', 0n)
          .executeTakeFirstOrThrow();
        return integerOf('schema_migrations.applied_at', at);
      }),
    isWritten: ({ report, periodStart }) =>
      database.read(async (queries) => {
        const row = await alertQueries(queries)
          .selectFrom('report_mails')
          .select('mail_id')
          .where('report', '=', report)
          .where('period_start', '=', periodStart)
          .executeTakeFirst();
        return row !== undefined;
      }),
    fateOf: ({ periodStart, periodEnd }) =>
      database.read(async (queries) => {
        const rows = await alertQueries(queries)
          .selectFrom('report_mails as r')
          .leftJoin('mails as m', 'm.id', 'r.mail_id')
          .select('m.state')
          .where('r.period_start', '=', periodStart)
          .where('r.period_end', '=', periodEnd)
          .execute();
        const fates = rows.map(({ state }) => fateIn(nullable(textOf, 'mails.state', state)));
        return (['sent-before', 'waiting', 'given-up'] as const).find((fate) => fates.includes(fate)) ?? null;
      }),
    write: ({ report, periodStart }, mail, again) =>
      unlessAlreadyThere(
        database.transaction(async (transaction) => {
          const alerts = alertTransaction(transaction);
          const key = { report, period_start: periodStart, period_end: mail.periodEnd };
          if (again) {
            await alerts
              .deleteFrom('report_mails')
              .where('report', '=', report)
              .where('period_start', '=', periodStart)
              .execute();
          }
          const insert = alerts
            .insertInto('report_mails')
            .values({ ...key, mail_id: mail.id, written_at: BigInt(mail.createdAt) });
          const { numInsertedOrUpdatedRows } = await (database.kind === 'mysql'
            ? insert.ignore()
            : insert.onConflict((conflict) => conflict.doNothing())
          ).executeTakeFirst();
          if (numInsertedOrUpdatedRows !== 1n) throw new AlreadyThere();
          await insertMails(alerts, [mail]);
        }),
      ),
  };
}

/** A mail that is forgotten already had its time. */
function fateIn(state: string | null): ReportFate {
  if (state === null || state === 'sent') return 'sent-before';
  return state === 'failed' ? 'given-up' : 'waiting';
}

async function hourShares(
  queries: Queries,
  { day, hourAt, users }: Parameters<ReportArchive['hourShares']>[0],
): Promise<HourShare[]> {
  const moved = sql<bigint>`upload_bytes + download_bytes`;
  const hour = BigInt(hourAt);
  let sums = queries
    .selectFrom('usage_hourly')
    .select('queue_id')
    .select(({ fn }) => [
      fn.sum(moved).as('known'),
      fn.sum(sql<bigint>`CASE WHEN hour_at < ${hour} THEN ${moved} ELSE 0 END`).as('before'),
      fn.sum(sql<bigint>`CASE WHEN hour_at = ${hour} THEN ${moved} ELSE 0 END`).as('within'),
    ])
    .where('day', '=', day)
    .groupBy('queue_id');
  if (users !== undefined) {
    sums = sums.where('queue_id', 'in', (nested) =>
      nested.selectFrom('queues').select('id').where('user', 'in', users),
    );
  }
  const rows = await queries
    .selectFrom(sums.as('s'))
    .innerJoin('queues as q', 'q.id', 's.queue_id')
    .innerJoin('routers as r', 'r.id', 'q.router_id')
    .select(['r.name as router', 'q.name as queue', 'q.user', 'q.is_parent', 's.known', 's.before', 's.within'])
    .execute();
  return rows.map((row) => ({
    router: textOf('routers.name', row.router),
    queue: textOf('queues.name', row.queue),
    user: textOf('queues.user', row.user),
    isParent: flagOf('queues.is_parent', row.is_parent),
    knownBytes: bytesOf('usage_hourly.upload_bytes', row.known),
    beforeBytes: bytesOf('usage_hourly.upload_bytes', row.before),
    withinBytes: bytesOf('usage_hourly.upload_bytes', row.within),
  }));
}

async function dayPoints(
  queries: Queries,
  { fromDay, toDay, users }: { readonly fromDay: string; readonly toDay: string; readonly users: readonly string[] },
): Promise<DayPoint[]> {
  const rows = await queries
    .selectFrom('usage_daily as u')
    .innerJoin('queues as q', 'q.id', 'u.queue_id')
    .innerJoin('routers as r', 'r.id', 'q.router_id')
    .select(['u.day', 'r.name as router', 'q.name as queue', 'q.user', 'q.is_parent', 'u.comment'])
    .select(['u.upload_bytes', 'u.download_bytes'])
    .where('u.day', '>=', fromDay)
    .where('u.day', '<=', toDay)
    .where('q.user', 'in', users)
    .execute();
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

/** Asks in parts: a statement must not grow without end. */
async function inParts<Row>(
  users: readonly string[],
  read: (part: readonly string[]) => Promise<Row[]>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let start = 0; start < users.length; start += NAMES_AT_ONCE) {
    rows.push(...(await read(users.slice(start, start + NAMES_AT_ONCE))));
  }
  return rows;
}

async function lastReads(queries: Queries): Promise<ReadonlyMap<string, number>> {
  const rows = await queries.selectFrom('routers').select(['name', 'sampled_at']).execute();
  return new Map(
    rows.flatMap(({ name, sampled_at }) => {
      const readAt = nullable(integerOf, 'routers.sampled_at', sampled_at);
      return readAt === null ? [] : [[textOf('routers.name', name), readAt] as const];
    }),
  );
}
