import type { OutgoingNotice } from '../notices/notice.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { Part } from '../runtime/lifecycle.ts';
import type { TroubleLog } from '../runtime/trouble-log.ts';
import type { Archive, WaitingVersion } from './archive.ts';
import { archiveRound, type RoundDeps, type RoundResult } from './archive-round.ts';
import { keepLease, LEASE_MS } from './lease.ts';

export interface ArchiverDeps extends Omit<RoundDeps, 'onUnreadable'> {
  readonly archives: readonly Archive[];
  /** Random and unique texts. */
  readonly newId: () => string;
  readonly troubles: TroubleLog;
  /** Makes the notices about an archive that cannot be used. */
  readonly tell: (archive: string, trouble: TroubleError) => readonly OutgoingNotice[];
  /** Says that there may be new notices. */
  readonly wake: () => void;
  /** A try failed. */
  readonly onFailure: (archive: string) => void;
}

/** What became of one try at an archive. `held`: another process copies to it now. */
export type ArchiveTry =
  | ({ readonly state: 'done' } & RoundResult)
  | { readonly state: 'held' }
  | { readonly state: 'failed'; readonly trouble: TroubleError };

export interface Archiver extends Part {
  /** Says that there may be new versions. */
  wake(): void;
  /** One try at each archive, the newest versions alone. Rejects with the reason of an aborted signal. */
  tryOnce(signal: AbortSignal): Promise<readonly { readonly archive: string; readonly result: ArchiveTry }[]>;
}

/** What other processes stored is found so late. */
const LOOK_MS = 300_000;
/** Also without a new version something may be due: the daily look at what is there. */
const ASK_MS = 3_600_000;
const FIRST_PAUSE_MS = 60_000;
const PAUSE_GROWS = 4;
const LONGEST_PAUSE_MS = 3_600_000;

/** Copies versions to the archives, apart from the backups: each archive has its own loop, and one that fails holds up no other. */
export function createArchiver(deps: ArchiverDeps): Archiver {
  const { archives, book, clock, logger, troubles, newId } = deps;
  let stop = new AbortController();
  let loops: readonly Loop[] = [];

  /** One try. Only a bug, an aborted signal and a database that is away reject. */
  async function tryArchive(archive: Archive, newestOnly: boolean, signal: AbortSignal): Promise<ArchiveTry> {
    const holder = newId();
    const take = () => book.take(archive.name, holder, LEASE_MS, clock.now());
    if (!(await take())) return { state: 'held' };
    return await keepLease<ArchiveTry>(
      {
        take,
        work: (whileHeld) => work(archive, newestOnly, whileHeld),
        ifLost: () => ({ state: 'held' }),
        release: () => book.release(archive.name, holder),
      },
      deps,
      signal,
    );
  }

  async function work(archive: Archive, newestOnly: boolean, signal: AbortSignal): Promise<ArchiveTry> {
    const subject = `archive ${archive.name}`;
    const onUnreadable = ({ device, version }: WaitingVersion, trouble: TroubleError) =>
      troubles.started(`${subject}: version ${version} of ${device}`, trouble);
    try {
      const done = await archiveRound(archive, { ...deps, onUnreadable }, { newestOnly }, signal);
      await book.succeeded(archive.name);
      troubles.ended(subject);
      if (done.copied > 0 || done.removed > 0) logger.info({ archive: archive.name, ...done }, 'copied to an archive');
      return { state: 'done', ...done };
    } catch (error) {
      if (signal.aborted || !(error instanceof TroubleError) || error.code.startsWith('DATABASE_')) throw error;
      deps.onFailure(archive.name);
      troubles.started(subject, error);
      await book.failed(archive.name, error, clock.now(), () => deps.tell(archive.name, error));
      deps.wake();
      return { state: 'failed', trouble: error };
    }
  }

  /** What a loop does each time: it tells its trouble itself. Gives whether it went well. */
  async function quietly(archive: Archive, look: () => Promise<boolean>): Promise<boolean> {
    try {
      const isDone = await look();
      troubles.ended('archives');
      return isDone;
    } catch (error) {
      if (stop.signal.aborted) return false;
      if (error instanceof TroubleError) troubles.started('archives', error);
      else logger.error({ err: error, archive: archive.name }, 'an archive failed by a bug');
      return false;
    }
  }

  function createArchiveLoop(archive: Archive): Loop {
    let cancel = () => {};
    let running: Promise<void> | null = null;
    let isWanted = false;
    let failures = 0;
    let lastPulse = '';
    let lastAskedMs = Number.NEGATIVE_INFINITY;

    /** Whether there may be something to do: a look at all versions each time would be dear. */
    async function hasNews(pulse: string): Promise<boolean> {
      if (failures > 0 || clock.monotonicMs() - lastAskedMs >= ASK_MS || pulse !== lastPulse) return true;
      const standing = await book.standing(archive.name);
      return standing === null || standing.lookedAt === null;
    }

    async function look(): Promise<boolean> {
      const pulse = await book.pulse();
      if (!(await hasNews(pulse))) return true;
      const { state } = await tryArchive(archive, false, stop.signal);
      if (state !== 'done') return false;
      lastPulse = pulse;
      lastAskedMs = clock.monotonicMs();
      return true;
    }

    async function once(): Promise<void> {
      isWanted = false;
      failures = (await quietly(archive, look)) ? 0 : failures + 1;
    }

    function run(): void {
      cancel();
      running = once().finally(() => {
        running = null;
        if (stop.signal.aborted) return;
        cancel = clock.after(isWanted && failures === 0 ? 0 : pauseAfter(failures), run);
      });
    }

    return {
      start: run,
      wake() {
        isWanted = true;
        // One that fails keeps its pause.
        if (running === null && failures === 0 && !stop.signal.aborted) run();
      },
      async stop() {
        cancel();
        await running;
      },
    };
  }

  return {
    name: 'archives',
    start() {
      stop = new AbortController();
      loops = archives.map(createArchiveLoop);
      for (const loop of loops) loop.start();
    },
    async stop() {
      stop.abort(new Error('the worker stops'));
      await Promise.all(loops.map((loop) => loop.stop()));
    },
    wake() {
      for (const loop of loops) loop.wake();
    },
    tryOnce: (signal) =>
      Promise.all(
        archives.map(async (archive) => {
          const result = await tryArchive(archive, true, signal).catch((error: unknown): ArchiveTry => {
            if (!(error instanceof TroubleError)) throw error;
            return { state: 'failed', trouble: error };
          });
          return { archive: archive.name, result };
        }),
      ),
  };
}

interface Loop {
  start(): void;
  wake(): void;
  stop(): Promise<void>;
}

function pauseAfter(failures: number): number {
  return failures === 0 ? LOOK_MS : Math.min(FIRST_PAUSE_MS * PAUSE_GROWS ** (failures - 1), LONGEST_PAUSE_MS);
}
