import type { Clock } from '../runtime/clock.ts';
import type { AccountBooks } from './ports.ts';
import { sessionLimits } from './session-limits.ts';

const DAY_MS = 24 * 3_600_000;

/** Forgets what the audit keeps no longer, and sessions that are over. */
export async function purgeAccounts(deps: {
  readonly books: Pick<AccountBooks, 'audit' | 'sessions'>;
  readonly clock: Clock;
  readonly auditDays: number;
}): Promise<void> {
  const { books, clock, auditDays } = deps;
  const now = clock.now();
  await books.audit.removeBefore(now - auditDays * DAY_MS);
  await books.sessions.removeOver(sessionLimits(now));
}
