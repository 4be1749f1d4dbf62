import { auditEntry } from '../../src/accounts/audit.ts';
import { createPasswordHasher } from '../../src/accounts/passwords.ts';
import { hashOfKey, newId, newKey } from '../../src/accounts/random-keys.ts';
import { createAccountBooks } from '../../src/accounts/store/account-books.ts';
import { newToken } from '../../src/accounts/tokens.ts';
import type { Database } from '../../src/platform/store/database.ts';
import type { Role } from '../../src/runtime/rights.ts';
import { EVENING } from './pages.ts';

/** Of all users of tests; it is hashed once, because that is slow on purpose. */
export const USER_PASSWORD = 'a long enough password';
const hasher = createPasswordHasher();
let hash: Promise<string> | null = null;

const BY_TEST = { who: 'test', kind: 'command', from: 'test', action: 'test', subject: '', outcome: 'ok' } as const;

/** Puts a user into the database. */
export async function addUser(database: Database, name: string, role: Role): Promise<void> {
  hash ??= hasher.hash(USER_PASSWORD);
  const account = { id: newId(32), name, role, passwordHash: await hash, createdAt: EVENING, lastLoginAt: null };
  await createAccountBooks({ database }).accounts.add(account, auditEntry(BY_TEST, EVENING));
}

/** Puts a session of the user into the database, without a login; gives the header of its cookie. */
export async function sessionOf(database: Database, name: string): Promise<string> {
  const { accounts, sessions } = createAccountBooks({ database });
  const account = await accounts.find(name);
  if (account === null) throw new Error(`there is no ${name}`);
  const key = newKey();
  const from = { createdAt: EVENING, address: '192.0.2.1', network: '192.0.2.1', agent: 'test' };
  await sessions.open({ ...from, id: hashOfKey(key) }, account, auditEntry(BY_TEST, EVENING));
  return `netsentinel_session=${key}`;
}

/** Puts a token that is nobody's into the database. */
export async function tokenWith(database: Database, role: Role): Promise<string> {
  const { token, hash: kept } = newToken();
  const id = newId(12);
  const about = { id, name: `test ${id}`, role, madeBy: 'test', owner: null, createdAt: EVENING };
  await createAccountBooks({ database }).tokens.add(
    { ...about, hash: kept, expiresAt: null, usedAt: null },
    auditEntry(BY_TEST, EVENING),
  );
  return token;
}
