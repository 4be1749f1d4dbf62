import { formatFullMoment, formatMoment, readableName } from '../../runtime/format.ts';
import { ROLES, type Role } from '../../runtime/rights.ts';
import type { SessionEntry, TokenEntry } from '../entries.ts';

export interface SessionRow {
  readonly key: string;
  readonly agent: string;
  readonly address: string;
  readonly since: string;
  readonly seen: string;
  /** It is the one that shows this page. */
  readonly isThis: boolean;
}

export function sessionRow(entry: SessionEntry, timeZone: string, thisKey: string | null): SessionRow {
  const { key, agent, address, createdAt, seenAt } = entry;
  return {
    key,
    agent: browserOf(agent),
    address,
    since: formatMoment(Date.parse(createdAt), timeZone),
    seen: formatMoment(Date.parse(seenAt), timeZone),
    isThis: key === thisKey,
  };
}

export interface TokenRow {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly owner: string;
  readonly expires: string;
  readonly used: string;
}

export function tokenRow(entry: TokenEntry, timeZone: string): TokenRow {
  const when = (text: string | null, otherwise: string) =>
    text === null ? otherwise : formatFullMoment(Date.parse(text), timeZone);
  const { id, name, role, owner, expiresAt, usedAt } = entry;
  const texts = { name: readableName(name), owner: owner ?? 'nobody' };
  return { id, role, ...texts, expires: when(expiresAt, 'never'), used: when(usedAt, 'never') };
}

export interface RoleChoice {
  readonly value: Role;
  readonly text: string;
  readonly isChosen: boolean;
}

const WHAT: Readonly<Record<Role, string>> = {
  viewer: 'viewer: sees all but secrets',
  operator: 'operator: also runs checks, backups',
  admin: 'admin: changes devices, users',
};

/** Up to `most`, the smallest first. */
export function roleChoices(chosen: string, most: Role = 'admin'): RoleChoice[] {
  const roles = ROLES.slice(0, ROLES.indexOf(most) + 1);
  return roles.map((value) => ({ value, text: WHAT[value], isChosen: value === chosen }));
}

/** What most people know their browser by; the whole text, cleaned, where it is another program. */
function browserOf(agent: string): string {
  const browser = ['Edg', 'OPR', 'Firefox', 'Chrome', 'Safari'].find((each) => agent.includes(`${each}/`));
  const system = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS X', 'Linux'].find((each) => agent.includes(each));
  if (browser === undefined) return agent === '' ? 'unknown program' : readableName(agent);
  const names: Readonly<Record<string, string>> = { Edg: 'Edge', OPR: 'Opera' };
  return [names[browser] ?? browser, system === 'Mac OS X' ? 'macOS' : system].filter(Boolean).join(' on ');
}
