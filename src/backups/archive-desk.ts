import { TroubleError } from '../runtime/errors.ts';
import type { Archive, ArchiveBook } from './archive.ts';

/** How an archive stands, as programs read it. */
export interface ArchiveEntry {
  readonly archive: string;
  readonly kind: string;
  readonly place: string;
  readonly copies: number;
  /** Of the copies, encrypted. */
  readonly bytes: number;
  readonly lastCopiedAt: string | null;
  /** Versions that are still to be copied, and for how long the oldest waits. */
  readonly waiting: number;
  readonly lagSeconds: number;
  /** The code of the trouble that the last try ended with; `null`: it went well, or there was none yet. */
  readonly code: string | null;
  readonly failingSince: string | null;
  readonly trouble: string | null;
  readonly advice: string | null;
}

/** What people do with archives. Everything rejects with a `TroubleError` when the database is away. */
export interface ArchiveDesk {
  /** In the order of the configuration. */
  list(): Promise<readonly ArchiveEntry[]>;
  /** Has all copied again: what was copied before counts no more. Rejects with `ARCHIVE_UNKNOWN` where there is no such archive. */
  recopy(archive: string): Promise<void>;
}

export function createArchiveDesk({
  archives,
  book,
  now,
}: {
  readonly archives: readonly Pick<Archive, 'name' | 'kind' | 'place'>[];
  readonly book: Pick<ArchiveBook, 'standing' | 'sum' | 'forget'>;
  readonly now: () => number;
}): ArchiveDesk {
  return {
    list: () =>
      Promise.all(
        archives.map(async ({ name, kind, place }) => {
          const [standing, sum] = [await book.standing(name), await book.sum(name)];
          const failing = standing?.failing ?? null;
          return {
            ...{ archive: name, kind, place, copies: sum.copies, bytes: sum.bytes },
            lastCopiedAt: instantOf(sum.lastCopiedAt),
            waiting: standing?.waiting ?? 0,
            lagSeconds: lagSeconds(standing?.waitingSince ?? null, now()),
            ...{ code: failing?.code ?? null, failingSince: instantOf(failing?.since ?? null) },
            ...{ trouble: failing?.trouble ?? null, advice: failing?.advice ?? null },
          };
        }),
      ),
    async recopy(archive) {
      if (!archives.some(({ name }) => name === archive)) throw unknownArchive(archive);
      await book.forget(archive);
    },
  };
}

/** How long the oldest version waits to be copied; 0: none does. */
export function lagSeconds(waitingSince: number | null, now: number): number {
  return waitingSince === null ? 0 : Math.max(0, Math.round((now - waitingSince) / 1000));
}

function instantOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

function unknownArchive(name: string): TroubleError {
  return new TroubleError('ARCHIVE_UNKNOWN', `there is no archive '${name}'`, 'See which there are: backup archives.');
}
