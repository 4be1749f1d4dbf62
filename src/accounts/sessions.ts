import { randomBytes } from 'node:crypto';
import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { createDatabaseQuestion } from '../runtime/question.ts';
import { loadSessionKey, type SessionKey } from './key.ts';
import type { SessionBook } from './ports.ts';

/** Who is logged in. A session is a random token in a cookie, and a row in the database under another name. */
export interface Sessions {
  /** The value of a new session's cookie. Rejects with a `TroubleError` when the database cannot keep it. */
  open(): Promise<string>;
  /** Rejects with a `TroubleError` when that is unknown; access is then denied. */
  isOpen(token: string): Promise<boolean>;
  /**
   * Ends a session before its time. Rejects with a `TroubleError` when the database cannot store that yet: this worker refuses the
   * session from now on and keeps retrying.
   */
  close(token: string): Promise<void>;
  /** Calls back once when the session is over, however it ends; not after the returned function was called. */
  follow(token: string, ended: () => void): Promise<() => void>;
  /** Ends its own work; no session ends with it. */
  stop(): void;
}

/** In all, however often it is used. */
export const SESSION_MS = 7 * 24 * 3_600_000;
/** How long a session is trusted without asking again; so a logout at another worker takes effect here within this time. */
const BELIEVED_MS = 5_000;
/** While the database is away, a known session stays open here for so long after the last answer. */
const GOES_ON_MS = 15 * 60_000;
/** Longest wait for the database's answer whether a session is open. */
const DEADLINE_MS = 3_000;
/** Sessions cached in memory; others are looked up. */
const MOST_KNOWN = 1_000;
/** Sessions that were ended while the database is away: they are kept until it knows. */
const MOST_ENDING = 10_000;
const TOKEN = /^[\w-]{43}$/;

interface Known {
  readonly expiresAt: number;
  /** Monotonic. */
  believedUntilMs: number;
  readonly goesOnUntilMs: number;
}

export interface SessionsDeps {
  readonly book: SessionBook;
  readonly password: () => string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createSessions(deps: SessionsDeps): Sessions {
  const { clock, logger } = deps;
  const book = withDeadline(deps.book, clock);
  const known = new Map<string, Known>();
  /** Cookies of sessions that are over, while the database does not know it yet. */
  const ending = new Set<string>();
  const followers = new Map<string, Set<() => void>>();
  let key: Promise<SessionKey> | null = null;
  /** How many sessions were ended here: an answer that was under way meanwhile is not remembered. */
  let endings = 0;
  let cancelLook: (() => void) | null = null;
  let isStopped = false;

  async function idOf(token: string): Promise<string | null> {
    if (!TOKEN.test(token)) return null;
    key ??= loadSessionKey(book, deps.password()).catch((error: unknown) => {
      key = null;
      throw error;
    });
    return (await key)(token);
  }

  async function isIdOpen(id: string): Promise<boolean> {
    const session = known.get(id);
    const isInTime = session !== undefined && session.expiresAt > clock.now();
    if (isInTime && clock.monotonicMs() < session.believedUntilMs) return true;
    try {
      return await ask(id);
    } catch (error) {
      if (!(error instanceof TroubleError) || !isInTime) throw error;
      if (clock.monotonicMs() >= session.goesOnUntilMs) throw error;
      // Each request that follows is not to wait for the database anew.
      session.believedUntilMs = clock.monotonicMs() + BELIEVED_MS;
      return true;
    }
  }

  async function ask(id: string): Promise<boolean> {
    const endedBefore = endings;
    const stored = await book.find(id);
    if (stored !== null && stored.expiresAt > clock.now()) {
      if (endings === endedBefore) remember(id, stored.expiresAt);
      return true;
    }
    // A clock that is set back must not open it again.
    if (stored !== null) await book.remove(id);
    end(id);
    return false;
  }

  function remember(id: string, expiresAt: number): void {
    const nowMs = clock.monotonicMs();
    known.delete(id);
    known.set(id, { expiresAt, believedUntilMs: nowMs + BELIEVED_MS, goesOnUntilMs: nowMs + GOES_ON_MS });
    const [oldest] = known.keys();
    if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
  }

  function end(id: string): void {
    endings += 1;
    known.delete(id);
    for (const ended of followers.get(id) ?? []) ended();
    followers.delete(id);
  }

  /** Checks followed sessions and retries logouts that are not stored yet, as long as there are any. */
  function lookLater(): void {
    if (isStopped || cancelLook !== null || (followers.size === 0 && ending.size === 0)) return;
    cancelLook = clock.after(BELIEVED_MS, () => {
      void look().finally(() => {
        cancelLook = null;
        lookLater();
      });
    });
  }

  async function look(): Promise<void> {
    try {
      for (const token of ending) await removeEnding(token);
      for (const id of [...followers.keys()]) if (!(await isStillOpen(id))) end(id);
    } catch (error) {
      if (!(error instanceof TroubleError)) logger.error({ err: error }, 'bug');
    }
  }

  async function isStillOpen(id: string): Promise<boolean> {
    try {
      return await isIdOpen(id);
    } catch (error) {
      if (error instanceof TroubleError) return false;
      throw error;
    }
  }

  async function removeEnding(token: string): Promise<void> {
    const id = await idOf(token);
    if (id !== null) {
      end(id);
      await book.remove(id);
    }
    endings += 1;
    ending.delete(token);
  }

  return {
    async open() {
      const now = clock.now();
      const token = randomBytes(32).toString('base64url');
      const id = await idOf(token);
      if (id === null) throw new Error('a new session token is invalid');
      await book.removeExpired(now);
      await book.add({ id, createdAt: now, expiresAt: now + SESSION_MS });
      return token;
    },
    async isOpen(token) {
      const id = await idOf(token);
      if (id === null || ending.has(token)) return false;
      return (await isIdOpen(id)) && !ending.has(token);
    },
    async close(token) {
      if (!TOKEN.test(token)) return;
      if (ending.size >= MOST_ENDING && !ending.has(token)) throw tooManyEnding();
      ending.add(token);
      try {
        await removeEnding(token);
      } finally {
        lookLater();
      }
    },
    async follow(token, ended) {
      const id = await idOf(token);
      if (id === null) return () => {};
      const all = followers.get(id) ?? new Set();
      followers.set(id, all.add(ended));
      lookLater();
      return () => {
        all.delete(ended);
        if (all.size === 0 && followers.get(id) === all) followers.delete(id);
      };
    },
    stop() {
      isStopped = true;
      cancelLook?.();
      cancelLook = null;
    },
  };
}

/** The same book, with a deadline for each answer. */
function withDeadline(book: SessionBook, clock: Clock): SessionBook {
  const within = <Answer>(ask: () => Promise<Answer>) =>
    createDatabaseQuestion({ ask, clock, deadlineMs: DEADLINE_MS })();
  return {
    passwordMark: () => within(() => book.passwordMark()),
    changePassword: (seen, next) => within(() => book.changePassword(seen, next)),
    add: (session) => within(() => book.add(session)),
    find: (id) => within(() => book.find(id)),
    remove: (id) => within(() => book.remove(id)),
    removeExpired: (now) => within(() => book.removeExpired(now)),
  };
}

function tooManyEnding(): TroubleError {
  return new TroubleError(
    'DATABASE_UNAVAILABLE',
    'database unavailable for too long: no more logouts can be remembered',
    'Log out again when the database is back.',
  );
}
