import { InvalidArgumentError } from 'commander';
import { UsageError } from '../../platform/cli/usage-error.ts';
import type { ArchiveDesk } from '../archive-desk.ts';
import type { BackupDesk } from '../desk.ts';
import type { ImportedFile, ImportResult } from '../import.ts';
import type { RunStates } from '../outcome.ts';
import type { Which } from '../read-text.ts';
import type { GitHistory } from '../reader/git-repository.ts';
import type { Rehearsal } from '../rehearsal.ts';
import type { NoteSchedule, ScheduleDesk } from '../schedule-desk.ts';

/** Puts on record what was done: who did it the worker knows. */
export type NoteBackup = (change: {
  readonly action:
    | 'backup.reveal'
    | 'backup.accept'
    | 'backup.import'
    | 'backup.recopy'
    | 'device.trust'
    | Parameters<NoteSchedule>[0]['action'];
  readonly subject: string;
  readonly outcome: string;
}) => Promise<void>;

/** What the commands for backups work on. */
export interface BackupBooks {
  readonly backups: {
    /** Throws a `TroubleError` `KEY_MISSING` without a key. */
    desk(): BackupDesk;
    readonly states: Pick<RunStates, 'recent' | 'of'>;
    readonly archives: ArchiveDesk;
    readonly schedules: ScheduleDesk;
    /** What may be imported of a git repository, which `gitDir` is. Rejects with a `TroubleError`. */
    readRepository(gitDir: string, signal: AbortSignal): Promise<GitHistory>;
    rehearse(device: string, version?: number): Promise<Rehearsal>;
    importFiles(files: readonly ImportedFile[]): AsyncIterable<ImportResult>;
    /** Brings the list of devices up to date. */
    refresh(): Promise<void>;
    trust(device: string, fingerprint: string): Promise<void>;
  };
  readonly note: NoteBackup;
  readonly calendar: { readonly timeZone: string };
}

/** An argument that is the number of a version. */
export function versionArgument(text: string): number {
  const version = Number(text);
  if (/^[1-9]\d{0,14}$/.test(text)) return version;
  throw new InvalidArgumentError('It must be the number of a version, from 1.');
}

/** Which text is asked for by the options of a command. */
export function whichOf({
  version,
  quarantine,
}: {
  readonly version?: number;
  readonly quarantine: boolean;
}): Which | undefined {
  if (version !== undefined && quarantine) throw new UsageError('--version and --quarantine exclude each other.');
  return quarantine ? 'quarantine' : version;
}
