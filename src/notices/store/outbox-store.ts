import { randomUUID } from 'node:crypto';
import type { Selectable } from 'kysely';
import { z } from 'zod';
import { countOf, integerOf, invalid, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { readDatabaseClock } from '../../platform/store/database-clock.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { ClaimedMail, Outbox, Settlement } from '../ports.ts';
import { type MailsTable, type MailTransaction, mailQueries, mailTransaction } from './schema.ts';

const LONGEST_TROUBLE = 2000;
const UNDELIVERED = ['pending', 'claimed'];

const UNREADABLE = 'the stored mail is invalid';

const addresses = z.array(z.string());

/** Who still gets a mail, as JSON. */
function recipientsOf(column: string, value: unknown): string[] {
  const text = textOf(column, value);
  try {
    return addresses.parse(JSON.parse(text));
  } catch {
    throw invalid(column, text);
  }
}

/**
 * The outbox, kept in a database. A mail's `due_at` is when its next try is due or, while it is claimed, when the lease ends.
 * `clock` takes the place of the database's own where time is simulated.
 */
export function createOutbox({ database, clock }: { readonly database: Database; readonly clock?: Clock }): Outbox {
  return {
    now: async () => clock?.now() ?? (await database.read((queries) => readDatabaseClock(database.kind, queries))),
    claim(now, leaseMs) {
      const claim = randomUUID();
      return database.transaction((transaction) =>
        claimOnce(mailTransaction(transaction), database, { claim, now, leaseMs }),
      );
    },
    settle: (mail, settlement) =>
      database.transaction((transaction) => settleOnce(mailTransaction(transaction), mail, settlement)),
    async nextDueAt() {
      const row = await database.read((queries) =>
        mailQueries(queries)
          .selectFrom('mails')
          .select('due_at')
          .where('state', 'in', UNDELIVERED)
          .orderBy('due_at')
          .limit(1)
          .executeTakeFirst(),
      );
      return row === undefined ? null : integerOf('mails.due_at', row.due_at);
    },
  };
}

async function claimOnce(
  transaction: MailTransaction,
  database: Database,
  { claim, now, leaseMs }: { readonly claim: string; readonly now: number; readonly leaseMs: number },
): Promise<ClaimedMail | null> {
  // A commit whose answer was lost may already have given us a mail.
  const ours = await transaction.selectFrom('mails').selectAll().where('claim', '=', claim).executeTakeFirst();
  if (ours !== undefined) return toClaimed(ours, claim);
  for (;;) {
    const due = transaction
      .selectFrom('mails')
      .selectAll()
      .where('state', 'in', UNDELIVERED)
      .where('due_at', '<=', BigInt(now))
      .orderBy('due_at')
      .limit(1);
    const row = await (database.kind === 'mysql' ? due.forUpdate() : due).executeTakeFirst();
    if (row === undefined) return null;
    const attempts = row.attempts + 1n;
    const [mail] = readEach(database, [row], () => toClaimed({ ...row, attempts }, claim));
    // A mail that cannot be read would otherwise stay the first that is due, and no other would ever go out.
    if (mail === undefined) {
      const givenUp = { state: 'failed', trouble: UNREADABLE } as const;
      await transaction.updateTable('mails').set(givenUp).where('id', '=', row.id).execute();
      continue;
    }
    await transaction
      .updateTable('mails')
      .set({ state: 'claimed', claim, due_at: BigInt(now + leaseMs), attempts })
      .where('id', '=', row.id)
      .execute();
    return mail;
  }
}

async function settleOnce(transaction: MailTransaction, mail: ClaimedMail, settlement: Settlement): Promise<boolean> {
  const trouble = settlement.trouble?.slice(0, LONGEST_TROUBLE) ?? null;
  const { numUpdatedRows } = await transaction
    .updateTable('mails')
    .set({
      state: settlement.state,
      due_at: BigInt(settlement.dueAt),
      refusals: BigInt(settlement.refusals),
      sent_at: settlement.sentAt === null ? null : BigInt(settlement.sentAt),
      trouble,
      ...(settlement.state === 'pending' ? { recipients: JSON.stringify(settlement.to) } : {}),
    })
    .where('id', '=', mail.id)
    .where('claim', '=', mail.claim)
    .where('state', '=', 'claimed')
    .executeTakeFirst();
  if (numUpdatedRows > 0n) return true;
  // The answer to an earlier commit of the same may have been lost.
  const row = await transaction
    .selectFrom('mails')
    .select('state')
    .where('id', '=', mail.id)
    .where('claim', '=', mail.claim)
    .executeTakeFirst();
  return row?.state === settlement.state;
}

function toClaimed(row: Selectable<MailsTable>, claim: string): ClaimedMail {
  return {
    id: textOf('mails.id', row.id),
    to: recipientsOf('mails.recipients', row.recipients),
    subject: textOf('mails.subject', row.subject),
    text: textOf('mails.text_body', row.text_body),
    html: textOf('mails.html_body', row.html_body),
    attachment:
      row.file_name === null
        ? null
        : {
            fileName: textOf('mails.file_name', row.file_name),
            contentType: textOf('mails.file_type', row.file_type),
            content: textOf('mails.file_content', row.file_content),
          },
    createdAt: integerOf('mails.created_at', row.created_at),
    giveUpAt: integerOf('mails.give_up_at', row.give_up_at),
    claim,
    attempts: countOf('mails.attempts', row.attempts),
    refusals: countOf('mails.refusals', row.refusals),
    sentAt: nullable(integerOf, 'mails.sent_at', row.sent_at),
  };
}
