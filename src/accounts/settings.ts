import { z } from 'zod';
import { type ConfigContext, isLoopback, secretText } from '../platform/config/fields.ts';
import { type Contradiction, fieldIn, isObject } from '../platform/config/written.ts';

/** Guesses are throttled, so that a short one need not be long; a very short one is no password. */
const SHORTEST_PASSWORD = 8;

/** Who may see the pages. */
export function loginSettings(context: ConfigContext) {
  return {
    password: secretText(context)
      .refine(
        (password) => password.reveal().length >= SHORTEST_PASSWORD,
        `must have ${SHORTEST_PASSWORD} characters or more`,
      )
      .exactOptional(),
    auth: z.enum(['accounts', 'password', 'none']).exactOptional(),
  };
}

/** How people are known. Accounts are the default where there is a key and no password. */
export function authOf(http: {
  readonly auth?: 'accounts' | 'password' | 'none' | undefined;
  readonly password?: unknown;
}): 'accounts' | 'password' | 'none' {
  return http.auth ?? (http.password === undefined ? 'accounts' : 'password');
}

/** How many days the audit is kept. */
export const auditDays = z.int().min(1).max(36_500).default(365);

/** Pages show who used how much: they are behind accounts or a password, or for this machine alone. */
export function findLoginContradictions(config: unknown): Contradiction[] {
  const http = fieldIn(config, 'http');
  if (!isObject(http)) return [];
  const hasPassword = http['password'] !== undefined;
  const isOpen = http['auth'] === 'none';
  const hasAccounts = http['auth'] === 'accounts';
  if (http['pages'] !== true) {
    return ['password', 'auth'].flatMap((key) =>
      http[key] === undefined ? [] : [{ path: ['http', key], message: 'needs pages: true' }],
    );
  }
  if ((isOpen || hasAccounts) && hasPassword) {
    return [{ path: ['http', 'auth'], message: `'${http['auth']}' and a password exclude each other; keep one` }];
  }
  const isDefault = http['auth'] === undefined && fieldIn(config, 'key') !== undefined;
  if (!isOpen && !hasAccounts && !hasPassword && !isDefault) {
    const message =
      "pages need a key (then people have accounts), auth: 'accounts' or a password; for this machine only, auth: 'none' is possible";
    return [{ path: ['http', 'password'], message }];
  }
  const host = http['host'] ?? '127.0.0.1';
  if (isOpen && typeof host === 'string' && !isLoopback(host)) {
    const message = `pages on ${host} need a password: 'none' is only for a host like '127.0.0.1'`;
    return [{ path: ['http', 'auth'], message }];
  }
  return [];
}
