import type { Generated, Kysely, Transaction } from 'kysely';
import type { DatabaseTransaction, Queries } from '../../platform/store/database.ts';
import type { Schema } from '../../platform/store/schema.ts';

export interface MailsTable {
  id: string;
  recipients: string;
  subject: string;
  text_body: string;
  html_body: string;
  file_name: string | null;
  file_type: string | null;
  file_content: string | null;
  state: string;
  created_at: bigint;
  period_end: string;
  due_at: bigint;
  give_up_at: bigint;
  attempts: bigint;
  refusals: bigint;
  claim: string | null;
  sent_at: bigint | null;
  trouble: string | null;
}

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

interface ReportMailsTable {
  report: string;
  period_start: string;
  period_end: string;
  mail_id: string;
  written_at: bigint;
}

interface RouterWatchesTable {
  router: string;
  watched_since: bigint;
  blind_since: bigint | null;
}

interface JobRunsTable {
  job: string;
  started_at: bigint;
  duration_ms: number;
  outcome: string;
  code: string | null;
}

/** The tables of `sql/…/002-alerts.sql`. What is read is still checked, by `columns.ts`. */
type AlertTables = {
  mails: MailsTable;
  breaches: BreachesTable;
  report_mails: ReportMailsTable;
  router_watches: RouterWatchesTable;
  job_runs: JobRunsTable;
};

export type AlertQueries = Kysely<Schema & AlertTables>;
export type AlertTransaction = Transaction<Schema & AlertTables>;

/** The same connection, with these tables known to its types. */
export function alertQueries(queries: Queries): AlertQueries {
  return queries.withTables<AlertTables>();
}

export function alertTransaction(transaction: DatabaseTransaction): AlertTransaction {
  return transaction.withTables<AlertTables>();
}
