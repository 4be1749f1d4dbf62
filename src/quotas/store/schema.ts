import type { Generated, Kysely, Transaction } from 'kysely';
import type { NoticeStates } from '../../notices/notice-states.ts';
import type { DatabaseTransaction, Queries } from '../../platform/store/database.ts';
import type { Schema } from '../../platform/store/schema.ts';

interface BreachesTable {
  id: Generated<bigint>;
  router: string;
  user: string;
  period: string;
  period_start: string;
  period_end: string;
  threshold: bigint;
  limit_bytes: bigint;
  counted_bytes: bigint;
  noticed_at: bigint;
  day: string;
  state: string;
  mail_id: string | null;
}

/** The breaches, as in `sql/`, and how the notices about them stand. What is read is still checked, by `columns.ts`. */
type BreachTables = { breaches: BreachesTable } & NoticeStates;

export type BreachQueries = Kysely<Schema & BreachTables>;
export type BreachTransaction = Transaction<Schema & BreachTables>;

/** The same connection, with these tables known to its types. */
export function breachQueries(queries: Queries): BreachQueries {
  return queries.withTables<BreachTables>();
}

export function breachTransaction(transaction: DatabaseTransaction): BreachTransaction {
  return transaction.withTables<BreachTables>();
}
