import { createHmac, randomBytes, scrypt } from 'node:crypto';
import { isSameText } from '../runtime/same-text.ts';
import type { PasswordMark, SessionBook } from './ports.ts';

/** Makes the id that a session is kept under from its cookie. */
export type SessionKey = (token: string) => string;

/**
 * The key of the sessions of this password. When the database knows another password, or none yet, that one is replaced and all its
 * sessions end: for good, because a salt never comes again. Rejects with a `TroubleError` while the database is away.
 *
 * The key is made slowly, so that neither a stolen cookie nor the database is a quick way to guess the password.
 */
export async function loadSessionKey(
  book: Pick<SessionBook, 'passwordMark' | 'changePassword'>,
  password: string,
): Promise<SessionKey> {
  for (;;) {
    const known = await book.passwordMark();
    const salt = known?.salt ?? newSalt();
    const own = await derive(password, salt);
    if (known !== null && isSameText(own.mark.verifier, known.verifier)) return own.key;
    const next = known === null ? own : await derive(password, newSalt());
    // Another worker was quicker: perhaps with the same password.
    if (await book.changePassword(known, next.mark)) return next.key;
  }
}

function newSalt(): string {
  return randomBytes(32).toString('hex');
}

async function derive(
  password: string,
  salt: string,
): Promise<{ readonly key: SessionKey; readonly mark: PasswordMark }> {
  const secret = await slowHash(password, salt);
  const sign = (text: string) => createHmac('sha256', secret).update(text).digest('hex');
  return { key: (token) => sign(`session ${token}`), mark: { salt, verifier: sign('verifier') } };
}

function slowHash(password: string, salt: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, 32, (error, hash) => (error === null ? resolve(hash) : reject(error)));
  });
}
