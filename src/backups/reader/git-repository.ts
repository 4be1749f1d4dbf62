import { lstat, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { TroubleError } from '../../runtime/errors.ts';
import {
  changedByAuthor,
  createLogReader,
  deviceOfPath,
  LOG_FORMAT,
  type LoggedFile,
  listedFiles,
} from '../git-log.ts';
import { type ImportedFile, isAhead, MOST_FILE_BYTES } from '../import.ts';
import { orTrouble } from './folder.ts';
import { type Git, gitIn, gitTrouble, mustGit } from './git.ts';

/** Configurations in a git repository, as those of a folder. */
export interface GitHistory {
  readonly files: readonly ImportedFile[];
  /** What is no file of a device, and why. */
  readonly leftOut: readonly { readonly path: string; readonly reason: string }[];
  /** To be called once the files were read. */
  close(): Promise<void>;
}

/** Some 200,000 files. */
const MOST_LIST_BYTES = 16 * 1024 * 1024;
/** A million commits. */
const MOST_LOG_BYTES = 1024 * 1024 * 1024;
const MOST_REF_BYTES = 64 * 1024 * 1024;

/** The folder of a repository's objects and refs: the folder itself, or `.git` in it; `null`: it is no repository. */
export async function gitDirOf(folder: string): Promise<string | null> {
  for (const gitDir of [join(folder, '.git'), folder]) {
    const [objects, head] = [await lookAt(join(gitDir, 'objects')), await lookAt(join(gitDir, 'HEAD'))];
    if (objects?.isDirectory() === true && head?.isFile() === true) return resolve(gitDir);
  }
  if ((await lookAt(join(folder, '.git'))) === null) return null;
  throw gitTrouble(
    `${folder} is a work tree whose repository is elsewhere`,
    'Name the folder of the repository itself: git rev-parse --git-common-dir shows it.',
  );
}

/**
 * The newest `most` versions of each file that is in the repository now, by the commits that lead to its HEAD. Its objects are read by git within an empty
 * repository of our own, so that no configuration, hook, attribute or replacement of it counts. Rejects with a `TroubleError`.
 */
export async function readRepository(
  gitDir: string,
  { most, now }: { readonly most: number; readonly now: number },
  signal: AbortSignal,
): Promise<GitHistory> {
  const head = await headOf(gitDir);
  if ((await lookAt(join(gitDir, 'objects/info/alternates'))) !== null) throw borrows(gitDir);
  const own = await mkdtemp(join(tmpdir(), 'netsentinel-git-'));
  const close = () => rm(own, { recursive: true, force: true });
  try {
    const bare = gitIn(own, gitDir);
    const format = head.length === 64 ? ['--object-format=sha256'] : [];
    await mustGit(
      bare(['init', '--quiet', '--bare', '--template=', ...format], { mostBytes: MOST_LIST_BYTES }, signal),
      own,
    );
    const set = { GIT_ALTERNATE_OBJECT_DIRECTORIES: listEntry(join(gitDir, 'objects')) };
    const git: Git = (args, options, stop) => bare(args, { ...options, set }, stop);
    return { ...(await read(git, gitDir, head, { most, now }, signal)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function read(
  git: Git,
  gitDir: string,
  head: string,
  { most, now }: { readonly most: number; readonly now: number },
  signal: AbortSignal,
): Promise<Omit<GitHistory, 'close'>> {
  const list = git(['ls-tree', '-r', '-z', '--full-tree', head], { mostBytes: MOST_LIST_BYTES }, signal);
  const { devices, leftOut } = devicesOf(listedFiles(await mustGit(list, gitDir)));
  const versions = new Map<string, LoggedFile[]>([...devices.keys()].map((path) => [path, []]));
  const reader = createLogReader((file) => {
    const known = versions.get(file.path);
    // Newest first, as git log gives them.
    if (known !== undefined && known.length < most) known.push(file);
  });
  const how = ['-z', '--raw', '--no-abbrev', '--no-renames', '--no-color', '--no-notes', '--no-show-signature'];
  const log = ['log', ...how, '--no-ext-diff', '--no-textconv', '--first-parent', '-m', LOG_FORMAT, head, '--'];
  await mustGit(git(log, { mostBytes: MOST_LOG_BYTES, take: (chunk) => reader.take(chunk) }, signal), gitDir);
  const files: ImportedFile[] = [];
  for (const [path, device] of devices) {
    // The oldest first: of two in one second the later one is the newer version.
    for (const file of versions.get(path)?.toReversed() ?? []) {
      const { at, author, commit } = file;
      const shown = `${shownPath(path)} (${commit.slice(0, 10)})`;
      if (at <= 0 || isAhead(at, now)) leftOut.push({ path: shown, reason: 'the time of its commit cannot be right' });
      else {
        const read = () => readBlob(git, gitDir, file, signal);
        files.push({ device, path: shown, at, changedBy: changedByAuthor(author), read });
      }
    }
  }
  return { files, leftOut };
}

/** Which file is of which device; two of one name are two devices, and nobody knows which. */
function devicesOf(paths: readonly string[]) {
  const named = Map.groupBy(paths, deviceOfPath);
  const devices = new Map<string, string>();
  const leftOut: { path: string; reason: string }[] = [];
  for (const [device, own] of named) {
    const [path = '', ...others] = own;
    if (device !== null && others.length === 0) devices.set(path, device);
    const reason = device === null ? 'its name is not that of a device' : 'another file has the same name';
    if (!devices.has(path)) leftOut.push(...own.map((each) => ({ path: shownPath(each), reason })));
  }
  return { devices, leftOut };
}

function shownPath(path: string): string {
  return Buffer.from(path, 'latin1').toString('utf8');
}

async function readBlob(git: Git, gitDir: string, { blob }: LoggedFile, signal: AbortSignal): Promise<Buffer> {
  try {
    return await mustGit(git(['cat-file', 'blob', blob], { mostBytes: MOST_FILE_BYTES }, signal), gitDir);
  } catch (error) {
    if (!(error instanceof TroubleError) || error.code !== 'BACKUP_GIT_LARGE') throw error;
    const advice = 'Take it out of the repository.';
    throw new TroubleError('BACKUP_FOLDER', 'it is larger than a configuration can be', advice, { cause: error });
  }
}

const REF = /^ref: (refs\/[\w./-]{1,500})$/;
const ID = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** The commit that HEAD leads to. */
async function headOf(gitDir: string): Promise<string> {
  const head = (await readBounded(join(gitDir, 'HEAD')))?.trim() ?? '';
  if (ID.test(head)) return head;
  const [, ref] = REF.exec(head) ?? [];
  if (ref !== undefined && !ref.split('/').some((part) => part === '' || part.startsWith('.'))) {
    const loose = (await readBounded(join(gitDir, ref)))?.trim() ?? '';
    if (ID.test(loose)) return loose;
    const packed = (await readBounded(join(gitDir, 'packed-refs')))?.split('\n') ?? [];
    const [id = ''] = packed.find((line) => line.endsWith(` ${ref}`))?.split(' ') ?? [];
    if (ID.test(id)) return id;
  }
  throw gitTrouble(
    `the HEAD of ${gitDir} leads to no commit`,
    'Name a repository with configurations: git log shows them.',
  );
}

/** `null`: there is no such file. */
async function readBounded(path: string): Promise<string | null> {
  if ((await lookAt(path))?.isFile() !== true) return null;
  return await orTrouble(path, async () => {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const { buffer, bytesRead } = await file.read({
        buffer: Buffer.alloc(Math.min(size, MOST_REF_BYTES)),
        position: 0,
      });
      return buffer.subarray(0, bytesRead).toString('latin1');
    } finally {
      await file.close();
    }
  });
}

/** `null`: there is nothing. A link is not followed. */
async function lookAt(path: string) {
  return await orTrouble(path, async () => {
    try {
      return await lstat(path);
    } catch (error) {
      if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
        return null;
      throw error;
    }
  });
}

/** As an entry of a list with `:` between, in the quotes that git knows. */
function listEntry(path: string): string {
  return `"${path.replace(/[\\"]/g, '\\$&')}"`;
}

function borrows(gitDir: string): TroubleError {
  return gitTrouble(
    `${gitDir} takes objects from other repositories (objects/info/alternates), which is not followed`,
    'Make a copy that has all of them: git clone --bare --dissociate.',
  );
}
