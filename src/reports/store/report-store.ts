import { sql } from 'kysely';
import type { MailWriter } from '../../notices/ports.ts';
import { AlreadyThere, unlessAlreadyThere } from '../../platform/store/already-there.ts';
import { bytesOf, dayOf, flagOf, integerOf, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database, DatabaseTransaction, Queries } from '../../platform/store/database.ts';
import { inParts } from '../../platform/store/in-parts.ts';
import { createTotalsStore } from '../../quotas/store/totals-store.ts';
import { unobserved } from '../../usage/store/usage-archive.ts';
import type { DayPoint, HourShare, ReportArchive, ReportBook, ReportFate } from '../ports.ts';
import { reportQueries, reportTransaction } from './schema.ts';

/** Names that one statement looks for. */
const NAMES_AT_ONCE = 500;

/** What reports are made of, read from a database. */
export function createReportArchive({ database }: { readonly database: Database }): ReportArchive {
  return {
    queueTotals: createTotalsStore({ database }).queueTotals,
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

/** Which reports have been written, kept in a database. */
export function createReportBook({
  database,
  mails,
}: {
  readonly database: Database;
  readonly mails: MailWriter<DatabaseTransaction>;
}): ReportBook {
  return {
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
        const row = await reportQueries(queries)
          .selectFrom('report_mails')
          .select('mail_id')
          .where('report', '=', report)
          .where('period_start', '=', periodStart)
          .executeTakeFirst();
        return row !== undefined;
      }),
    fateOf: ({ periodStart, periodEnd }) =>
      database.read(async (queries) => {
        const rows = await reportQueries(queries)
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
          const book = reportTransaction(transaction);
          const key = { report, period_start: periodStart, period_end: mail.periodEnd };
          if (again) {
            await book
              .deleteFrom('report_mails')
              .where('report', '=', report)
              .where('period_start', '=', periodStart)
              .execute();
          }
          const insert = book
            .insertInto('report_mails')
            .values({ ...key, mail_id: mail.id, written_at: BigInt(mail.createdAt) });
          const { numInsertedOrUpdatedRows } = await (database.kind === 'mysql'
            ? insert.ignore()
            : insert.onConflict((conflict) => conflict.doNothing())
          ).executeTakeFirst();
          if (numInsertedOrUpdatedRows !== 1n) throw new AlreadyThere();
          await mails.write(transaction, [mail]);
        }),
      ),
  };
}

/** A mail that is forgotten already had its time. */
function fateIn(state: string | null): ReportFate {
  if (state === null || state === 'sent') return 'sent-before';
  return state === 'failed' ? 'given-up' : 'waiting';
}

/** The hours before, within and after are summed apart: a third faster than one pass that decides row by row. */
async function hourShares(
  queries: Queries,
  { day, hourAt, users }: Parameters<ReportArchive['hourShares']>[0],
): Promise<HourShare[]> {
  const nothing = sql<bigint>`0`;
  const moved = sql<bigint>`SUM(upload_bytes + download_bytes)`;
  function sumOf(when: '<' | '=' | '>') {
    const sums = queries
      .selectFrom('usage_hourly')
      .select('queue_id')
      .select((when === '<' ? moved : nothing).as('before'))
      .select((when === '=' ? moved : nothing).as('within'))
      .select((when === '>' ? moved : nothing).as('after'))
      .where('day', '=', day)
      .where('hour_at', when, BigInt(hourAt))
      .groupBy('queue_id');
    if (users === undefined) return sums;
    return sums.where('queue_id', 'in', (nested) =>
      nested.selectFrom('queues').select('id').where('user', 'in', users),
    );
  }
  const sums = queries
    .selectFrom(sumOf('<').unionAll(sumOf('=')).unionAll(sumOf('>')).as('parts'))
    .select('queue_id')
    .select(({ fn }) => [fn.sum('before').as('before'), fn.sum('within').as('within'), fn.sum('after').as('after')])
    .groupBy('queue_id');
  const ofDay = queries
    .selectFrom('usage_daily as u')
    .innerJoin('queues as q', 'q.id', 'u.queue_id')
    .innerJoin('routers as r', 'r.id', 'q.router_id')
    .leftJoin(sums.as('s'), 's.queue_id', 'u.queue_id')
    .select(['r.name as router', 'q.name as queue', 'q.user', 'q.is_parent', 'u.comment'])
    .select(['u.upload_bytes', 'u.download_bytes', 's.before', 's.within', 's.after'])
    .where('u.day', '=', day);
  const rows = await (users === undefined ? ofDay : ofDay.where('q.user', 'in', users)).execute();
  return rows.map((row) => {
    const beforeBytes = bytesOf('usage_hourly.upload_bytes', row.before ?? 0n);
    const withinBytes = bytesOf('usage_hourly.upload_bytes', row.within ?? 0n);
    const afterBytes = bytesOf('usage_hourly.upload_bytes', row.after ?? 0n);
    return {
      router: textOf('routers.name', row.router),
      queue: textOf('queues.name', row.queue),
      user: textOf('queues.user', row.user),
      isParent: flagOf('queues.is_parent', row.is_parent),
      comment: nullable(textOf, 'usage_daily.comment', row.comment),
      dayBytes:
        bytesOf('usage_daily.upload_bytes', row.upload_bytes) +
        bytesOf('usage_daily.download_bytes', row.download_bytes),
      knownBytes: beforeBytes + withinBytes + afterBytes,
      beforeBytes,
      withinBytes,
    };
  });
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
