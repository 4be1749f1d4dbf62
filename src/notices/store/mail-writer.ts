import { sql } from 'kysely';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import { databaseNow } from '../../platform/store/database-clock.ts';
import type { MailWriter, OutgoingMail } from '../ports.ts';
import { type MailTransaction, mailTransaction } from './schema.ts';

/** Puts mails into the outbox, within the caller's transaction. */
export function createMailWriter({ database }: { readonly database: Database }): MailWriter<DatabaseTransaction> {
  return { write: (transaction, mails) => insertMails(mailTransaction(transaction), database.kind, mails) };
}

/** Due at once: the worker's clock may be ahead of the database's, which decides. */
async function insertMails(
  transaction: MailTransaction,
  kind: Database['kind'],
  mails: readonly OutgoingMail[],
): Promise<void> {
  for (const mail of mails) {
    await transaction
      .insertInto('mails')
      .values({
        id: mail.id,
        recipients: JSON.stringify(mail.to),
        subject: mail.subject,
        text_body: mail.text,
        html_body: mail.html,
        file_name: mail.attachment?.fileName ?? null,
        file_type: mail.attachment?.contentType ?? null,
        file_content: mail.attachment?.content ?? null,
        state: 'pending',
        created_at: BigInt(mail.createdAt),
        period_end: mail.periodEnd,
        due_at: earlier(kind, mail.createdAt),
        give_up_at: BigInt(mail.giveUpAt),
        attempts: 0n,
        refusals: 0n,
        claim: null,
        sent_at: null,
        trouble: null,
      })
      .execute();
  }
}

function earlier(kind: Database['kind'], createdAt: number) {
  const [smaller, now] = [sql.raw(kind === 'mysql' ? 'LEAST' : 'MIN'), databaseNow(kind)];
  return sql<bigint>`${smaller}(${BigInt(createdAt)}, ${now})`;
}
