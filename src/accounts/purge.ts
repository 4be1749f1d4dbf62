import type { Clock } from '../runtime/clock.ts';
import type { Forget } from '../runtime/forget.ts';
import type { AccountBooks } from './ports.ts';
import { sessionLimits } from './session-limits.ts';

const DAY_MS = 24 * 3_600_000;

/** Forgets what the audit keeps no longer, by its own number of days, and sessions that are over. */
export function createAccountPurger(deps: {
  readonly books: Pick<AccountBooks, 'audit' | 'sessions'>;
  readonly clock: Clock;
  readonly auditDays: number;
}): Forget {
  const { books, clock, auditDays } = deps;
  return async (_limit, dryRun) => {
    const now = clock.now();
    const before = now - auditDays * DAY_MS;
    const count = await (dryRun ? books.audit.countBefore(before) : books.audit.removeBefore(before));
    if (!dryRun) await books.sessions.removeOver(sessionLimits(now));
    return [{ count, one: 'audit entry', many: 'audit entries' }];
  };
}
