import type { Clock } from '../runtime/clock.ts';
import { asTyped, quoted } from '../runtime/command-name.ts';
import { TroubleError } from '../runtime/errors.ts';
import { formatCount } from '../runtime/format.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Archive, ArchiveBook, ArchiveSession, ArchiveStanding, Copy, WaitingVersion } from './archive.ts';
import { inTime } from './archive-deadline.ts';
import { archivePath } from './archive-names.ts';
import type { BinaryBook } from './binary.ts';
import { bytesOfText } from './text.ts';
import type { BackupBook } from './versions.ts';

export interface RoundDeps {
  readonly book: ArchiveBook;
  readonly texts: Pick<BackupBook, 'text'>;
  readonly binaries: Pick<BinaryBook, 'read'>;
  /** For the recipients of the configuration. */
  readonly encrypt: (text: Buffer) => Promise<Buffer>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A file of so many bytes is in the archive now. */
  readonly onCopy: (archive: string, bytes: number) => void;
  /** The text of a version cannot be read, so that it cannot be copied. */
  readonly onUnreadable: (version: WaitingVersion, trouble: TroubleError) => void;
}

/** What a round did. */
export interface RoundResult {
  readonly copied: number;
  readonly removed: number;
}

/** Copies are looked for once a day: a disk may have been exchanged, or files deleted. */
const LOOK_EACH_MS = 86_400_000;
/** Texts first: what becomes of them says which binary backups are due, and which ones are alone. */
const KINDS = ['text', 'binary'] as const;
const UNREADABLE = new Set(['BACKUP_DAMAGED', 'SECRET_DAMAGED', 'KEY_WRONG']);

/**
 * Brings an archive up to date: copies what is not there yet, the newest version of each device first, and removes copies beyond its `keep`.
 * `newestOnly` leaves older versions to a later round. The caller holds the lease of the archive. After a kill at any point the next round
 * goes on: what was copied and not noted is copied again, under the same name. Rejects with a `TroubleError`, and with the reason of an
 * aborted signal.
 */
export async function archiveRound(
  archive: Archive,
  deps: RoundDeps,
  { newestOnly }: { readonly newestOnly: boolean },
  signal: AbortSignal,
): Promise<RoundResult> {
  const { book, clock } = deps;
  const { name, place, keep } = archive;
  const standing = await book.standing(name);
  const lookedAt = standing?.lookedAt ?? null;
  const isLookDue = lookedAt === null || clock.now() - lookedAt >= LOOK_EACH_MS;
  const isFailing = standing !== null && standing.failing !== null;
  const waits = await noteWaiting(archive, standing, deps);
  const isIdle = !waits && (await book.surplus(name, keep)).length === 0;
  if (isIdle && !isLookDue && !isFailing) return { copied: 0, removed: 0 };

  const session = await inTime(place, clock, signal, (stop) => archive.open(stop));
  try {
    if (isLookDue || !(await hasLastCopy())) await look(archive, session, deps, signal);
    const done = { copied: 0, removed: 0 };
    for (const kind of KINDS) {
      const waiting = await book.waiting(name, newestOnly ? 1 : keep);
      for (const version of waiting.filter((each) => each.kind === kind))
        if (await copy(archive, session, version, deps, signal)) done.copied += 1;
    }
    for (const kind of KINDS) {
      // Only what was noted is ours, and the newest copy of a device is never beyond `keep`.
      for (const old of (await book.surplus(name, keep)).filter((each) => each.kind === kind)) {
        await inTime(place, clock, signal, (stop) => session.remove(old.path, stop));
        await book.drop(name, [old]);
        done.removed += 1;
      }
    }
    return done;
  } finally {
    session.close();
    await noteWaiting(archive, standing, deps);
  }

  /** An archive whose disk is not mounted looks empty: nothing is to be written there. */
  async function hasLastCopy(): Promise<boolean> {
    const last = await book.lastCopy(name);
    if (last === null) return true;
    const bytes = await inTime(place, clock, signal, (stop) => session.size(last.path, stop));
    return bytes === last.bytes || bytes === 'unknown';
  }
}

/** Notes how many versions wait and since when the oldest does; gives whether one does. */
async function noteWaiting(
  { name, keep }: Archive,
  standing: ArchiveStanding | null,
  { book, clock }: RoundDeps,
): Promise<boolean> {
  const waiting = await book.waiting(name, keep);
  // In an archive that came late no version can have waited before it was there.
  const createdAt = standing?.createdAt ?? clock.now();
  const since = waiting.reduce((oldest, { firstSeenAt }) => Math.min(oldest, firstSeenAt), Number.POSITIVE_INFINITY);
  await book.noteWaiting(name, waiting.length, waiting.length === 0 ? null : Math.max(createdAt, since));
  return waiting.length > 0;
}

/** Compares what is noted with what is there: what is missing is to be copied again, but nothing where all is missing. */
async function look(
  { name, place }: Archive,
  session: ArchiveSession,
  { book, clock, logger }: RoundDeps,
  signal: AbortSignal,
): Promise<void> {
  const files = await inTime(place, clock, signal, (stop) => session.list(stop));
  const there = new Map(files.map(({ path, bytes }) => [path, bytes]));
  const copies = await book.copies(name);
  const missing = copies.filter(({ path, bytes }) => {
    const found = there.get(path);
    return found === undefined || (found !== null && found !== bytes);
  });
  if (missing.length > 0 && missing.length === copies.length) throw empty(name, place, copies.length);
  if (missing.length > 0) logger.warn({ archive: name, missing: missing.length }, 'copies are missing, made again');
  await book.drop(name, missing);
  await book.looked(name, clock.now());
}

/** Copies one version; `false`: there is no text of it that can be read. */
async function copy(
  { name, place }: Archive,
  session: ArchiveSession,
  version: WaitingVersion,
  { book, texts, binaries, encrypt, clock, onCopy, onUnreadable }: RoundDeps,
  signal: AbortSignal,
): Promise<boolean> {
  signal.throwIfAborted();
  const { device, version: number, firstSeenAt, kind } = version;
  const read = async () => {
    if (kind === 'binary') return await binaries.read(device, number);
    const text = await texts.text(device, number);
    return text === null ? null : bytesOfText(text);
  };
  const content = await read().catch((error: unknown) => {
    if (!(error instanceof TroubleError) || !UNREADABLE.has(error.code)) throw error;
    onUnreadable(version, error);
    return null;
  });
  if (content === null) return false;
  const bytes = await encrypt(content);
  const path = archivePath(device, number, firstSeenAt, kind);
  await inTime(place, clock, signal, (stop) => session.put(path, bytes, stop));
  const found = await inTime(place, clock, signal, (stop) => session.size(path, stop));
  if (found !== bytes.length && found !== 'unknown') throw incomplete(place, bytes.length, found);
  const made: Copy = { device, version: number, path, bytes: bytes.length, copiedAt: clock.now(), kind };
  await book.note(name, made);
  onCopy(name, bytes.length);
  return true;
}

function incomplete(place: string, sent: number, found: number | null): TroubleError {
  const what = found === null ? 'is not there' : `has ${found} of ${sent} bytes there`;
  return new TroubleError(
    'ARCHIVE_INCOMPLETE',
    `${place}: a file was taken, but ${what}`,
    'Check free space, quotas and the disk of the archive. The copy does not count and is made again.',
  );
}

function empty(name: string, place: string, copies: number): TroubleError {
  return new TroubleError(
    'ARCHIVE_EMPTY',
    `${place}: none of ${formatCount(copies, 'copy', 'copies')} is there`,
    `Check whether the disk is mounted and the address is right; nothing is written until then. If it is meant to be empty: \`${asTyped(`backup recopy ${quoted(name)}`)}\`.`,
  );
}
