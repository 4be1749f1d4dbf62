import type { Role } from '../runtime/rights.ts';
import type { AuditEntry, AuditNote } from './audit.ts';
import { KEY_DIGITS } from './desk.ts';
import type { AccountSession, AccountSummary, ApiToken } from './ports.ts';

/** What the API, the pages and the commands show. Instants are ISO 8601 in UTC. */

export interface UserEntry {
  readonly name: string;
  readonly role: Role;
  readonly sessions: number;
  readonly createdAt: string;
  readonly lastLoginAt: string | null;
}

export function userEntry({ name, role, sessions, createdAt, lastLoginAt }: AccountSummary): UserEntry {
  return { name, role, sessions, createdAt: instant(createdAt), lastLoginAt: instantOrNull(lastLoginAt) };
}

export interface SessionEntry {
  readonly user: string;
  /** How it is named: no secret. */
  readonly key: string;
  readonly address: string;
  readonly agent: string;
  readonly createdAt: string;
  readonly seenAt: string;
}

export function sessionEntry({ id, account, address, agent, createdAt, seenAt }: AccountSession): SessionEntry {
  const key = id.slice(0, KEY_DIGITS);
  return { user: account.name, key, address, agent, createdAt: instant(createdAt), seenAt: instant(seenAt) };
}

export interface TokenEntry {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly owner: string | null;
  readonly madeBy: string;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly usedAt: string | null;
}

export function tokenEntry({ id, name, role, owner, madeBy, createdAt, expiresAt, usedAt }: ApiToken): TokenEntry {
  const when = { createdAt: instant(createdAt), expiresAt: instantOrNull(expiresAt), usedAt: instantOrNull(usedAt) };
  return { id, name, role, owner, madeBy, ...when };
}

export interface AuditLine extends AuditNote {
  readonly at: string;
}

export function auditLine({ at, who, kind, from, action, subject, outcome }: AuditEntry): AuditLine {
  return { at: instant(at), who, kind, from, action, subject, outcome };
}

/** Where a list goes on. */
export function cursorOf({ at, id }: Pick<AuditEntry, 'at' | 'id'>): string {
  return `${at}-${id}`;
}

const CURSOR = /^(\d{1,16})-([0-9a-f]{32})$/;

/** `null`: it is none. */
export function parseCursor(text: string): Pick<AuditEntry, 'at' | 'id'> | null {
  const [, at, id] = CURSOR.exec(text) ?? [];
  return at === undefined || id === undefined ? null : { at: Number(at), id };
}

function instant(at: number): string {
  return new Date(at).toISOString();
}

function instantOrNull(at: number | null): string | null {
  return at === null ? null : instant(at);
}
