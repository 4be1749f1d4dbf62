import type { Kysely, Transaction } from 'kysely';
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

/** The outbox, as in `sql/`. What is read is still checked, by `columns.ts`. */
type MailTables = { mails: MailsTable };

export type MailQueries = Kysely<Schema & MailTables>;
export type MailTransaction = Transaction<Schema & MailTables>;

/** The same connection, with these tables known to its types. */
export function mailQueries(queries: Queries): MailQueries {
  return queries.withTables<MailTables>();
}

export function mailTransaction(transaction: DatabaseTransaction): MailTransaction {
  return transaction.withTables<MailTables>();
}
