import type { OutgoingNotice } from '../notices/notice.ts';
import type { Postman } from '../notices/ports.ts';
import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { type JobBook, runJob } from '../runtime/jobs.ts';
import type { Part } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logger.ts';
import { createLoop } from '../runtime/loop.ts';
import type { Calendar } from '../usage/accounting/day.ts';
import { summaryOf } from './stale-letter.ts';
import type { BackupTeller } from './tell.ts';

/** How long ago a device was backed up. Instants are Unix ms. */
export interface Age {
  /** Since when its backups are expected. */
  readonly watchedSince: number;
  /** When it last gave a complete and plausible configuration; `null`: never. */
  readonly lastGoodAt: number | null;
}

/** A device whose backups are expected. Instants are Unix ms. */
export interface BackupWatch extends Age {
  readonly device: string;
  /** When a worker last expected them. */
  readonly notedAt: number;
  /** When its incident was opened; `null`: there is none. */
  readonly staleSince: number | null;
}

/** Keeps watches, and incidents with them. Everything rejects with a `TroubleError` when the database is away. */
export interface WatchBook {
  /** From now on backups of these devices are expected, or still are: from now on for those that were not. */
  note(devices: readonly string[], now: number): Promise<void>;
  watches(): Promise<readonly BackupWatch[]>;
  /** Opens incidents with their notices; `false`, and nothing is written: another worker has opened one of them. */
  raise(stale: readonly StaleDevice[], at: number, notices: readonly OutgoingNotice[]): Promise<boolean>;
  /** Closes incidents with their notices; `false`, and nothing is written: another worker has closed one of them. */
  clear(fresh: readonly BackupWatch[], at: number, notices: readonly OutgoingNotice[]): Promise<boolean>;
  /** No backups of these are expected any more; an incident of theirs is over, and nobody is told. */
  leave(devices: readonly string[], at: number): Promise<void>;
}

export interface StaleDevice {
  readonly device: string;
  readonly summary: string;
}

/** Which devices there are now. */
export interface ExpectedBackups {
  /** Those that are backed up. */
  readonly expected: ReadonlySet<string>;
  /** All, also those that are paused or not backed up. */
  readonly known: ReadonlySet<string>;
  /** Whether one that is not known is surely gone. */
  readonly areAllKnown: boolean;
}

/** Another worker with another configuration may know a device: it would note it. */
const ABANDONED_AFTER_MS = 24 * 3_600_000;

/** What has become of the watches since the last look. */
export function judgeWatches(
  watches: readonly BackupWatch[],
  { expected, known, areAllKnown }: ExpectedBackups,
  { now, staleAfterMs }: AgeLimit,
) {
  const isLeft = ({ device, notedAt }: BackupWatch) =>
    known.has(device) ? !expected.has(device) : areAllKnown && notedAt < now - ABANDONED_AFTER_MS;
  const isStale = (watch: BackupWatch) => isTooOld(watch, { now, staleAfterMs });
  const watched = watches.filter(({ device }) => expected.has(device));
  return {
    left: watches.filter(isLeft).map(({ device }) => device),
    stale: watched.filter((watch) => watch.staleSince === null && isStale(watch)),
    fresh: watched.filter((watch) => watch.staleSince !== null && !isStale(watch)),
  };
}

export interface AgeLimit {
  readonly now: number;
  readonly staleAfterMs: number;
}

/** Whether a device has not been backed up for too long. A new one, and one that was paused, has as much time as one that was just backed up. */
export function isTooOld({ watchedSince, lastGoodAt }: Age, { now, staleAfterMs }: AgeLimit): boolean {
  return now - Math.max(watchedSince, lastGoodAt ?? watchedSince) > staleAfterMs;
}

export interface StaleWatchDeps {
  readonly expected: () => ExpectedBackups;
  readonly book: WatchBook;
  readonly staleAfterMs: number;
  readonly teller: Pick<BackupTeller, 'stale' | 'fresh'>;
  readonly postman: Postman;
  readonly calendar: Pick<Calendar, 'timeZone'>;
  readonly clock: Clock;
  readonly jobs: JobBook;
  readonly logger: Logger;
}

export interface StaleWatch extends Part {
  /** Rejects with a `TroubleError` when the database is away. */
  look(): Promise<void>;
  /** As of the last look. */
  watches(): readonly BackupWatch[];
}

const LOOK_EVERY_MS = 5 * 60_000;
/** A device is noted anew when its note is older. */
const NOTE_EVERY_MS = 3_600_000;
/** After a worker was away its first run makes up for that; nobody need be told before. */
const GRACE_MS = 30 * 60_000;

/** Tells once when a device has not been backed up for too long, and once when it is again. */
export function createStaleWatch(deps: StaleWatchDeps): StaleWatch {
  const { book, staleAfterMs, teller, clock, logger, calendar } = deps;
  let startedMs = clock.monotonicMs();
  let last: readonly BackupWatch[] = [];

  async function lookOnce(): Promise<void> {
    const now = clock.now();
    const there = deps.expected();
    const watches = await notedWatches(there.expected, now);
    last = watches.filter(({ device }) => there.expected.has(device));
    const { left, stale, fresh } = judgeWatches(watches, there, { now, staleAfterMs });
    if (left.length > 0) await book.leave(left, now);
    if (stale.length > 0 && clock.monotonicMs() - startedMs >= GRACE_MS) {
      const raised = stale.map((watch) => ({ device: watch.device, summary: summaryOf(watch, calendar) }));
      await book.raise(raised, now, teller.stale(stale, staleAfterMs, now));
    }
    if (fresh.length > 0) await book.clear(fresh, now, teller.fresh(fresh, now));
    if (stale.length + fresh.length > 0) deps.postman.wake();
  }

  /** Nothing is written while all is on record. */
  async function notedWatches(expected: ReadonlySet<string>, now: number): Promise<readonly BackupWatch[]> {
    const watches = await book.watches();
    const noted = new Set(watches.filter(({ notedAt }) => notedAt >= now - NOTE_EVERY_MS).map(({ device }) => device));
    const missing = [...expected].filter((device) => !noted.has(device));
    if (missing.length === 0) return watches;
    await book.note(missing, now);
    return await book.watches();
  }

  const look = () => runJob(deps, 'backup-watch', lookOnce);

  async function lookQuietly(): Promise<void> {
    try {
      await look();
    } catch (error) {
      if (error instanceof TroubleError)
        logger.debug({ code: error.code }, 'no check of old backups: database unavailable');
      else logger.error({ err: error }, 'check of old backups failed');
    }
  }

  const loop = createLoop({ everyMs: LOOK_EVERY_MS, work: lookQuietly, clock });
  return {
    name: 'watch of old backups',
    look,
    watches: () => last,
    start() {
      startedMs = clock.monotonicMs();
      // Not waited for: what the worker starts next needs nothing of it.
      void loop.startNow();
    },
    stop: loop.stop,
  };
}
