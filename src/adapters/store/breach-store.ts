import type { AlertArchive, AlertState, Breach, BreachBook, RecordedBreach } from '../../features/alerts/ports.ts';
import { type AlertQueries, type AlertTransaction, alertQueries, alertTransaction } from './alert-schema.ts';
import { bytesOf, countOf, dayOf, integerOf, nullable, textOf, wordOf } from './columns.ts';
import type { Database } from './database.ts';
import { AlreadyThere, insertMails, unlessAlreadyThere } from './mail-rows.ts';
import { readEach } from './odd-rows.ts';

const ROWS_AT_ONCE = 500;
const PERIODS = ['day', 'week', 'month'] as const;
const STATES = ['mailed', 'superseded', 'estimated', 'unsent'] as const;
const MAIL_STATES = ['pending', 'claimed', 'sent', 'failed'] as const;

/** Breaches with the mails about them, kept in a database. */
export function createBreachStore({ database }: { readonly database: Database }): BreachBook & AlertArchive {
  return {
    recorded: (filter) => database.read((queries) => recorded(alertQueries(queries), filter)),
    record: (breaches, mails) =>
      unlessAlreadyThere(
        database.transaction(async (transaction) => {
          const alerts = alertTransaction(transaction);
          for (let start = 0; start < breaches.length; start += ROWS_AT_ONCE) {
            await insertBreaches(alerts, database.kind, breaches.slice(start, start + ROWS_AT_ONCE));
          }
          await insertMails(alerts, mails);
        }),
      ),
    alerts: (filter) => database.read((queries) => alertStates(alertQueries(queries), database, filter)),
  };
}

async function recorded(
  queries: AlertQueries,
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

/** The unique key decides between two workers who found the same breach: all of theirs are in, or all of ours. */
async function insertBreaches(transaction: AlertTransaction, kind: Database['kind'], breaches: readonly Breach[]) {
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

async function alertStates(
  queries: AlertQueries,
  database: Database,
  { fromDay, toDay }: { readonly fromDay: string; readonly toDay: string },
): Promise<AlertState[]> {
  const rows = await queries
    .selectFrom('breaches as b')
    .leftJoin('mails as m', 'm.id', 'b.mail_id')
    .select(['b.day', 'b.router', 'b.user', 'b.period', 'b.period_start', 'b.period_end', 'b.threshold'])
    .select(['b.limit_bytes', 'b.counted_bytes', 'b.noticed_at', 'b.state'])
    .select(['m.state as mail_state', 'm.sent_at', 'm.attempts'])
    .where('b.day', '>=', fromDay)
    .where('b.day', '<=', toDay)
    .orderBy('b.day')
    .orderBy('b.router')
    .orderBy('b.user')
    .orderBy('b.period')
    .orderBy('b.period_start')
    .orderBy('b.threshold')
    .execute();
  return readEach(database, rows, (row) => ({
    day: dayOf('breaches.day', row.day),
    router: textOf('breaches.router', row.router),
    user: textOf('breaches.user', row.user),
    period: wordOf('breaches.period', row.period, PERIODS),
    periodStart: dayOf('breaches.period_start', row.period_start),
    periodEnd: dayOf('breaches.period_end', row.period_end),
    threshold: countOf('breaches.threshold', row.threshold),
    limitBytes: bytesOf('breaches.limit_bytes', row.limit_bytes),
    countedBytes: bytesOf('breaches.counted_bytes', row.counted_bytes),
    noticedAt: integerOf('breaches.noticed_at', row.noticed_at),
    state: stateOf(wordOf('breaches.state', row.state, STATES), row.mail_state),
    sentAt: nullable(integerOf, 'mails.sent_at', row.sent_at),
    attempts: row.attempts === null ? 0 : countOf('mails.attempts', row.attempts),
  }));
}

function stateOf(state: (typeof STATES)[number], mailState: unknown): AlertState['state'] {
  return state === 'mailed' ? wordOf('mails.state', mailState, MAIL_STATES) : state;
}
