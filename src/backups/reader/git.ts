import { OutputTooLong, type ProgramEnd, type ProgramOptions, runProgram } from '../../platform/program/run-program.ts';
import { TroubleError } from '../../runtime/errors.ts';
import { LogTooLong } from '../git-log.ts';

/** Nothing of this machine or user changes what git does, and it asks nobody and nothing. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  ...{ GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_ATTR_NOSYSTEM: '1' },
  // Where git is older than 2.32 it would look there.
  ...{ HOME: '/nonexistent', XDG_CONFIG_HOME: '/nonexistent' },
  ...{ GIT_NO_REPLACE_OBJECTS: '1', GIT_NO_LAZY_FETCH: '1', GIT_TERMINAL_PROMPT: '0', GIT_ALLOW_PROTOCOL: 'none' },
  ...{ GIT_PAGER: 'cat', LC_ALL: 'C' },
};
/** No program that a repository names is run. */
const SETTINGS = [
  ...['core.hooksPath=/dev/null', 'core.fsmonitor=false', 'core.attributesFile=/dev/null', 'gc.auto=0'],
  // It would run gpg, by the name that the repository gives it.
  'log.showSignature=false',
];

export interface GitOptions extends Pick<ProgramOptions, 'stdin' | 'mostBytes' | 'take'> {
  /** Further variables of the environment. */
  readonly set?: Readonly<Record<string, string>>;
}

/** Runs git in a repository, `gitDir` being what has its objects. What git says is not quoted: it may repeat what is in the repository. */
export type Git = (args: readonly string[], options: GitOptions, signal: AbortSignal) => Promise<ProgramEnd>;

/** For one run of git, ms: a repository of years is read within minutes, and a disk that is away answers never. */
const LONGEST_MS = 3_600_000;

/**
 * `folder`: what people call the repository. Rejects with a `TroubleError`: `BACKUP_GIT_MISSING`, `BACKUP_GIT_LARGE`, `BACKUP_GIT_TIMED_OUT` after
 * `longestMs`. An exit code that is not 0 rejects nothing.
 */
export function gitIn(gitDir: string, folder: string, longestMs = LONGEST_MS): Git {
  return async (args, { set = {}, ...options }, signal) => {
    const late = AbortSignal.timeout(longestMs);
    const settings = SETTINGS.flatMap((setting) => ['-c', setting]);
    try {
      const given = { ...options, set: { ...ENVIRONMENT, ...set, GIT_DIR: gitDir } };
      return await runProgram('git', [...settings, ...args], given, AbortSignal.any([signal, late]));
    } catch (error) {
      if (error === late.reason) throw timedOut(folder);
      if (error instanceof OutputTooLong || error instanceof LogTooLong) throw tooLarge(folder);
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw missing();
      throw error;
    }
  };
}

/** Output of git that has to be there; rejects with a `TroubleError` `BACKUP_GIT` where git fails. */
export async function mustGit(run: Promise<ProgramEnd>, folder: string): Promise<Buffer> {
  const { code, stdout } = await run;
  if (code === 0) return stdout;
  const said = code === null ? 'git was killed' : `git ended with exit code ${code}`;
  throw gitTrouble(`${folder}: ${said}`, `See what git itself says: git -C '${folder}' fsck.`);
}

export function gitTrouble(message: string, advice: string): TroubleError {
  return new TroubleError('BACKUP_GIT', message, advice);
}

function timedOut(folder: string): TroubleError {
  return new TroubleError(
    'BACKUP_GIT_TIMED_OUT',
    `${folder}: git did not end in time and was killed`,
    'Check whether the disk of this folder answers. What git had not ended is left out; run it again.',
  );
}

function missing(): TroubleError {
  return new TroubleError(
    'BACKUP_GIT_MISSING',
    'the program git is not installed',
    'Install it where this command runs (Debian: apt-get install git). The Docker image has none: use a folder of files there.',
  );
}

function tooLarge(folder: string): TroubleError {
  return new TroubleError(
    'BACKUP_GIT_LARGE',
    `${folder}: more is in this repository than can be read`,
    'Name a repository that has only configurations of devices.',
  );
}
