import type { OutgoingNotice } from '../notices/notice.ts';
import type { TroubleError } from '../runtime/errors.ts';
import type { CopyKind } from './archive-names.ts';

/** A file of an archive. */
export interface ArchivedFile {
  /** `folder/file`, from the top of the archive. */
  readonly path: string;
  /** `null`: the archive does not say. */
  readonly bytes: number | null;
}

/**
 * A place off site that copies of configurations go to; one small file a kind in `archives/`. All that it does rejects with a `TroubleError`
 * (`ARCHIVE_…`, `SSH_…`) whose text quotes nothing that the other side sent, or with the reason of an aborted signal.
 */
export interface Archive {
  /** As in the configuration. */
  readonly name: string;
  /** `folder`, `s3`, `webdav`, `sftp`, `rclone`. */
  readonly kind: string;
  /** Where it is, for people: nothing secret. */
  readonly place: string;
  /** Whether others on the way can read the login. */
  readonly isOpenToRead: boolean;
  /** Copies kept of each device, at least 1. */
  readonly keep: number;
  open(signal: AbortSignal): Promise<ArchiveSession>;
}

/** One thing at a time. Paths are `folder/file` or `file`, of letters, digits and `. _ -` only. */
export interface ArchiveSession {
  /** Every file in a folder of the archive, ours or not; none where there is no archive yet. */
  list(signal: AbortSignal): Promise<readonly ArchivedFile[]>;
  /** `null`: there is no such file. Otherwise its bytes, or `unknown` where the archive does not say. */
  size(path: string, signal: AbortSignal): Promise<number | 'unknown' | null>;
  /** Writes a file in place of one of that name. A half-written one never has that name. Folders are made. */
  put(path: string, bytes: Buffer, signal: AbortSignal): Promise<void>;
  /** Harmless where there is no such file. */
  remove(path: string, signal: AbortSignal): Promise<void>;
  /** May be called twice, and never throws. */
  close(): void;
}

/** A version that is to be copied. */
export interface WaitingVersion {
  readonly device: string;
  readonly version: number;
  readonly firstSeenAt: number;
  readonly kind: CopyKind;
}

/** A copy that was made, and found as long as it should be. */
export interface Copy {
  readonly device: string;
  readonly version: number;
  readonly path: string;
  readonly bytes: number;
  readonly copiedAt: number;
  readonly kind: CopyKind;
}

/** How an archive stands. Instants are Unix ms. */
export interface ArchiveStanding {
  /** When it was used first. */
  readonly createdAt: number;
  /** When its copies were last found to be there; `null`: they are to be looked for. */
  readonly lookedAt: number | null;
  /** Versions to be copied at the last try, and since when the oldest of them waits. */
  readonly waiting: number;
  readonly waitingSince: number | null;
  /** `null`: the last try went well. */
  readonly failing: {
    readonly since: number;
    readonly tries: number;
    readonly code: string;
    readonly trouble: string;
    readonly advice: string;
  } | null;
}

/** What was copied to an archive. */
export interface ArchiveSum {
  readonly copies: number;
  readonly bytes: number;
  readonly lastCopiedAt: number | null;
}

/** Notes what was copied where. Everything rejects with a `TroubleError` `DATABASE_…` when the database is away. */
export interface ArchiveBook {
  /** Lets one process copy to an archive; `false`: another one does. Taken again by its holder it is extended. The archive is noted from now on. */
  take(archive: string, holder: string, forMs: number, now: number): Promise<boolean>;
  release(archive: string, holder: string): Promise<void>;
  /** `null`: it was never used. */
  standing(archive: string): Promise<ArchiveStanding | null>;
  sum(archive: string): Promise<ArchiveSum>;
  /** Another number whenever there may be a new version, or binary backup of one. */
  pulse(): Promise<string>;
  /**
   * What is not copied of the newest `keep` versions of each device: the newest of all devices first, then the ones before; then binary
   * backups of versions whose text is copied.
   */
  waiting(archive: string, keep: number): Promise<readonly WaitingVersion[]>;
  /** Notes how much waits. */
  noteWaiting(archive: string, count: number, since: number | null): Promise<void>;
  copies(archive: string): Promise<readonly Copy[]>;
  /** The copy of a text that was made last. */
  lastCopy(archive: string): Promise<Copy | null>;
  /** Copies older than the newest `keep` of their device, and binary backups of versions whose text is not there. */
  surplus(archive: string, keep: number): Promise<readonly Copy[]>;
  note(archive: string, copy: Copy): Promise<void>;
  /** These are not in the archive any more. */
  drop(archive: string, copies: readonly Pick<Copy, 'device' | 'version' | 'kind'>[]): Promise<void>;
  looked(archive: string, at: number): Promise<void>;
  succeeded(archive: string): Promise<void>;
  /** Notes a try that failed. After some in a row `tell` makes the notices about it, once until a try goes well. */
  failed(archive: string, trouble: TroubleError, at: number, tell: () => readonly OutgoingNotice[]): Promise<void>;
  /** Nothing counts as copied any more. */
  forget(archive: string): Promise<void>;
}
