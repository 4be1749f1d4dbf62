import { createHash, randomBytes } from 'node:crypto';
import type { StoredTicket, TicketBook } from './ports.ts';

/** A ticket that was not used within this time is void. */
export const TICKET_GOOD_MS = 30_000;
/** 256 random bits in base64url. */
const TICKET = /^[\w-]{43}$/;

/** Gives a new ticket, and forgets those that nobody used. Rejects with a `TroubleError` while the database is away. */
export async function issueTicket(book: TicketBook, grant: Omit<StoredTicket, 'id'>): Promise<string> {
  const ticket = randomBytes(32).toString('base64url');
  await book.forget(2 * TICKET_GOOD_MS);
  await book.add({ id: hashOf(ticket), ...grant });
  return ticket;
}

/** What a ticket is good for; `null`: nothing (any more). Whoever shows it uses it up, also where it is not theirs. */
export async function redeemTicket(
  book: Pick<TicketBook, 'take'>,
  ticket: string,
  shown: Pick<StoredTicket, 'session' | 'device'>,
): Promise<Pick<StoredTicket, 'size'> | null> {
  if (!TICKET.test(ticket)) return null;
  const grant = await book.take(hashOf(ticket));
  if (grant === null || grant.ageMs > TICKET_GOOD_MS) return null;
  return grant.session === shown.session && grant.device === shown.device ? { size: grant.size } : null;
}

function hashOf(ticket: string): string {
  return createHash('sha256').update(ticket).digest('hex');
}
