import { sql } from 'kysely';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import { databaseNow } from '../../platform/store/database-clock.ts';
import type { OutgoingNotice } from '../notice.ts';
import type { NoticeWriter } from '../ports.ts';
import { contentColumns, topicColumns } from './notice-row.ts';
import { type NoticeTransaction, noticeTransaction } from './schema.ts';

/** Puts notices into the outbox, within the caller's transaction. */
export function createNoticeWriter({ database }: { readonly database: Database }): NoticeWriter<DatabaseTransaction> {
  return {
    async write(transaction, notices) {
      for (const notice of notices) await insert(noticeTransaction(transaction), database.kind, notice);
    },
  };
}

/** Due at once: the worker's clock may be ahead of the database's, which decides. */
async function insert(transaction: NoticeTransaction, kind: Database['kind'], notice: OutgoingNotice): Promise<void> {
  if (notice.to.length === 0) throw new Error(`a notice to nobody would wait forever: ${notice.id}`);
  await transaction
    .insertInto('notices')
    .values({
      id: notice.id,
      kind: notice.kind,
      subject: notice.subject,
      ...contentColumns(notice),
      created_at: BigInt(notice.createdAt),
      period_end: notice.periodEnd,
      worth_until: BigInt(notice.worthUntil),
      state: 'pending',
      sent_at: null,
      attempts: 0n,
    })
    .execute();
  await transaction
    .insertInto('notice_topics')
    .values({ notice: notice.id, ...topicColumns(notice) })
    .execute();
  await transaction.insertInto('notice_order').values({ notice: notice.id }).execute();
  await transaction
    .insertInto('deliveries')
    .values(
      notice.to.map(({ channel, address }) => ({
        notice: notice.id,
        channel,
        address,
        state: 'pending',
        due_at: earlier(kind, notice.createdAt),
        attempts: 0n,
        refusals: 0n,
        claim: null,
        sent_at: null,
        trouble: null,
      })),
    )
    .execute();
}

function earlier(kind: Database['kind'], createdAt: number) {
  const [smaller, now] = [sql.raw(kind === 'mysql' ? 'LEAST' : 'MIN'), databaseNow(kind)];
  return sql<bigint>`${smaller}(${BigInt(createdAt)}, ${now})`;
}
