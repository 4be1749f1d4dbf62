import { type Clock, clockTrouble } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import type { PollEnd, RouterNote, RouterStateBook } from './ports.ts';

/** Notes how each poll of a router went: on a change soon, else once a minute, many routers in one statement. */
export interface ConditionWriter {
  polled(poll: PollEnd, durationMs: number): void;
  /** From now on the book may be written; until then notes wait. */
  open(): void;
  /** Writes what waits. What cannot be written waits on. */
  flush(): Promise<void>;
  /** Writes what waits, if that can be done soon, and nothing after. */
  close(): Promise<void>;
}

/** A thousand routers are polled within a minute: what comes within a second goes into one statement. */
const GATHERED_FOR_MS = 1_000;
const REPEATED_AFTER_MS = 60_000;
/** A database that is away is not knocked at every second. */
const TRIED_AGAIN_AFTER_MS = 5_000;
/** A stop has 10 s for everything. */
const CLOSED_WITHIN_MS = 1_000;
/** The second failed poll may make a router late, which has to outlive this process. */
const CERTAIN_FAILURES = 2;
/** A boot instant is a difference of two clocks, one of which has whole seconds. */
const SAME_BOOT_MS = 5_000;

export function createConditionWriter(deps: {
  readonly book: Pick<RouterStateBook, 'note'>;
  readonly clock: Clock;
  readonly logger: Logger;
}): ConditionWriter {
  const { book, clock, logger } = deps;
  const written = new Map<string, RouterNote>();
  const waiting = new Map<string, RouterNote>();
  /** Failed polls in a row. */
  const failures = new Map<string, number>();
  let state: 'waiting' | 'open' | 'closed' = 'waiting';
  let cancelTimer: (() => void) | null = null;
  let writing: Promise<void> | null = null;

  function take(note: RouterNote): void {
    const failed = note.error === null ? 0 : (failures.get(note.router) ?? 0) + 1;
    failures.set(note.router, failed);
    const known = written.get(note.router);
    if (known !== undefined && !waiting.has(note.router) && failed !== CERTAIN_FAILURES && !isWorthWriting(known, note))
      return;
    waiting.set(note.router, note);
    schedule(GATHERED_FOR_MS);
  }

  function schedule(delayMs: number): void {
    if (state !== 'open' || writing !== null || waiting.size === 0) return;
    cancelTimer ??= clock.after(delayMs, () => void flush());
  }

  /** One write at a time: while one waits for the database, notes gather for the next. */
  async function flush(): Promise<void> {
    cancelTimer?.();
    cancelTimer = null;
    while (writing !== null) await writing;
    if (state !== 'open' || waiting.size === 0) return;
    writing = write().then((isWritten) => {
      writing = null;
      schedule(isWritten ? GATHERED_FOR_MS : TRIED_AGAIN_AFTER_MS);
    });
    await writing;
  }

  async function write(): Promise<boolean> {
    const notes = [...waiting.values()];
    waiting.clear();
    try {
      await book.note(notes);
      for (const note of notes) written.set(note.router, note);
      return true;
    } catch (error) {
      if (state !== 'open') return false;
      if (!(error instanceof TroubleError)) {
        logger.error({ err: error }, 'bug');
        return false;
      }
      // Only a debug message: booking fails for the same reason and logs it.
      logger.debug({ code: error.code }, 'state of the routers cannot be saved');
      for (const note of notes) {
        if (!waiting.has(note.router)) waiting.set(note.router, note);
      }
      return false;
    }
  }

  return {
    polled(poll, pollMs) {
      // Since when a router is reachable is not to be noted by a clock that is not set.
      if (clockTrouble(clock) !== null) return;
      const isRead = poll.status !== 'failed';
      take({
        router: poll.router,
        at: clock.now(),
        pollMs,
        error: isRead ? null : { code: poll.trouble.code, message: poll.trouble.message, advice: poll.trouble.advice },
        facts: isRead ? poll.facts : null,
      });
    },
    open() {
      if (state === 'waiting') state = 'open';
      schedule(GATHERED_FOR_MS);
    },
    flush,
    async close() {
      const late = Promise.withResolvers<void>();
      const cancel = clock.after(CLOSED_WITHIN_MS, late.resolve);
      await Promise.race([flush(), late.promise]);
      cancel();
      state = 'closed';
      cancelTimer?.();
      cancelTimer = null;
    },
  };
}

function isWorthWriting(known: RouterNote, note: RouterNote): boolean {
  if (known.error?.code !== note.error?.code || note.at - known.at >= REPEATED_AFTER_MS || note.at < known.at)
    return true;
  if (known.facts === null || note.facts === null) return false;
  return (
    known.facts.version !== note.facts.version ||
    known.facts.board !== note.facts.board ||
    known.facts.identity !== note.facts.identity ||
    Math.abs(known.facts.bootedAt - note.facts.bootedAt) > SAME_BOOT_MS
  );
}
