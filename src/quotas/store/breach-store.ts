import type { NoticeWriter } from '../../notices/ports.ts';
import { AlreadyThere, unlessAlreadyThere } from '../../platform/store/already-there.ts';
import { bytesOf, countOf, dayOf, textOf, wordOf } from '../../platform/store/columns.ts';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import type { AlertArchive, AlertLines, Breach, BreachBook, RecordedBreach } from '../ports.ts';
import { createAlertArchive } from './alert-archive.ts';
import { type BreachQueries, type BreachTransaction, breachQueries, breachTransaction } from './schema.ts';

const ROWS_AT_ONCE = 500;
const PERIODS = ['day', 'week', 'month'] as const;
const STATES = ['mailed', 'superseded', 'estimated', 'unsent'] as const;

/** Breaches with the notices about them, kept in a database. */
export function createBreachStore({
  database,
  notices: writer,
}: {
  readonly database: Database;
  readonly notices: NoticeWriter<DatabaseTransaction>;
}): BreachBook & AlertArchive & AlertLines {
  return {
    ...createAlertArchive({ database }),
    recorded: (filter) => database.read((queries) => recorded(breachQueries(queries), filter)),
    record: (breaches, notices) =>
      unlessAlreadyThere(
        database.transaction(async (transaction) => {
          const book = breachTransaction(transaction);
          for (let start = 0; start < breaches.length; start += ROWS_AT_ONCE) {
            await insertBreaches(book, database.kind, breaches.slice(start, start + ROWS_AT_ONCE));
          }
          await writer.write(transaction, notices);
        }),
      ),
  };
}

async function recorded(
  queries: BreachQueries,
  filter: Parameters<BreachBook['recorded']>[0],
): Promise<RecordedBreach[]> {
  let query = queries
    .selectFrom('breaches')
    .select(['router', 'user', 'period', 'period_start', 'threshold', 'limit_bytes', 'state'])
    .where('period_end', '>=', filter.periodEndFrom);
  if (filter.routers !== undefined) query = query.where('router', 'in', filter.routers);
  return (await query.execute()).map((row) => ({
    router: textOf('breaches.router', row.router),
    user: textOf('breaches.user', row.user),
    period: wordOf('breaches.period', row.period, PERIODS),
    periodStart: dayOf('breaches.period_start', row.period_start),
    threshold: countOf('breaches.threshold', row.threshold),
    limitBytes: bytesOf('breaches.limit_bytes', row.limit_bytes),
    state: wordOf('breaches.state', row.state, STATES),
  }));
}

/** When two workers found the same breach, the unique key rejects all rows of the second one. */
async function insertBreaches(transaction: BreachTransaction, kind: Database['kind'], breaches: readonly Breach[]) {
  const insert = transaction.insertInto('breaches').values(
    breaches.map((breach) => ({
      router: breach.router,
      user: breach.user,
      period: breach.period,
      period_start: breach.periodStart,
      period_end: breach.periodEnd,
      threshold: BigInt(breach.threshold),
      limit_bytes: breach.limitBytes,
      counted_bytes: breach.countedBytes,
      noticed_at: BigInt(breach.noticedAt),
      day: breach.day,
      state: breach.state,
      mail_id: breach.mailId,
    })),
  );
  const result = await (kind === 'mysql'
    ? insert.ignore()
    : insert.onConflict((conflict) => conflict.doNothing())
  ).executeTakeFirst();
  if (result.numInsertedOrUpdatedRows !== BigInt(breaches.length)) throw new AlreadyThere();
}
