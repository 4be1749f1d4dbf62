import { readFile, writeFile } from 'node:fs/promises';
import { TroubleError } from '../../runtime/errors.ts';
import { generatePassword, parsePassword } from '../password.ts';
import { parsePublicKey } from '../public-key.ts';

export interface PreparedPassword {
  readonly password: string;
  /** Whether the file that was named had it. */
  readonly wasGiven: boolean;
}

/** The text of a script of `routeros/`. */
export function readScript(name: string): Promise<string> {
  return readFile(new URL(`../../../routeros/${name}`, import.meta.url), 'utf8');
}

/** How what a script does is undone, for people. */
export function undoingText(rollbackMinutes: number, undo: string): string {
  return rollbackMinutes === 0
    ? `There is no rollback: routeros/${undo} undoes everything.`
    : `The router undoes everything after ${rollbackMinutes} min unless you cancel that with the line the script shows at its end.`;
}

/** The password of the file that is named, else a new one. */
export async function preparePassword(file: string | undefined): Promise<PreparedPassword> {
  const given = file === undefined ? undefined : await readPassword(file);
  return { password: given ?? generatePassword(), wasGiven: given !== undefined };
}

/**
 * Writes the script, and the password file if it names one that is not there, both readable by the owner only. A file that exists is not
 * overwritten: it may hold the only copy of a router's password.
 * @throws TroubleError `HARDENING_FILE_EXISTS`, `HARDENING_OUT`
 */
export async function writeBoth(
  out: string,
  script: string,
  passwordFile: string | undefined,
  { password, wasGiven }: PreparedPassword,
): Promise<void> {
  await writePrivate(out, script);
  if (!wasGiven && passwordFile !== undefined) await writePrivate(passwordFile, `${password}\n`);
}

/** @throws TroubleError `HARDENING_PUBLIC_KEY`, `HARDENING_PUBLIC_KEY_FILE` */
export async function readPublicKey(file: string): Promise<string> {
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    throw fileTrouble(error, 'HARDENING_PUBLIC_KEY_FILE', `cannot read ${file}`);
  }
  return parsePublicKey(content);
}

/** The password in the file; `undefined` when there is no such file. */
async function readPassword(file: string): Promise<string | undefined> {
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw fileTrouble(error, 'HARDENING_PASSWORD_FILE', `cannot read ${file}`);
  }
  return parsePassword(content);
}

/** Writes a file that is not there yet, readable by its owner only. */
export async function writePrivate(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (isSystemError(error, 'EEXIST'))
      throw new TroubleError(
        'HARDENING_FILE_EXISTS',
        `${file} exists`,
        'Name another file, or remove this one if no router needs the password in it any more.',
      );
    throw fileTrouble(error, 'HARDENING_OUT', `cannot write ${file}`);
  }
}

function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function fileTrouble(error: unknown, code: string, what: string): unknown {
  if (!(error instanceof Error && 'syscall' in error)) return error;
  return new TroubleError(code, `${what}: ${error.message}`, 'See whether the folder exists and its rights.', {
    cause: error,
  });
}
