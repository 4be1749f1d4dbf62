import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { isWithin, type Role } from '../runtime/rights.ts';
import { type Actor, auditEntry } from './audit.ts';
import { accountNameOf, type NewToken, type NewUser, type UserChange } from './bodies.ts';
import type { PasswordHasher } from './passwords.ts';
import type { Account, AccountBooks, AccountSession, AccountSummary, ApiToken } from './ports.ts';
import { newId } from './random-keys.ts';
import { endOfSession } from './session-limits.ts';
import { newToken } from './tokens.ts';

/**
 * What people change about accounts, by pages, the API and commands alike; each is noted in the audit. What cannot be done rejects with a
 * `TroubleError` `ACCOUNT_…`, nothing being changed, and a database that is away with one of its own.
 */
export interface AccountDesk {
  users(): Promise<AccountSummary[]>;
  addUser(actor: Actor, user: NewUser): Promise<void>;
  /** The first one, an admin. */
  addFirstUser(actor: Actor, user: Omit<NewUser, 'role'>): Promise<Account>;
  /** Ends all sessions of that user. */
  setUser(actor: Actor, name: string, change: UserChange): Promise<void>;
  removeUser(actor: Actor, name: string, how: { readonly keepsTokens: boolean }): Promise<void>;
  /** Those that are open, of one user or of all. */
  sessions(name: string | null): Promise<AccountSession[]>;
  /** Ends all sessions of a user, or the one whose id begins with `key`; gives how many. */
  endSessions(actor: Actor, name: string, key?: string): Promise<number>;
  /** Of one user or all. */
  tokens(owner: string | null): Promise<ApiToken[]>;
  /** `owner`: whose it is to be, and the most it may do then; `null` for nobody's. */
  addToken(
    actor: Actor,
    token: NewToken,
    owner: { readonly name: string; readonly role: Role } | null,
  ): Promise<{ readonly id: string; readonly token: string }>;
  /** `owner`: only when it is theirs. */
  removeToken(actor: Actor, id: string, owner: string | null): Promise<void>;
}

export interface AccountDeskDeps {
  readonly books: AccountBooks;
  readonly hasher: PasswordHasher;
  readonly clock: Clock;
  /** Sessions may have ended by a change. */
  readonly onChange: () => void;
}

const DAY_MS = 24 * 3_600_000;
/** How a session is named on pages and in commands: the start of its id, which is no secret. */
export const KEY_DIGITS = 12;
const TOKEN_ID = /^[0-9a-f]{12}$/;

export function createAccountDesk({ books, hasher, clock, onChange }: AccountDeskDeps): AccountDesk {
  const { accounts, sessions, tokens } = books;

  function note(actor: Actor, action: string, subject: string) {
    return auditEntry({ ...actor, action, subject, outcome: 'ok' }, clock.now());
  }

  async function accountOf({ name, password, role }: NewUser): Promise<Account> {
    const passwordHash = await hasher.hash(password);
    return { id: newId(32), name, role, passwordHash, createdAt: clock.now(), lastLoginAt: null };
  }

  return {
    users: () => accounts.list(clock.now()),
    async addUser(actor, user) {
      const account = await accountOf(user);
      const word = await accounts.add(account, note(actor, 'user.add', `${user.name} as ${user.role}`));
      if (word === 'taken') throw nameTaken('a user');
    },
    async addFirstUser(actor, user) {
      const account = await accountOf({ ...user, role: 'admin' });
      const word = await accounts.addFirst(account, note(actor, 'user.first', user.name));
      if (word === 'late') throw noFirst();
      return (await accounts.find(user.name)) ?? account;
    },
    async setUser(actor, name, { role, password }) {
      if (!isAccountName(name)) throw unknownUser();
      const changes = [role === undefined ? '' : `role ${role}`, password === undefined ? '' : 'password'];
      const change = {
        ...(role === undefined ? {} : { role }),
        ...(password === undefined ? {} : { passwordHash: await hasher.hash(password) }),
      };
      const what = `${name}: ${changes.filter((text) => text !== '').join(', ')}`;
      const word = await accounts.change(name, change, note(actor, 'user.set', what));
      if (word === 'unknown') throw unknownUser();
      if (word === 'last-admin') throw lastAdmin();
      onChange();
    },
    async removeUser(actor, name, how) {
      if (!isAccountName(name)) throw unknownUser();
      const what = how.keepsTokens ? `${name}, tokens kept` : name;
      const word = await accounts.remove(name, how, note(actor, 'user.remove', what));
      if (word === 'unknown') throw unknownUser();
      if (word === 'last-admin') throw lastAdmin();
      onChange();
    },
    async sessions(name) {
      const now = clock.now();
      return (await sessions.list(name)).filter((session) => endOfSession(session) > now);
    },
    async endSessions(actor, name, key = '') {
      if (!isAccountName(name)) throw unknownUser();
      const ended = await sessions.end(name, key, note(actor, 'user.logout', name));
      if (ended === 0 && (await accounts.find(name)) === null) throw unknownUser();
      onChange();
      return ended;
    },
    tokens: (owner) => tokens.list(owner),
    async addToken(actor, { name, role, days }, owner) {
      if (owner !== null && !isWithin(role, owner.role)) throw roleTooLarge(owner.role);
      const { token, hash } = newToken();
      const createdAt = clock.now();
      const expiresAt = days === undefined ? null : createdAt + days * DAY_MS;
      const kept = { id: newId(KEY_DIGITS), hash, name, role, madeBy: actor.who, owner: owner?.name ?? null };
      const word = await tokens.add(
        { ...kept, createdAt, expiresAt, usedAt: null },
        note(actor, 'token.add', `${name} as ${role}`),
      );
      if (word === 'taken') throw nameTaken('a token');
      if (word === 'no-owner') throw unknownUser();
      return { id: kept.id, token };
    },
    async removeToken(actor, id, owner) {
      if (!TOKEN_ID.test(id)) throw unknownToken();
      const found = (await tokens.list(owner)).find((token) => token.id === id);
      const word = await tokens.remove(id, owner, note(actor, 'token.remove', found?.name ?? id));
      if (word === 'unknown') throw unknownToken();
    },
  };
}

/** Only such a one is looked up: a database may take another text for the same, or not know its letters. */
function isAccountName(name: string): boolean {
  return accountNameOf(name) === name;
}

function nameTaken(what: string): TroubleError {
  return new TroubleError('ACCOUNT_NAME_TAKEN', `there is ${what} of this name already`, 'Choose another name.');
}

function unknownUser(): TroubleError {
  return new TroubleError('ACCOUNT_UNKNOWN', 'there is no user of this name', 'Look at the list of users.');
}

function lastAdmin(): TroubleError {
  return new TroubleError(
    'ACCOUNT_LAST_ADMIN',
    'this is the last admin: without one, nobody could change users',
    'Make another user an admin first.',
  );
}

function noFirst(): TroubleError {
  return new TroubleError('ACCOUNT_NOT_FIRST', 'there is a user already', 'Log in, or ask an admin for an account.');
}

function unknownToken(): TroubleError {
  return new TroubleError('ACCOUNT_TOKEN_UNKNOWN', 'there is no token of this id', 'Look at the list of tokens.');
}

function roleTooLarge(role: Role): TroubleError {
  return new TroubleError(
    'ACCOUNT_ROLE_TOO_LARGE',
    `a token may do no more than its owner, who is ${role}`,
    `Choose ${role} or a smaller role.`,
  );
}
