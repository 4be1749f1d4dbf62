import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { createDatabaseQuestion } from '../runtime/question.ts';

/** Who is logged in. A session is a random token in a cookie, and a row in the database under another name. */
export interface Sessions<Opened> {
  /**
   * What the session of this cookie opened; `null`: it is none. Rejects with a `TroubleError` when that is unknown; access is then denied.
   * `byItself`: nobody asks, but a page that is left open; that does not keep the session open.
   */
  find(token: string, byItself?: boolean): Promise<Opened | null>;
  /**
   * Ends a session before its time. Rejects with a `TroubleError` when the database cannot store that yet: this worker refuses the
   * session from now on and keeps retrying.
   */
  close(token: string): Promise<void>;
  /** Calls back once when the session is over, however it ends; not after the returned function was called. */
  follow(token: string, ended: () => void): Promise<() => void>;
  /** Sessions may have ended in the database: all are looked up again. */
  doubt(): void;
  /** Ends its own work; no session ends with it. */
  stop(): void;
}

/** Where sessions of one sort are kept. Everything rejects with a `TroubleError` while the database is away. */
export interface SessionSource<Opened> {
  /** The id that the session of this cookie has in the database. */
  idOf(token: string): Promise<string>;
  find(id: string): Promise<{ readonly opened: Opened; readonly expiresAt: number } | null>;
  /** A request came with it. */
  used(id: string): Promise<void>;
  remove(id: string): Promise<void>;
}

/** How long a session is trusted without asking again; so a logout at another worker takes effect here within this time. */
const BELIEVED_MS = 5_000;
/** How often those that somebody follows are asked for anew: a terminal, or a page with secrets, is to end within 5 s. */
const FOLLOWED_EVERY_MS = 4_000;
/** While the database is away, a known session stays open here for so long after the last answer. */
const GOES_ON_MS = 15 * 60_000;
/** Longest wait for the database's answer whether a session is open. */
const DEADLINE_MS = 3_000;
/** Sessions cached in memory; others are looked up. */
const MOST_KNOWN = 1_000;
/** Sessions that were ended while the database is away: they are kept until it knows. */
const MOST_ENDING = 10_000;
const TOKEN = /^[\w-]{43}$/;

/** That a session was used is kept once in so long. */
const USED_EVERY_MS = 60_000;

interface Known<Opened> {
  readonly opened: Opened;
  readonly expiresAt: number;
  /** Monotonic. */
  believedUntilMs: number;
  readonly goesOnUntilMs: number;
  usedMs: number;
}

export interface SessionsDeps<Opened> {
  readonly source: SessionSource<Opened>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createSessions<Opened>({ source, clock, logger }: SessionsDeps<Opened>): Sessions<Opened> {
  const known = new Map<string, Known<Opened>>();
  /** Cookies of sessions that are over, while the database does not know it yet. */
  const ending = new Set<string>();
  const followers = new Map<string, Set<() => void>>();
  /** How many sessions were ended here: an answer that was under way meanwhile is not remembered. */
  let endings = 0;
  let cancelLook: (() => void) | null = null;
  let isStopped = false;

  async function idOf(token: string): Promise<string | null> {
    return TOKEN.test(token) ? await source.idOf(token) : null;
  }

  async function openedBy(id: string): Promise<Opened | null> {
    const session = known.get(id);
    const isInTime = session !== undefined && session.expiresAt > clock.now();
    if (isInTime && clock.monotonicMs() < session.believedUntilMs) return session.opened;
    try {
      return await ask(id);
    } catch (error) {
      if (!(error instanceof TroubleError) || !isInTime) throw error;
      if (clock.monotonicMs() >= session.goesOnUntilMs) throw error;
      // Each request that follows is not to wait for the database anew.
      session.believedUntilMs = clock.monotonicMs() + BELIEVED_MS;
      return session.opened;
    }
  }

  async function ask(id: string): Promise<Opened | null> {
    const endedBefore = endings;
    const stored = await source.find(id);
    if (stored !== null && stored.expiresAt > clock.now()) {
      if (endings === endedBefore) remember(id, stored);
      return stored.opened;
    }
    // A clock that is set back must not open it again.
    if (stored !== null) await source.remove(id);
    end(id);
    return null;
  }

  function remember(id: string, stored: Pick<Known<Opened>, 'opened' | 'expiresAt'>): void {
    const nowMs = clock.monotonicMs();
    const usedMs = known.get(id)?.usedMs ?? Number.NEGATIVE_INFINITY;
    known.delete(id);
    known.set(id, { ...stored, believedUntilMs: nowMs + BELIEVED_MS, goesOnUntilMs: nowMs + GOES_ON_MS, usedMs });
    const [oldest] = known.keys();
    if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
  }

  /** A request does not fail of it. */
  async function noteUse(id: string): Promise<void> {
    const session = known.get(id);
    const nowMs = clock.monotonicMs();
    if (session === undefined || nowMs - session.usedMs < USED_EVERY_MS) return;
    session.usedMs = nowMs;
    try {
      await source.used(id);
    } catch (error) {
      if (!(error instanceof TroubleError)) logger.error({ err: error }, 'bug');
    }
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
    cancelLook = clock.after(FOLLOWED_EVERY_MS, () => {
      void look().finally(() => {
        cancelLook = null;
        lookLater();
      });
    });
  }

  async function look(): Promise<void> {
    for (const token of ending) await orLater(() => removeEnding(token));
    for (const id of [...followers.keys()]) await orLater(() => lookAt(id));
  }

  /** One that fails keeps no other from being looked at. */
  async function orLater(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof TroubleError)) logger.error({ err: error }, 'bug');
    }
  }

  async function lookAt(id: string): Promise<void> {
    doubtOne(id);
    if (!(await isStillOpen(id))) end(id);
  }

  function doubtOne(id: string): void {
    const session = known.get(id);
    if (session !== undefined) session.believedUntilMs = Number.NEGATIVE_INFINITY;
  }

  async function isStillOpen(id: string): Promise<boolean> {
    try {
      return (await openedBy(id)) !== null;
    } catch (error) {
      if (error instanceof TroubleError) return false;
      throw error;
    }
  }

  async function removeEnding(token: string): Promise<void> {
    const id = await idOf(token);
    if (id !== null) {
      end(id);
      await source.remove(id);
    }
    endings += 1;
    ending.delete(token);
  }

  return {
    async find(token, byItself = false) {
      const id = await idOf(token);
      if (id === null || ending.has(token)) return null;
      const opened = await openedBy(id);
      if (opened === null || ending.has(token)) return null;
      if (!byItself) await noteUse(id);
      return opened;
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
      // Whoever asks was let in by what was true up to 5 s ago.
      void orLater(() => lookAt(id));
      return () => {
        all.delete(ended);
        if (all.size === 0 && followers.get(id) === all) followers.delete(id);
      };
    },
    doubt() {
      endings += 1;
      for (const id of known.keys()) doubtOne(id);
      void look();
    },
    stop() {
      isStopped = true;
      cancelLook?.();
      cancelLook = null;
    },
  };
}

/** Gives each question to the database a deadline, so that nobody waits longer for one that hangs. */
export function withinDeadline(clock: Clock): <Answer>(ask: () => Promise<Answer>) => Promise<Answer> {
  return (ask) => createDatabaseQuestion({ ask, clock, deadlineMs: DEADLINE_MS })();
}

function tooManyEnding(): TroubleError {
  return new TroubleError(
    'DATABASE_UNAVAILABLE',
    'database unavailable for too long: no more logouts can be remembered',
    'Log out again when the database is back.',
  );
}
