import type { Kysely, Transaction } from 'kysely';
import type { NoticeStates } from '../../notices/notice-states.ts';
import type { DatabaseTransaction, Queries } from '../../platform/store/database.ts';
import type { Schema } from '../../platform/store/schema.ts';

interface ReportMailsTable {
  report: string;
  period_start: string;
  period_end: string;
  mail_id: string;
  written_at: bigint;
}

/** The reports that were written, as in `sql/`, and how their notices stand. What is read is still checked, by `columns.ts`. */
type ReportTables = { report_mails: ReportMailsTable } & NoticeStates;

export type ReportQueries = Kysely<Schema & ReportTables>;
export type ReportTransaction = Transaction<Schema & ReportTables>;

/** The same connection, with these tables known to its types. */
export function reportQueries(queries: Queries): ReportQueries {
  return queries.withTables<ReportTables>();
}

export function reportTransaction(transaction: DatabaseTransaction): ReportTransaction {
  return transaction.withTables<ReportTables>();
}
