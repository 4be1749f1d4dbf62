import { randomInt } from 'node:crypto';
import { TroubleError } from '../runtime/errors.ts';

const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';
const signs = '-_.+=';
const everything = letters + signs;

/**
 * A password of 32 characters (187 bits), one of each sort among them because a router's `/user settings` may ask for that. It has none
 * that is read alike (`0O`, `1lI`), and none that a shell, YAML, `.env` file or RouterOS would read as anything but itself.
 */
export function generatePassword(): string {
  for (;;) {
    const password = Array.from({ length: 32 }, () => everything.charAt(randomInt(everything.length))).join('');
    if (/^[A-Za-z2-9]/.test(password) && [/[A-Z]/, /[a-z]/, /[2-9]/, /[-_.+=]/].every((sort) => sort.test(password)))
      return password;
  }
}

/**
 * Takes the content of a password file: one line end at its end is not part of the password.
 * @throws TroubleError `HARDENING_PASSWORD` when it is too short, is a placeholder, or holds control characters
 */
export function parsePassword(content: string): string {
  const password = content.replace(/\r?\n$/, '');
  const refuse = (why: string) =>
    new TroubleError(
      'HARDENING_PASSWORD',
      `the password ${why}`,
      'Write a password of at least 12 characters on one line, or use a new file name: a password is then created.',
    );
  if (/[\p{Cc}]/u.test(password)) throw refuse('holds a line break or another control character');
  if (Buffer.byteLength(password) < 12) throw refuse('is shorter than 12 characters');
  if (password.startsWith('REPLACE_WITH_')) throw refuse('is the placeholder');
  return password;
}
