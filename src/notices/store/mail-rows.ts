import { sql } from 'kysely';
import type { Database } from '../../platform/store/database.ts';
import { databaseNow } from '../../platform/store/database-clock.ts';
import type { AlertTransaction } from '../../quotas/store/alert-schema.ts';
import type { OutgoingMail } from '../ports.ts';

/** Puts mails into the outbox, due at once: the worker's clock may be ahead of the database's, which decides. */
export async function insertMails(
  transaction: AlertTransaction,
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

/** Thrown to roll a transaction back when another worker was quicker; never leaves the store. */
export class AlreadyThere extends Error {}

/** `true` when `work` was committed, `false` when it found that another worker had been quicker. */
export async function unlessAlreadyThere(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof AlreadyThere) return false;
    throw error;
  }
}
