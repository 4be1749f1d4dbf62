import type { ProblemsAt } from '../../platform/http/forms.ts';
import type { Frame } from '../../platform/http/frame.ts';
import type { Role } from '../../runtime/rights.ts';
import type { SessionEntry, TokenEntry } from '../entries.ts';
import { type RoleChoice, roleChoices, type SessionRow, sessionRow, type TokenRow, tokenRow } from './rows.ts';

export interface AccountView extends Frame {
  readonly name: string;
  readonly role: Role;
  readonly isAdmin: boolean;
  readonly sessions: readonly SessionRow[];
  readonly tokens: readonly TokenRow[];
  readonly password: ProblemsAt<'current' | 'password'>;
  readonly token: { readonly name: string; readonly days: string; readonly roles: readonly RoleChoice[] };
  readonly tokenProblems: ProblemsAt<'name' | 'role' | 'days'>;
  /** Just made, shown this once. */
  readonly made: string | null;
}

export interface AccountData {
  readonly name: string;
  readonly role: Role;
  readonly sessions: readonly SessionEntry[];
  readonly thisKey: string;
  readonly tokens: readonly TokenEntry[];
}

/** What was typed and found wrong, and what was made. */
export interface AccountState {
  readonly password: AccountView['password'];
  readonly tokenProblems: AccountView['tokenProblems'];
  readonly token: { readonly name: string; readonly role: string; readonly days: string };
  readonly made: string | null;
}

/** `GET /account`: the own password, sessions and tokens. */
export function viewAccount(data: AccountData, state: AccountState, timeZone: string): AccountView {
  const { name, role, sessions, thisKey, tokens } = data;
  const { token, ...others } = state;
  return {
    title: 'Account',
    nav: 'account',
    name,
    role,
    isAdmin: role === 'admin',
    sessions: sessions.map((entry) => sessionRow(entry, timeZone, thisKey)),
    tokens: tokens.map((entry) => tokenRow(entry, timeZone)),
    token: { name: token.name, days: token.days, roles: roleChoices(token.role, role) },
    ...others,
  };
}
