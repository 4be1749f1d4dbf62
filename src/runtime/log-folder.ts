import { constants } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { TroubleError } from './errors.ts';
import { LOG_FILE } from './log-files.ts';

export interface LogFile {
  /** `netsentinel-2026-11-20.log` */
  readonly name: string;
  readonly bytes: number;
}

/** A part of a file, of whole lines. */
export interface LogPart {
  readonly lines: readonly string[];
  /** Where it begins and ends in the file, bytes. */
  readonly from: number;
  readonly to: number;
  /** Of the whole file, bytes. */
  readonly bytes: number;
}

/** Reads the daily files. Rejects with a `TroubleError` where the folder cannot be read. */
export interface LogFolderReader {
  /** The newest first. */
  list(): Promise<LogFile[]>;
  /** The lines that end before this byte; without one the last ones. `null`: there is no such file. */
  part(name: string, before?: number): Promise<LogPart | null>;
  /** All that is in the file now. `null`: there is no such file. */
  whole(name: string): Promise<{ readonly bytes: number; readonly stream: Readable } | null>;
}

/** Of one part. */
const PART_BYTES = 256 * 1024;

const NEW_LINE = 10;

/** `null` for whatever is no daily log file: another name leads nowhere, and neither does a link. */
async function openFile(folder: string, name: string): Promise<{ file: FileHandle; bytes: number } | null> {
  if (!LOG_FILE.test(name)) return null;
  let file: FileHandle;
  try {
    file = await open(join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isOneOf(error, ['ENOENT', 'ELOOP'])) return null;
    throw unreadable(error);
  }
  const stats = await file.stat();
  if (stats.isFile()) return { file, bytes: stats.size };
  await file.close();
  return null;
}

export function createLogFolderReader({ folder }: { readonly folder: string }): LogFolderReader {
  return {
    async list() {
      const names = await readdir(folder).catch((error: unknown) => {
        // Nothing has been logged yet.
        if (isOneOf(error, ['ENOENT'])) return [];
        throw unreadable(error);
      });
      const found: LogFile[] = [];
      for (const name of names.filter((each) => LOG_FILE.test(each)).sort()) {
        const opened = await openFile(folder, name);
        if (opened === null) continue;
        found.unshift({ name, bytes: opened.bytes });
        await opened.file.close();
      }
      return found;
    },
    async part(name, before) {
      const opened = await openFile(folder, name);
      if (opened === null) return null;
      const { file, bytes } = opened;
      try {
        const to = Math.min(before ?? bytes, bytes);
        const start = Math.max(0, to - PART_BYTES);
        const { buffer, bytesRead } = await file.read(Buffer.alloc(to - start), 0, to - start, start);
        const read = buffer.subarray(0, bytesRead);
        // The first line may have begun before; of one that is longer than all of this the rest is shown.
        const cut = start === 0 ? 0 : read.subarray(0, -1).indexOf(NEW_LINE) + 1;
        const lines = read.subarray(cut).toString('utf8').split('\n');
        return { lines: lines.filter((line) => line !== ''), from: start + cut, to: start + bytesRead, bytes };
      } finally {
        await file.close();
      }
    },
    async whole(name) {
      const opened = await openFile(folder, name);
      if (opened === null) return null;
      const { file, bytes } = opened;
      // A file that is being written grows meanwhile; what was announced is sent. An empty one has no last byte.
      const stream = file.createReadStream({ start: 0, end: Math.max(0, bytes - 1), autoClose: true });
      return { bytes, stream };
    },
  };
}

function isOneOf(error: unknown, codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

function unreadable(error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error)) return error;
  return new TroubleError(
    'LOG_FILES_UNREADABLE',
    `the log files cannot be read: ${error.message}`,
    'Check the owner and mode of logs.folder.',
    { cause: error },
  );
}
