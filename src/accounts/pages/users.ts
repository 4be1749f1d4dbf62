import type { ProblemsAt } from '../../platform/http/forms.ts';
import type { Frame } from '../../platform/http/frame.ts';
import { formatMoment } from '../../runtime/format.ts';
import type { SessionEntry, TokenEntry, UserEntry } from '../entries.ts';
import { type RoleChoice, roleChoices, type SessionRow, sessionRow, type TokenRow, tokenRow } from './rows.ts';

interface UserRow {
  readonly name: string;
  readonly href: string;
  readonly role: string;
  readonly sessions: number;
  readonly lastLogin: string;
}

export interface UsersView extends Frame {
  readonly rows: readonly UserRow[];
  readonly tokens: readonly TokenRow[];
  readonly user: { readonly name: string; readonly roles: readonly RoleChoice[] };
  readonly problems: ProblemsAt<'name' | 'role' | 'password'>;
}

/** `GET /users`: who may log in, and every token. */
export function viewUsers(
  data: { readonly users: readonly UserEntry[]; readonly tokens: readonly TokenEntry[] },
  state: {
    readonly user: { readonly name: string; readonly role: string };
    readonly problems: UsersView['problems'];
  },
  timeZone: string,
): UsersView {
  const { user, problems } = state;
  return {
    title: 'Users',
    nav: 'account',
    rows: data.users.map(({ name, role, sessions, lastLoginAt }) => ({
      ...{ name, role, sessions, href: userHref(name) },
      lastLogin: lastLoginAt === null ? 'never' : formatMoment(Date.parse(lastLoginAt), timeZone),
    })),
    tokens: data.tokens.map((entry) => tokenRow(entry, timeZone)),
    user: { name: user.name, roles: roleChoices(user.role) },
    problems,
  };
}

export interface UserView extends Frame {
  readonly name: string;
  readonly href: string;
  readonly created: string;
  readonly lastLogin: string;
  readonly roles: readonly RoleChoice[];
  readonly sessions: readonly SessionRow[];
  /** Where the form that ends one of them goes. */
  readonly endAction: string;
  readonly tokens: number;
  readonly problems: ProblemsAt<'role' | 'password' | 'remove'>;
}

/** `GET /users/:name`: what can be changed about one of them. */
export function viewUser(
  data: {
    readonly user: UserEntry;
    readonly sessions: readonly SessionEntry[];
    readonly tokens: readonly TokenEntry[];
    readonly problems: UserView['problems'];
  },
  timeZone: string,
): UserView {
  const { user, sessions, tokens, problems } = data;
  const { name, role, createdAt, lastLoginAt } = user;
  return {
    title: name,
    nav: 'account',
    name,
    href: userHref(name),
    created: formatMoment(Date.parse(createdAt), timeZone),
    lastLogin: lastLoginAt === null ? 'never' : formatMoment(Date.parse(lastLoginAt), timeZone),
    roles: roleChoices(role),
    sessions: sessions.map((entry) => sessionRow(entry, timeZone, null)),
    endAction: `${userHref(name)}/sessions/end`,
    tokens: tokens.length,
    problems,
  };
}

/** Names of accounts need no encoding but for `@`, which is allowed in a path. */
function userHref(name: string): string {
  return `/users/${encodeURIComponent(name)}`;
}
