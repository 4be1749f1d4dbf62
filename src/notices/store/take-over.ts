import { sql } from 'kysely';
import { z } from 'zod';
import { invalid, textOf } from '../../platform/store/columns.ts';
import type { Database, DatabaseTransaction, Queries } from '../../platform/store/database.ts';
import { readDatabaseClock } from '../../platform/store/database-clock.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import type { Clock } from '../../runtime/clock.ts';
import { MAIL_CHANNEL } from '../recipients.ts';
import { noticeTransaction } from './schema.ts';
import { sumUp } from './sum-up.ts';

/** In one transaction: a mail may hold megabytes, but they stay in the database. */
const MAILS_AT_ONCE = 50;
const UNREADABLE = 'the stored mail is invalid';
/** Longer ones do not fit into a delivery. */
const MOST_ADDRESS_BYTES = 1020;
/** Of a mail whose addresses are not kept: those who got it while others wait, or all of one that cannot be read. */
const NOBODY_BY_NAME = '';

/** The outbox of earlier versions, and what of the breaches says what a mail is about. */
type FormerTables = {
  mails: {
    id: string;
    recipients: string;
    state: string;
    due_at: bigint;
    attempts: bigint;
    refusals: bigint;
    sent_at: bigint | null;
    trouble: string | null;
    file_name: string | null;
  };
  breaches: { mail_id: string | null };
};

interface FormerMail extends Readonly<Omit<FormerTables['mails'], 'recipients'>> {
  readonly recipients: unknown;
}

const addresses = z
  .array(z.string().refine((text) => text !== NOBODY_BY_NAME && Buffer.byteLength(text) <= MOST_ADDRESS_BYTES))
  .min(1);

/**
 * Makes notices of the mails in the outbox of earlier versions: of all at the first start of this one, later of those that a worker of an
 * earlier version, which still runs beside, has written. One that such a worker has claimed stays its own until its lease ends: so
 * nothing is sent by both.
 */
export async function takeOverMails({
  database,
  clock,
}: {
  readonly database: Database;
  readonly clock?: Clock;
}): Promise<void> {
  for (;;) {
    const now = clock?.now() ?? (await database.read((queries) => readDatabaseClock(database.kind, queries)));
    const free = await database.read((queries) => freeMails(queries, now).select('id').limit(MAILS_AT_ONCE).execute());
    const ids = free.map(({ id }) => textOf('mails.id', id));
    if (ids.length === 0) return;
    await database.transaction((transaction) => takeOver(transaction, database, ids, now));
  }
}

function freeMails(queries: Queries, now: number) {
  return queries
    .withTables<FormerTables>()
    .selectFrom('mails')
    .where(({ or, eb }) => or([eb('state', '!=', 'claimed'), eb('due_at', '<=', BigInt(now))]));
}

async function takeOver(transaction: DatabaseTransaction, database: Database, ids: readonly string[], now: number) {
  const former = transaction.withTables<FormerTables>();
  const locked = freeMails(transaction, now)
    .select(['id', 'recipients', 'state', 'due_at', 'attempts', 'refusals', 'sent_at', 'trouble', 'file_name'])
    .where('id', 'in', ids);
  // Neither another worker that takes over nor one that claims can have them now.
  const mails = await (database.kind === 'mysql' ? locked.forUpdate() : locked).execute();
  const breaches = await former.selectFrom('breaches').select('mail_id').where('mail_id', 'in', ids).execute();
  const aboutQuotas = new Set(breaches.map(({ mail_id }) => mail_id));
  for (const mail of mails) {
    const kind = mail.file_name !== null ? 'report' : aboutQuotas.has(mail.id) ? 'quota' : 'blind';
    await sql`INSERT INTO notices (id, kind, subject, text_body, html_body, file_name, file_type, file_content, created_at, period_end,
        worth_until, state)
      SELECT id, ${kind}, subject, text_body, html_body, file_name, file_type, file_content, created_at, period_end, give_up_at, state
      FROM mails WHERE id = ${mail.id}`.execute(transaction);
    await noticeTransaction(transaction).insertInto('deliveries').values(linesOf(database, mail)).execute();
    await sumUp(noticeTransaction(transaction), mail.id);
    await former.deleteFrom('mails').where('id', '=', mail.id).execute();
  }
}

/** What waits, waits on for each address by itself; what is settled is so for all. */
function linesOf(database: Database, mail: FormerMail) {
  const [to] = readEach(database, [mail], ({ recipients }) => addressesOf('mails.recipients', recipients));
  const isSettled = mail.state === 'sent' || mail.state === 'failed';
  const line = {
    notice: mail.id,
    channel: MAIL_CHANNEL,
    state: isSettled ? mail.state : 'pending',
    due_at: mail.due_at,
    attempts: mail.attempts,
    refusals: mail.refusals,
    claim: null,
    sent_at: isSettled ? mail.sent_at : null,
    trouble: mail.trouble,
  };
  const unnamed = { ...line, address: NOBODY_BY_NAME };
  if (to === undefined) return [isSettled ? unnamed : { ...unnamed, state: 'failed', trouble: UNREADABLE }];
  const lines = [...new Set(to)].map((address) => ({ ...line, address }));
  if (isSettled || mail.sent_at === null) return lines;
  return [...lines, { ...unnamed, state: 'sent', sent_at: mail.sent_at, trouble: null }];
}

function addressesOf(column: string, value: unknown): string[] {
  const text = textOf(column, value);
  try {
    return addresses.parse(JSON.parse(text));
  } catch {
    throw invalid(column, text);
  }
}
