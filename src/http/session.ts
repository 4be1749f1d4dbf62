import { createHmac, randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../runtime/clock.ts';

/** Sessions that are kept by whoever has them, in a signed cookie. */
export interface Sessions {
  /** The value of a new session's cookie. */
  open(): string;
  isOpen(token: string): boolean;
  /** Ends a session before its time. */
  close(token: string): void;
}

export const SESSION_MS = 7 * 24 * 3_600_000;
/** Ended sessions are few; if somebody makes them many, the oldest are forgotten first. */
const MOST_CLOSED = 1000;

/**
 * The key comes from the password: sessions survive a restart of the worker, and a new password ends them all. It is made slowly, so
 * that a stolen cookie is no quick way to guess the password.
 */
export function createSessions({ password, clock }: { readonly password: string; readonly clock: Clock }): Sessions {
  const key = scryptSync(password, 'netsentinel session', 32);
  const closed = new Set<string>();
  const sign = (text: string) => createHmac('sha256', key).update(text).digest('base64url');

  function isOpen(token: string): boolean {
    const [, text = '', mark = ''] = /^(\d{1,15}\.[\w-]{1,64})\.([\w-]{1,64})$/.exec(token) ?? [];
    return isSame(mark, sign(text)) && Number(text.split('.')[0]) > clock.now() && !closed.has(text);
  }

  return {
    open() {
      const text = `${clock.now() + SESSION_MS}.${randomBytes(16).toString('base64url')}`;
      return `${text}.${sign(text)}`;
    },
    isOpen,
    close(token) {
      if (!isOpen(token)) return;
      closed.add(token.slice(0, token.lastIndexOf('.')));
      const [oldest] = closed;
      if (closed.size > MOST_CLOSED && oldest !== undefined) closed.delete(oldest);
    },
  };
}

/** Whether two texts are the same, in a time that does not tell where they differ. */
export function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
