import type { Role } from '../runtime/rights.ts';
import type { AuditBook, AuditEntry } from './audit.ts';

/** Tells one password from another without holding it. Both are 64 hex digits. */
export interface PasswordMark {
  readonly salt: string;
  readonly verifier: string;
}

/** A session as it is kept: never the cookie itself. Instants are Unix ms. */
export interface StoredSession {
  readonly id: string;
  readonly createdAt: number;
  /** The first instant at which it is over. */
  readonly expiresAt: number;
}

/** Keeps the sessions, for all workers on one database. Everything rejects with a `TroubleError` while the database is away. */
export interface SessionBook {
  /** Of the password that sessions are opened with; `null` before the first. */
  passwordMark(): Promise<PasswordMark | null>;
  /** Puts a new mark in the place of `seen` and ends all sessions, in one step; `false`, and nothing is done, when it is no longer `seen`. */
  changePassword(seen: PasswordMark | null, next: PasswordMark): Promise<boolean>;
  add(session: StoredSession): Promise<void>;
  find(id: string): Promise<StoredSession | null>;
  remove(id: string): Promise<void>;
  /** Forgets sessions that were over at this instant. */
  removeExpired(now: number): Promise<void>;
}

/** A person who may log in. Instants are Unix ms. */
export interface Account {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly passwordHash: string;
  readonly createdAt: number;
  /** `null` before the first login. */
  readonly lastLoginAt: number | null;
}

/** An account in a list. */
export interface AccountSummary extends Omit<Account, 'passwordHash'> {
  /** That are open. */
  readonly sessions: number;
}

export type AccountChange = Partial<Pick<Account, 'role' | 'passwordHash'>>;

/** Keeps the accounts. What is changed is noted in the audit in the same step, and only when it is done. */
export interface AccountBook {
  hasAny(): Promise<boolean>;
  /** By name. `now`: sessions that are over by then do not count. */
  list(now: number): Promise<AccountSummary[]>;
  find(name: string): Promise<Account | null>;
  add(account: Account, note: AuditEntry): Promise<'added' | 'taken'>;
  /** The first account there is; `late` when there is one already. */
  addFirst(account: Account, note: AuditEntry): Promise<'added' | 'late'>;
  /** Ends all sessions of the account. The last admin stays admin. */
  change(name: string, change: AccountChange, note: AuditEntry): Promise<'changed' | 'unknown' | 'last-admin'>;
  /** With its sessions, and with its tokens unless they are kept: then they are nobody's. */
  remove(
    name: string,
    how: { readonly keepsTokens: boolean },
    note: AuditEntry,
  ): Promise<'removed' | 'unknown' | 'last-admin'>;
}

export interface NewAccountSession {
  readonly id: string;
  readonly createdAt: number;
  /** Where the login came from, and the network that stands for it. */
  readonly address: string;
  readonly network: string;
  readonly agent: string;
}

export interface AccountSession {
  readonly id: string;
  readonly account: Pick<Account, 'id' | 'name' | 'role'>;
  readonly createdAt: number;
  /** The last request, exact to a minute. */
  readonly seenAt: number;
  readonly address: string;
  readonly agent: string;
}

/** Keeps who is logged in. */
export interface AccountSessionBook {
  /** `changed`, and nothing is done, when the account has another password by now or is gone. */
  open(session: NewAccountSession, account: Account, note: AuditEntry): Promise<'opened' | 'changed'>;
  find(id: string): Promise<AccountSession | null>;
  /** A request came with it. */
  used(id: string, at: number): Promise<void>;
  remove(id: string): Promise<void>;
  /** Those of one account or of all, the last used first; also those that are over. */
  list(name: string | null): Promise<AccountSession[]>;
  /** Ends all sessions of an account, or the one whose id begins like this; gives how many there were. */
  end(name: string, idStart: string, note: AuditEntry): Promise<number>;
  /** Forgets sessions that began, or were last used, before these instants. */
  removeOver(limits: SessionLimits): Promise<void>;
}

/** A session that began or was last used before or at these instants is over. */
export interface SessionLimits {
  readonly createdAt: number;
  readonly seenAt: number;
}

/** A login that failed, or that is being checked. */
export interface LoginFailure {
  readonly id: string;
  /** As tried; empty where no account can have such a name. */
  readonly name: string;
  readonly network: string;
  readonly failedAt: number;
}

/** Counts logins that failed, for all workers on one database. */
export interface LoginFailureBook {
  add(failure: LoginFailure): Promise<void>;
  remove(id: string): Promise<void>;
  /** Those of the network or of the name after this instant, the latest of each, the latest first. */
  recent(of: Pick<LoginFailure, 'name' | 'network'>, sinceAt: number): Promise<LoginFailure[]>;
  /** Whether the account of this name logged in from there after this instant. */
  isKnown(of: Pick<LoginFailure, 'name' | 'network'>, sinceAt: number): Promise<boolean>;
  /** Forgets failures and known networks from before these instants. */
  removeBefore(limits: { readonly failedAt: number; readonly loginAt: number }): Promise<void>;
}

/** A token of the API; the token itself is kept nowhere. */
export interface ApiToken {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Who made it, for people. */
  readonly madeBy: string;
  /** Whose it is: it may no more than they may, and goes with them. `null`: nobody's. */
  readonly owner: string | null;
  readonly createdAt: number;
  /** The first instant at which it is over; `null`: never. */
  readonly expiresAt: number | null;
  readonly usedAt: number | null;
}

export interface ApiTokenBook {
  add(token: ApiToken & { readonly hash: string }, note: AuditEntry): Promise<'added' | 'taken' | 'no-owner'>;
  /** With the role of its owner, `null` where it has none. */
  find(hash: string): Promise<(ApiToken & { readonly ownerRole: Role | null }) | null>;
  used(id: string, at: number): Promise<void>;
  /** By name; of one owner or all. */
  list(owner: string | null): Promise<ApiToken[]>;
  /** Of this owner, or of whomever. */
  remove(id: string, owner: string | null, note: AuditEntry): Promise<'removed' | 'unknown'>;
}

/** Everything about accounts that is kept in the database. */
export interface AccountBooks {
  readonly accounts: AccountBook;
  readonly sessions: AccountSessionBook;
  readonly failures: LoginFailureBook;
  readonly tokens: ApiTokenBook;
  readonly audit: AuditBook;
}
