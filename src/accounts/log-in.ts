import type { Clock } from '../runtime/clock.ts';
import { type AuditBook, type AuditNote, auditEntry } from './audit.ts';
import { accountNameOf } from './bodies.ts';
import { knownAddress, networkOf } from './network.ts';
import type { PasswordTry, PasswordVerdict } from './password-check.ts';
import type { Account, AccountSessionBook } from './ports.ts';
import { hashOfKey, newKey } from './random-keys.ts';
import { sessionLimits } from './session-limits.ts';
import { withinDeadline } from './sessions.ts';

export interface LogInDeps {
  readonly check: (given: PasswordTry) => Promise<PasswordVerdict>;
  readonly sessions: AccountSessionBook;
  readonly audit: AuditBook;
  readonly clock: Clock;
}

export type LogInResult =
  | { readonly is: 'in'; readonly token: string }
  | { readonly is: 'wrong' }
  | Extract<PasswordVerdict, { readonly is: 'wait' | 'busy' }>;

const LONGEST_AGENT = 200;

/** Logs somebody in, and notes whether it worked. Rejects with a `TroubleError` when the database is away. */
export async function logIn(deps: LogInDeps, given: PasswordTry & { readonly agent: string }): Promise<LogInResult> {
  const { check, sessions, audit, clock } = deps;
  const verdict = await check(given);
  if (verdict.is === 'wait' || verdict.is === 'busy') return verdict;
  const token = verdict.is === 'right' ? await openSession({ sessions, clock }, verdict.account, given) : null;
  if (token !== null) return { is: 'in', token };
  // A name that no account can have may be a password in the wrong field.
  const who = accountNameOf(given.name) ?? '(invalid name)';
  const startsWait = verdict.is === 'wrong' && verdict.startsWait;
  await noteWrong({ audit, clock }, { who, from: given.address, action: 'login', subject: '' }, startsWait);
  return { is: 'wrong' };
}

/** Notes that a password was wrong and, once, that such tries have to wait now: those that do are not noted each. */
export async function noteWrong(
  { audit, clock }: Pick<LogInDeps, 'audit' | 'clock'>,
  tried: Pick<AuditNote, 'who' | 'from' | 'action' | 'subject'>,
  startsWait: boolean,
): Promise<void> {
  const within = withinDeadline(clock);
  for (const outcome of startsWait ? ['refused', 'LOGIN_WAIT'] : ['refused']) {
    const note = auditEntry({ ...tried, kind: 'user', outcome }, clock.now());
    await within(() => audit.add(note));
  }
}

/** The value of a new session's cookie; `null` when the account has another password by now. */
export async function openSession(
  { sessions, clock }: Pick<LogInDeps, 'sessions' | 'clock'>,
  account: Account,
  { address, agent }: { readonly address: string; readonly agent: string },
): Promise<string | null> {
  const now = clock.now();
  const token = newKey();
  const within = withinDeadline(clock);
  await within(() => sessions.removeOver(sessionLimits(now)));
  const session = { id: hashOfKey(token), createdAt: now, address: knownAddress(address), network: networkOf(address) };
  const note = { who: account.name, kind: 'user', from: address, action: 'login', subject: '', outcome: 'ok' } as const;
  const told = agent.slice(0, LONGEST_AGENT).toWellFormed();
  const word = await within(() => sessions.open({ ...session, agent: told }, account, auditEntry(note, now)));
  return word === 'opened' ? token : null;
}
