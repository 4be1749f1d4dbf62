import { z } from 'zod';
import { OutputTooLong, type ProgramEnd, runProgram } from '../../platform/program/run-program.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { ArchivedFile, ArchiveSession } from '../archive.ts';
import { isArchivePath } from '../archive-names.ts';
import { failed, refused } from './trouble.ts';

export interface RcloneSettings {
  /** `remote:path`, as in the configuration of rclone. */
  readonly remote: string;
  /** Its configuration, an absolute path; `null`: where rclone itself looks. */
  readonly config: string | null;
}

const PROGRAM = 'rclone';
/** It never asks, and retries are ours. */
const USUAL = ['--ask-password=false', '--retries', '1'];
/** People may give rclone its settings by the environment. */
const PASSED = /^RCLONE_/;
/** Of a list of half a million files. */
const MOST_BYTES = 64 * 1024 * 1024;
const SUFFIX = '.part';
/** Exit codes of rclone: https://rclone.org/docs/#exit-code */
const FOLDER_MISSING = 3;
const FILE_MISSING = 4;

/**
 * What rclone can reach: Google Drive, OneDrive, Dropbox and others. It is the program of that name, a process for each step; its secrets
 * are in its own configuration, never in arguments. What it says may repeat them and is not quoted.
 */
export function createRcloneArchive(place: string, { remote, config }: RcloneSettings): () => Promise<ArchiveSession> {
  const pathOf = (path: string) => (/[:/]$/.test(remote) ? `${remote}${path}` : `${remote}/${path}`);

  async function run(args: readonly string[], signal: AbortSignal, stdin: readonly Buffer[] = []): Promise<ProgramEnd> {
    const set = config === null ? {} : { RCLONE_CONFIG: config };
    try {
      const options = { stdin, passed: PASSED, set, mostBytes: MOST_BYTES };
      return await runProgram(PROGRAM, [...USUAL, ...args], options, signal);
    } catch (error) {
      if (error instanceof OutputTooLong) throw failed(place, 'its list of files is too long');
      if (error instanceof Error && 'code' in error && typeof error.code === 'string') throw notStarted(error.code);
      throw error;
    }
  }

  const trouble = ({ code }: ProgramEnd) => {
    const said = code === null ? 'rclone was killed' : `rclone ended with exit code ${code}`;
    const isMissing = code === FOLDER_MISSING || code === FILE_MISSING;
    return withLook(isMissing ? refused(place, said) : failed(place, said), remote);
  };

  async function must(args: readonly string[], signal: AbortSignal, stdin?: readonly Buffer[]): Promise<void> {
    const end = await run(args, signal, stdin);
    if (end.code !== 0) throw trouble(end);
  }

  async function size(path: string, signal: AbortSignal): Promise<number | 'unknown' | null> {
    const end = await run(['lsjson', '--stat', '--no-modtime', '--no-mimetype', pathOf(path)], signal);
    if (end.code === FOLDER_MISSING || end.code === FILE_MISSING) return null;
    if (end.code !== 0) throw trouble(end);
    const found = stat.safeParse(parsed(end.stdout.toString('utf8')));
    if (!found.success) throw failed(place, 'rclone answers something else than it was asked for');
    if (found.data === null) return null;
    // -1: this kind of remote does not say.
    return found.data.Size < 0 ? 'unknown' : found.data.Size;
  }

  const session: ArchiveSession = {
    size,
    async list(signal) {
      const format = ['--format', 'sp', '--separator', ' '];
      const end = await run(['lsf', '--recursive', '--files-only', ...format, remote], signal);
      if (end.code === FOLDER_MISSING) return [];
      if (end.code !== 0) throw trouble(end);
      return filesIn(end.stdout.toString('utf8'));
    },
    async put(path, bytes, signal) {
      const part = pathOf(`${path}${SUFFIX}`);
      await must(['rcat', '--size', String(bytes.length), part], signal, [bytes]);
      await must(['moveto', part, pathOf(path)], signal);
    },
    async remove(path, signal) {
      const end = await run(['deletefile', pathOf(path)], signal);
      // For a file that is not there it has no exit code of its own.
      if (end.code !== 0 && (await size(path, signal)) !== null) throw trouble(end);
    },
    close() {},
  };
  return async () => session;
}

const stat = z.object({ Size: z.int() }).nullable();

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function filesIn(text: string): readonly ArchivedFile[] {
  return text.split('\n').flatMap((line) => {
    const [, size = '', path = ''] = /^(-1|\d{1,15}) (.+)$/.exec(line) ?? [];
    return isArchivePath(path) ? [{ path, bytes: size === '-1' ? null : Number(size) }] : [];
  });
}

function notStarted(code: string): TroubleError {
  return new TroubleError(
    'ARCHIVE_PROGRAM_MISSING',
    code === 'ENOENT' ? 'the program rclone is not installed' : `the program rclone cannot be started: ${code}`,
    'Install rclone where the worker runs (Debian: apt-get install rclone; in Docker see docs/backups.md). Copies are retried.',
  );
}

/** What rclone says is not shown: who may see its secrets can ask it. */
function withLook({ code, message, advice }: TroubleError, remote: string): TroubleError {
  return new TroubleError(
    code,
    message,
    `As the user of the worker, see what rclone says: rclone lsf '${remote}'. ${advice}`,
  );
}
