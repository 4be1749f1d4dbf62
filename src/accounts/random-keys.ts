import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits: nobody guesses them, so that a quick hash is enough to keep. */
export function newKey(): string {
  return randomBytes(32).toString('base64url');
}

/** What is kept of such a key: 64 hex digits. */
export function hashOfKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** A random id of so many hex digits, an even number. */
export function newId(digits: number): string {
  return randomBytes(digits / 2).toString('hex');
}
