import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { AccountSession, AccountSessionBook } from './ports.ts';
import { hashOfKey } from './random-keys.ts';
import { endOfSession } from './session-limits.ts';
import { createSessions, type Sessions, withinDeadline } from './sessions.ts';

/** What a session opens: the session as it is kept, with its account. */
export type AccountSessions = Sessions<AccountSession>;

/** The sessions of people with accounts. */
export function createAccountSessions(deps: {
  readonly book: AccountSessionBook;
  readonly clock: Clock;
  readonly logger: Logger;
}): AccountSessions {
  const { book, clock } = deps;
  const within = withinDeadline(clock);
  const source = {
    idOf: async (token: string) => hashOfKey(token),
    async find(id: string) {
      const session = await within(() => book.find(id));
      return session === null ? null : { opened: session, expiresAt: endOfSession(session) };
    },
    used: (id: string) => within(() => book.used(id, clock.now())),
    remove: (id: string) => within(() => book.remove(id)),
  };
  return createSessions<AccountSession>({ ...deps, source });
}
