import type { Generated, Kysely, Transaction } from 'kysely';
import type { DatabaseTransaction, Queries } from '../../platform/store/database.ts';
import type { Schema } from '../../platform/store/schema.ts';

export interface NoticesTable {
  id: string;
  kind: string;
  subject: string;
  letter: string | null;
  text_body: string | null;
  html_body: string | null;
  file_name: string | null;
  file_type: string | null;
  file_content: string | null;
  created_at: bigint;
  period_end: string;
  worth_until: bigint;
  state: string;
  sent_at: bigint | null;
  attempts: bigint;
}

export interface DeliveriesTable {
  notice: string;
  channel: string;
  address: string;
  state: string;
  due_at: bigint;
  attempts: bigint;
  refusals: bigint;
  claim: string | null;
  sent_at: bigint | null;
  trouble: string | null;
}

/** The states of a delivery that may still go out. */
export const UNDELIVERED = ['pending', 'claimed'];

/** What a notice is about. Those of an earlier version have none. */
export interface NoticeTopicsTable {
  notice: string;
  event: string;
  devices: string;
  incident: bigint | null;
  answers: string | null;
}

interface DeliveryMessagesTable {
  notice: string;
  channel: string;
  address: string;
  message_id: string;
}

interface NoticeOrderTable {
  position: Generated<bigint>;
  notice: string;
}

interface MovedAddressesTable {
  channel: string;
  address: string;
  moved_to: string;
  moved_at: bigint;
}

/** The outbox, as in `sql/`. What is read is still checked, by `columns.ts`. */
type NoticeTables = {
  notices: NoticesTable;
  notice_topics: NoticeTopicsTable;
  deliveries: DeliveriesTable;
  delivery_messages: DeliveryMessagesTable;
  notice_order: NoticeOrderTable;
  moved_addresses: MovedAddressesTable;
};

export type NoticeQueries = Kysely<Schema & NoticeTables>;
export type NoticeTransaction = Transaction<Schema & NoticeTables>;

/** The same connection, with these tables known to its types. */
export function noticeQueries(queries: Queries): NoticeQueries {
  return queries.withTables<NoticeTables>();
}

export function noticeTransaction(transaction: DatabaseTransaction): NoticeTransaction {
  return transaction.withTables<NoticeTables>();
}
