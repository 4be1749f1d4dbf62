import type { Database } from '../../platform/store/database.ts';
import type { NoticeTransaction } from './schema.ts';

/** The notice's row, which nobody else changes deliveries of until the transaction ends. SQLite has one writer at a time anyway. */
export async function lockNotice(transaction: NoticeTransaction, database: Database, id: string) {
  const notice = transaction.selectFrom('notices').selectAll().where('id', '=', id);
  return await (database.kind === 'mysql' ? notice.forUpdate() : notice).executeTakeFirst();
}
