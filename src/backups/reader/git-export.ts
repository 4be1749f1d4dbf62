import { chmod, mkdir, readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { TroubleError } from '../../runtime/errors.ts';
import { readableName } from '../../runtime/format.ts';
import { type CommittedVersion, commitOf, committedIn, deviceAhead, inOrder } from '../git-commits.ts';
import { orTrouble } from './folder.ts';
import { type Git, gitIn, gitTrouble, mustGit } from './git.ts';
import { gitDirOf } from './git-repository.ts';

const BRANCH = 'refs/heads/main';
/** Messages of a million commits. */
const MOST_BYTES = 256 * 1024 * 1024;
const TIDY_MS = 600_000;

export interface ExportedHistory {
  readonly versions: readonly CommittedVersion[];
  readonly isRevealed: boolean;
  /** Rejects with a `TroubleError` where a version cannot be read: it is left out. */
  text(device: string, version: number): Promise<Buffer>;
  onLeftOut(version: CommittedVersion, trouble: TroubleError): void;
}

/**
 * Writes versions as commits of a bare repository, one a version, by time; those that are there are not written again. The folder is made where there is none.
 * All or none of a call: git takes the commits at the end. Gives how many were written. Rejects with a `TroubleError`.
 */
export async function exportToGit(folder: string, history: ExportedHistory, signal: AbortSignal): Promise<number> {
  const { git, isNew } = await openRepository(folder, signal);
  const tip = isNew ? null : await tipOf(git, signal);
  const log =
    tip === null
      ? Buffer.alloc(0)
      : await mustGit(git(['log', '-z', '--format=%B', tip], { mostBytes: MOST_BYTES }, signal), folder);
  const committed = committedIn(log.toString('utf8'));
  if (tip !== null && committed.isRevealed === null) throw ofOthers(folder);
  if (committed.isRevealed !== null && committed.isRevealed !== history.isRevealed)
    throw ofOtherKind(folder, committed.isRevealed);
  const ahead = deviceAhead(history.versions, committed);
  if (ahead !== null) throw ofOtherInstallation(folder, ahead);
  let count = 0;

  async function* commits(): AsyncGenerator<Buffer> {
    for (const version of inOrder(history.versions, committed)) {
      const text = await textOf(version);
      if (text === null) continue;
      const from = count === 0 ? tip : null;
      count += 1;
      yield commitOf(version, text, { branch: BRANCH, from, isRevealed: history.isRevealed });
    }
    yield Buffer.from('done\n');
  }

  async function textOf(version: CommittedVersion): Promise<Buffer | null> {
    try {
      return await history.text(version.device, version.version);
    } catch (error) {
      if (!(error instanceof TroubleError) || error.code.startsWith('DATABASE_')) throw error;
      history.onLeftOut(version, error);
      return null;
    }
  }

  const how = ['fast-import', '--quiet', '--done', '--date-format=raw'];
  await mustGit(git(how, { stdin: commits(), mostBytes: MOST_BYTES }, signal), folder);
  if (count > 0) await tidy(folder, signal);
  return count;
}

/**
 * Puts small packs and loose objects together, as each run leaves some: the packs that stay are each at least twice as large as the next, so that
 * a large one is seldom written again. git older than 2.32 cannot, and leaves all as it is; so does one that takes too long.
 */
async function tidy(folder: string, signal: AbortSignal): Promise<void> {
  const git = gitIn(resolve(folder), folder, TIDY_MS);
  const how = ['-c', 'pack.threads=1', 'repack', '--geometric=2', '-d', '-l', '--quiet'];
  await git(how, { mostBytes: MOST_BYTES }, signal).catch((error: unknown) => {
    if (!(error instanceof TroubleError) || error.code !== 'BACKUP_GIT_TIMED_OUT') throw error;
  });
}

async function openRepository(
  folder: string,
  signal: AbortSignal,
): Promise<{ readonly git: Git; readonly isNew: boolean }> {
  const git = gitIn(resolve(folder), folder);
  const isNew = await orTrouble(folder, async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return (await readdir(folder)).length === 0;
  });
  if (isNew) {
    // It may have been there for all to read, and there are secrets in it now.
    await orTrouble(folder, () => chmod(folder, 0o700));
    const how = ['init', '--quiet', '--bare', '--template=', '--initial-branch=main'];
    await mustGit(git(how, { mostBytes: MOST_BYTES }, signal), folder);
  } else if ((await gitDirOf(folder)) !== resolve(folder)) {
    throw gitTrouble(`${folder} is not empty and no bare git repository`, 'Name a folder that is not there yet.');
  }
  return { git, isNew };
}

/** `null`: there is no commit yet. */
async function tipOf(git: Git, signal: AbortSignal): Promise<string | null> {
  const { code, stdout } = await git(
    ['rev-parse', '--verify', '--quiet', `${BRANCH}^{commit}`],
    { mostBytes: 1_000 },
    signal,
  );
  return code === 0 ? stdout.toString('latin1').trim() : null;
}

function ofOthers(folder: string): TroubleError {
  return gitTrouble(
    `${folder} has commits on main, and none of them is of NetSentinel`,
    'Name a folder that is not there yet.',
  );
}

function ofOtherKind(folder: string, isRevealed: boolean): TroubleError {
  return gitTrouble(
    isRevealed ? `${folder} was made with --reveal` : `${folder} was made without --reveal: secrets are hidden in it`,
    `${isRevealed ? 'Give --reveal again' : 'Leave out --reveal'}, or name another folder.`,
  );
}

function ofOtherInstallation(folder: string, device: string): TroubleError {
  return gitTrouble(
    `${folder} has newer versions of ${readableName(device)} than there are: it is of another installation, or from before a database was restored`,
    'Keep it, and name a folder that is not there yet.',
  );
}
