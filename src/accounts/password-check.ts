import { randomBytes } from 'node:crypto';
import type { Clock } from '../runtime/clock.ts';
import { createLimiter, type Leave } from '../runtime/limiter.ts';
import { accountNameOf } from './bodies.ts';
import { networkOf } from './network.ts';
import type { PasswordHasher } from './passwords.ts';
import type { Account, AccountBook, LoginFailure, LoginFailureBook } from './ports.ts';
import { withinDeadline } from './sessions.ts';

export interface PasswordTry {
  /** As typed. */
  readonly name: string;
  readonly password: string;
  readonly address: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly gone: AbortSignal;
}

/**
 * `wrong`: `startsWait` when others like it have to wait from now on · `wait`: there were too many wrong ones; for so long nothing is looked
 * at · `busy`: too many wait to be looked at.
 */
export type PasswordVerdict =
  | { readonly is: 'right'; readonly account: Account }
  | { readonly is: 'wrong'; readonly startsWait: boolean }
  | { readonly is: 'wait'; readonly waitMs: number }
  | { readonly is: 'busy' };

export interface PasswordCheckDeps {
  readonly accounts: Pick<AccountBook, 'find'>;
  readonly failures: LoginFailureBook;
  readonly hasher: PasswordHasher;
  readonly clock: Clock;
}

/** Within this time … */
const WINDOW_MS = 15 * 60_000;
/** … so many may fail for one account from one address, … */
const OF_ONE_AT_ADDRESS = 5;
/** … from one address, … */
const OF_ADDRESS = 20;
/** … and for one account, */
const OF_ACCOUNT = 50;
/** but for addresses from which it logged in within this time: guessing elsewhere must not keep its owner out. */
export const KNOWN_MS = 30 * 24 * 3_600_000;
/** Each is counted before it is looked at: only so many can be over the limit at once. */
const AT_ONCE = 2;
/** Each takes about 0.1 s: who comes behind so many would wait too long. */
const MOST_WAITING = 50;

/**
 * Looks whether a name and a password belong together, and slows down those who guess. All workers on one database count together. A try
 * counts as failed until it turns out right, so that many at once are no way around. Rejects with a `TroubleError` while the database is away.
 */
export function createPasswordCheck(deps: PasswordCheckDeps): (given: PasswordTry) => Promise<PasswordVerdict> {
  const { accounts, hasher, clock } = deps;
  const within = withinDeadline(clock);
  const failures = withDeadline(deps.failures, within);
  const limiter = createLimiter(AT_ONCE);
  let waiting = 0;

  async function enter(gone: AbortSignal): Promise<Leave> {
    waiting += 1;
    try {
      return await limiter.enter(gone);
    } finally {
      waiting -= 1;
    }
  }

  async function waitFor(of: Pick<LoginFailure, 'name' | 'network'>, ownId: string | null): Promise<number> {
    const now = clock.now();
    const recent = (await failures.recent(of, now - WINDOW_MS)).filter(({ id }) => id !== ownId);
    const waitMs = waitOf(recent, of, now);
    if (waitMs.forAll > 0 && !(await failures.isKnown(of, now - KNOWN_MS))) return Math.max(waitMs.forAll, waitMs.here);
    return waitMs.here;
  }

  async function tryOnce(given: PasswordTry, of: Pick<LoginFailure, 'name' | 'network'>): Promise<PasswordVerdict> {
    const now = clock.now();
    await failures.removeBefore({ failedAt: now - WINDOW_MS, loginAt: now - KNOWN_MS });
    const id = randomBytes(16).toString('hex');
    await failures.add({ id, ...of, failedAt: now });
    const waitMs = await waitFor(of, id);
    if (waitMs > 0) {
      await failures.remove(id);
      return { is: 'wait', waitMs };
    }
    const account = of.name === '' ? null : await within(() => accounts.find(of.name));
    const isRight = await hasher.isRight(given.password, account?.passwordHash ?? null);
    if (account === null || !isRight) return { is: 'wrong', startsWait: (await waitFor(of, null)) > 0 };
    await failures.remove(id);
    return { is: 'right', account };
  }

  return async (given) => {
    const of = { name: accountNameOf(given.name) ?? '', network: networkOf(given.address) };
    // Those who have to wait anyway do not take the places of others.
    const waitMs = await waitFor(of, null);
    if (waitMs > 0) return { is: 'wait', waitMs };
    if (waiting >= MOST_WAITING) return { is: 'busy' };
    const leave = await enter(given.gone);
    try {
      return given.gone.aborted ? { is: 'busy' } : await tryOnce(given, of);
    } finally {
      leave();
    }
  };
}

/** The same book; who waits for an answer gives their place back in time. */
function withDeadline(failures: LoginFailureBook, within: ReturnType<typeof withinDeadline>): LoginFailureBook {
  return {
    add: (failure) => within(() => failures.add(failure)),
    remove: (id) => within(() => failures.remove(id)),
    recent: (of, sinceAt) => within(() => failures.recent(of, sinceAt)),
    isKnown: (of, sinceAt) => within(() => failures.isKnown(of, sinceAt)),
    removeBefore: (limits) => within(() => failures.removeBefore(limits)),
  };
}

/**
 * How long to wait after these failures, the latest first: because of those from here, and because of those of the account from anywhere.
 * An instant ahead of the clock, which was set back, is taken for now.
 */
export function waitOf(
  recent: readonly LoginFailure[],
  { name, network }: Pick<LoginFailure, 'name' | 'network'>,
  now: number,
): { readonly here: number; readonly forAll: number } {
  const wait = (counted: readonly LoginFailure[], most: number) => {
    const decisive = counted[most - 1];
    return decisive === undefined ? 0 : Math.max(0, Math.min(decisive.failedAt, now) + WINDOW_MS - now);
  };
  const here = recent.filter((failure) => failure.network === network);
  const ofAccount = name === '' ? [] : recent.filter((failure) => failure.name === name);
  const own = ofAccount.filter((failure) => failure.network === network);
  return { here: Math.max(wait(own, OF_ONE_AT_ADDRESS), wait(here, OF_ADDRESS)), forAll: wait(ofAccount, OF_ACCOUNT) };
}
