import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { loadSessionKey, type SessionKey } from './key.ts';
import type { SessionBook } from './ports.ts';
import { newKey } from './random-keys.ts';
import { SESSION_MS } from './session-limits.ts';
import { createSessions, type Sessions, withinDeadline } from './sessions.ts';

/** What a session of the one password opens. */
export interface SharedSession {
  readonly isShared: true;
}

/** Sessions that are opened with the one password of the configuration. */
export interface PasswordSessions extends Sessions<SharedSession> {
  /** The value of a new session's cookie. Rejects with a `TroubleError` when the database cannot keep it. */
  open(): Promise<string>;
}

export function createPasswordSessions(deps: {
  readonly book: SessionBook;
  readonly password: () => string;
  readonly clock: Clock;
  readonly logger: Logger;
}): PasswordSessions {
  const { clock, password } = deps;
  const book = withDeadline(deps.book, clock);
  let key: Promise<SessionKey> | null = null;

  async function idOf(token: string): Promise<string> {
    key ??= loadSessionKey(book, password()).catch((error: unknown) => {
      key = null;
      throw error;
    });
    return (await key)(token);
  }

  const source = {
    idOf,
    async find(id: string) {
      const stored = await book.find(id);
      return stored === null ? null : { opened: { isShared: true } as const, expiresAt: stored.expiresAt };
    },
    used: async () => {},
    remove: book.remove,
  };
  return {
    ...createSessions<SharedSession>({ ...deps, source }),
    async open() {
      const now = clock.now();
      const token = newKey();
      const id = await idOf(token);
      await book.removeExpired(now);
      await book.add({ id, createdAt: now, expiresAt: now + SESSION_MS });
      return token;
    },
  };
}

/** The same book, with a deadline for each answer. */
function withDeadline(book: SessionBook, clock: Clock): SessionBook {
  const within = withinDeadline(clock);
  return {
    passwordMark: () => within(() => book.passwordMark()),
    changePassword: (seen, next) => within(() => book.changePassword(seen, next)),
    add: (session) => within(() => book.add(session)),
    find: (id) => within(() => book.find(id)),
    remove: (id) => within(() => book.remove(id)),
    removeExpired: (now) => within(() => book.removeExpired(now)),
  };
}
