import { randomUUID } from 'node:crypto';
import type { Selectable } from 'kysely';
import { countOf, integerOf, textOf } from '../../platform/store/columns.ts';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import { readDatabaseClock } from '../../platform/store/database-clock.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Channel, ClaimedNotice, DeliveryLine, LineOutcome, Outbox } from '../ports.ts';
import { whoWaits } from './delivery-order.ts';
import { lockNotice } from './lock-notice.ts';
import { toNotice } from './notice-row.ts';
import {
  type DeliveriesTable,
  type NoticeTransaction,
  noticeQueries,
  noticeTransaction,
  UNDELIVERED,
} from './schema.ts';
import { sumUp } from './sum-up.ts';
import { takeOverMails } from './take-over.ts';

const LONGEST_TROUBLE = 2000;
const UNREADABLE = 'the stored notice is invalid';

interface Deps {
  readonly database: Database;
  /** Takes the place of the database's own clock where time is simulated. */
  readonly clock?: Clock;
}

/**
 * The outbox, kept in a database. A line's `due_at` is when its next try is due or, while it is claimed, when the lease ends. Whoever
 * changes lines of a notice locks the notice first: two channels, or two workers, never wait for each other in a circle.
 */
export function createOutbox(deps: Deps): Outbox {
  const { database } = deps;
  return {
    async claim(channel, leaseMs) {
      await takeOverMails(deps);
      const claim = randomUUID();
      for (;;) {
        const notice = await findDue(deps, channel.name);
        if (notice === null) return null;
        const claimed = await database.transaction((transaction) =>
          claimLines(transaction, deps, { notice, channel, claim, leaseMs }),
        );
        if (claimed !== null) return claimed;
      }
    },
    settle: (claimed, outcomes) =>
      database.transaction((transaction) => settleLines(transaction, deps, claimed, outcomes)),
    async nextDueInMs(channel) {
      const row = await database.read((queries) =>
        noticeQueries(queries)
          .selectFrom('deliveries')
          .select('due_at')
          .where('channel', '=', channel)
          .where('state', 'in', UNDELIVERED)
          .orderBy('due_at')
          .limit(1)
          .executeTakeFirst(),
      );
      return row === undefined ? null : integerOf('deliveries.due_at', row.due_at) - (await nowOf(deps));
    },
  };
}

/** By the outbox's clock, in this transaction or in none. */
async function nowOf({ database, clock }: Deps, transaction?: DatabaseTransaction): Promise<number> {
  if (clock !== undefined) return clock.now();
  if (transaction !== undefined) return await readDatabaseClock(database.kind, transaction);
  return await database.read((queries) => readDatabaseClock(database.kind, queries));
}

/** The notice whose line is due longest on this channel. */
async function findDue(deps: Deps, channel: string): Promise<string | null> {
  const now = await nowOf(deps);
  const row = await deps.database.read((queries) =>
    noticeQueries(queries)
      .selectFrom('deliveries')
      .select('notice')
      .where('channel', '=', channel)
      .where('state', 'in', UNDELIVERED)
      .where('due_at', '<=', BigInt(now))
      .orderBy('due_at')
      .limit(1)
      .executeTakeFirst(),
  );
  return row === undefined ? null : textOf('deliveries.notice', row.notice);
}

interface Wanted {
  readonly notice: string;
  readonly channel: Pick<Channel, 'name' | 'isShared'>;
  readonly claim: string;
  readonly leaseMs: number;
}

/** `null` when somebody else was quicker, or the notice cannot be read. */
async function claimLines(
  inside: DatabaseTransaction,
  deps: Deps,
  { notice: id, channel, claim, leaseMs }: Wanted,
): Promise<ClaimedNotice | null> {
  const { database } = deps;
  const transaction = noticeTransaction(inside);
  const row = await lockNotice(transaction, database, id);
  const topic = await transaction.selectFrom('notice_topics').selectAll().where('notice', '=', id).executeTakeFirst();
  const own = transaction
    .selectFrom('deliveries')
    .selectAll()
    .where('notice', '=', id)
    .where('channel', '=', channel.name);
  const claimed = (lines: readonly Selectable<DeliveriesTable>[]): ClaimedNotice | null => {
    if (row === undefined) return null;
    const read = readEach(database, [row], () => ({ notice: toNotice(row, topic), lines: lines.map(toLine) }));
    const [content] = read;
    return content === undefined ? null : { ...content, channel: channel.name, claim, replyTo: null };
  };
  // A commit whose answer was lost may already have given us these lines.
  const ours = await own.where('claim', '=', claim).where('state', '=', 'claimed').execute();
  if (ours.length > 0) return await withReply(transaction, claimed(ours));

  // Read after the lock was waited for: the lease begins now.
  const now = await nowOf(deps, inside);
  let due = own
    .where('state', 'in', UNDELIVERED)
    .where('due_at', '<=', BigInt(now))
    .orderBy('due_at')
    .orderBy('address');
  if (!channel.isShared) due = due.limit(1);
  const found = (await (database.kind === 'mysql' ? due.forUpdate() : due).execute()).map((line) => ({
    ...line,
    attempts: line.attempts + 1n,
  }));
  const whole = claimed(found);
  const waiting = await postpone(transaction, whole, now);
  const lines = found.filter(({ address }) => !waiting.has(address));
  if (lines.length === 0) return null;
  const given = whole === null ? null : { ...whole, lines: whole.lines.filter(({ address }) => !waiting.has(address)) };
  // What cannot be read would otherwise stay the first that is due, and nothing else would ever go out.
  const change =
    given === null
      ? { state: 'failed', trouble: UNREADABLE }
      : { state: 'claimed', claim, due_at: BigInt(now + leaseMs) };
  for (const { address } of lines) {
    await transaction
      .updateTable('deliveries')
      .set(({ eb }) => ({ ...change, ...(given === null ? {} : { attempts: eb('attempts', '+', 1n) }) }))
      .where('notice', '=', id)
      .where('channel', '=', channel.name)
      .where('address', '=', address)
      .execute();
  }
  await sumUp(transaction, id);
  return await withReply(transaction, given);
}

/** Those of its addresses that have to wait for an earlier notice are due later, without a try. */
async function postpone(
  transaction: NoticeTransaction,
  claimed: ClaimedNotice | null,
  now: number,
): Promise<ReadonlyMap<string, number>> {
  if (claimed === null || claimed.lines.length === 0) return new Map();
  const { notice, channel, lines } = claimed;
  const addresses = lines.map(({ address }) => address);
  const waiting = await whoWaits(transaction, notice, { channel, addresses, now });
  for (const [address, at] of waiting) {
    await transaction
      .updateTable('deliveries')
      .set({ due_at: BigInt(at) })
      .where('notice', '=', notice.id)
      .where('channel', '=', channel)
      .where('address', '=', address)
      .execute();
  }
  return waiting;
}

/** The same, with what its address knows the notice by that this one follows up. */
async function withReply(transaction: NoticeTransaction, claimed: ClaimedNotice | null): Promise<ClaimedNotice | null> {
  const [line, ...others] = claimed?.lines ?? [];
  if (claimed === null || claimed.notice.answers === null || line === undefined || others.length > 0) return claimed;
  const row = await transaction
    .selectFrom('delivery_messages')
    .select('message_id')
    .where('notice', '=', claimed.notice.answers)
    .where('channel', '=', claimed.channel)
    .where('address', '=', line.address)
    .executeTakeFirst();
  return { ...claimed, replyTo: row === undefined ? null : textOf('delivery_messages.message_id', row.message_id) };
}

async function settleLines(
  inside: DatabaseTransaction,
  deps: Deps,
  { notice, channel, claim }: ClaimedNotice,
  outcomes: readonly LineOutcome[],
): Promise<boolean> {
  const transaction = noticeTransaction(inside);
  await lockNotice(transaction, deps.database, notice.id);
  const now = await nowOf(deps, inside);
  let settled = 0n;
  for (const { address, state, retryInMs, refusals, sentAt, messageId, trouble } of outcomes) {
    const { numUpdatedRows } = await transaction
      .updateTable('deliveries')
      .set({
        state,
        due_at: BigInt(now + retryInMs),
        refusals: BigInt(refusals),
        sent_at: sentAt === null ? null : BigInt(sentAt),
        trouble: trouble?.slice(0, LONGEST_TROUBLE) ?? null,
      })
      .where('notice', '=', notice.id)
      .where('channel', '=', channel)
      .where('address', '=', address)
      .where('claim', '=', claim)
      .where('state', '=', 'claimed')
      .executeTakeFirst();
    settled += numUpdatedRows;
    if (numUpdatedRows > 0n && messageId !== null) {
      const message = { notice: notice.id, channel, address, message_id: messageId };
      await transaction.insertInto('delivery_messages').values(message).execute();
    }
  }
  if (settled > 0n) {
    await sumUp(transaction, notice.id);
    return true;
  }
  // The answer to an earlier commit of the same may have been lost.
  const rows = await transaction
    .selectFrom('deliveries')
    .select(['address', 'state'])
    .where('notice', '=', notice.id)
    .where('channel', '=', channel)
    .where('claim', '=', claim)
    .execute();
  return rows.some((row) => outcomes.some(({ address, state }) => row.address === address && row.state === state));
}

function toLine(row: Selectable<DeliveriesTable>): DeliveryLine {
  return {
    address: textOf('deliveries.address', row.address),
    attempts: countOf('deliveries.attempts', row.attempts),
    refusals: countOf('deliveries.refusals', row.refusals),
  };
}
