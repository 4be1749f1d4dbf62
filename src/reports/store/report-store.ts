import type { NoticeWriter } from '../../notices/ports.ts';
import { AlreadyThere, unlessAlreadyThere } from '../../platform/store/already-there.ts';
import { integerOf, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import type { ReportBook, ReportFate } from '../ports.ts';
import { reportQueries, reportTransaction } from './schema.ts';

/** Which reports have been written, kept in a database. */
export function createReportBook({
  database,
  notices,
}: {
  readonly database: Database;
  readonly notices: NoticeWriter<DatabaseTransaction>;
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
          .leftJoin('notices as n', 'n.id', 'r.mail_id')
          .select('n.state')
          .where('r.period_start', '=', periodStart)
          .where('r.period_end', '=', periodEnd)
          .execute();
        const fates = rows.map(({ state }) => fateIn(nullable(textOf, 'notices.state', state)));
        return (['sent-before', 'waiting', 'given-up'] as const).find((fate) => fates.includes(fate)) ?? null;
      }),
    write: ({ report, periodStart }, notice, again) =>
      unlessAlreadyThere(
        database.transaction(async (transaction) => {
          const book = reportTransaction(transaction);
          const key = { report, period_start: periodStart, period_end: notice.periodEnd };
          if (again) {
            await book
              .deleteFrom('report_mails')
              .where('report', '=', report)
              .where('period_start', '=', periodStart)
              .execute();
          }
          const insert = book
            .insertInto('report_mails')
            .values({ ...key, mail_id: notice.id, written_at: BigInt(notice.createdAt) });
          const { numInsertedOrUpdatedRows } = await (database.kind === 'mysql'
            ? insert.ignore()
            : insert.onConflict((conflict) => conflict.doNothing())
          ).executeTakeFirst();
          if (numInsertedOrUpdatedRows !== 1n) throw new AlreadyThere();
          await notices.write(transaction, [notice]);
        }),
      ),
  };
}

/** A notice that is forgotten already had its time. */
function fateIn(state: string | null): ReportFate {
  if (state === null || state === 'sent') return 'sent-before';
  return state === 'failed' ? 'given-up' : 'waiting';
}
