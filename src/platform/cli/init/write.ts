import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { TroubleError } from '../../../runtime/errors.ts';
import type { Interview } from './interview.ts';
import { SECRETS, starterText } from './starter.ts';

const SECRETS_FOLDER = 'secrets';
const ENV_FILE = '.env';
const OWNER_ONLY = 0o600;
const OWNER_ONLY_FOLDER = 0o700;

/** Where the files go: the working directory, and the configuration's name. */
export interface Place {
  readonly folder: string;
  /** Relative to the folder, or absolute. */
  readonly configFile: string;
}

/** Throws a `TroubleError` when a file of a configuration is there already: it would have to be overwritten. */
export function refuseToOverwrite({ folder, configFile }: Place): void {
  const files = [configFile, ...Object.values(SECRETS).map(secretFile)];
  const present = files.find((file) => existsSync(resolve(folder, file)));
  if (present !== undefined) throw exists(present);
  const set = Object.values(SECRETS).flatMap((name) => [name, `${name}_FILE`]);
  const known = Object.keys(parseEnv(readOrNothing(join(folder, ENV_FILE))));
  const taken = set.find((name) => known.includes(name));
  if (taken !== undefined) throw exists(`${ENV_FILE} with ${taken}`);
}

/**
 * Writes each secret into a file of its own, `.env` with the names of these files, and last the configuration. Gives the files. Throws a
 * `TroubleError`; what has been written by then stays.
 */
export function writeStarter(place: Place, { starter, secrets }: Interview): string[] {
  refuseToOverwrite(place);
  const given = (['key', 'router', 'mail'] as const).flatMap((about) => {
    const secret = secrets[about];
    return secret === null ? [] : [{ name: SECRETS[about], secret }];
  });
  const write = (file: string, text: string) => {
    const path = resolve(place.folder, file);
    attempt(file, () => {
      mkdirSync(dirname(path), { recursive: true, mode: OWNER_ONLY_FOLDER });
      writeFileSync(path, text, { flag: 'wx', mode: OWNER_ONLY });
    });
  };
  for (const { name, secret } of given) write(secretFile(name), `${secret}\n`);
  appendToEnv(place.folder, given.map(({ name }) => `${name}_FILE=${secretFile(name)}\n`).join(''));
  write(place.configFile, starterText(starter));
  return [place.configFile, ENV_FILE, ...given.map(({ name }) => secretFile(name))];
}

/** Something else may be in it already. */
function appendToEnv(folder: string, text: string): void {
  const path = join(folder, ENV_FILE);
  const before = readOrNothing(path);
  const gap = before === '' || before.endsWith('\n') ? '' : '\n';
  attempt(ENV_FILE, () => writeFileSync(path, `${gap}${text}`, { flag: 'a', mode: OWNER_ONLY }));
}

function secretFile(name: string): string {
  return join(SECRETS_FOLDER, name.toLowerCase());
}

function readOrNothing(file: string): string {
  return attempt(file, () => (existsSync(file) ? readFileSync(file, 'utf8') : ''));
}

function attempt<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new TroubleError(
      'CONFIG_NOT_WRITTEN',
      `${file} cannot be written: ${error.message}`,
      'Check the owner and mode of the folder.',
    );
  }
}

function exists(file: string): TroubleError {
  return new TroubleError(
    'CONFIG_EXISTS',
    `${file} is there already`,
    'Change the configuration by hand, or remove these files first: config.ts, the files in secrets, and their lines in .env.',
  );
}
