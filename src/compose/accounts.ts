import type { AccountsBooks } from '../accounts/commands/frame.ts';
import { createAccountDesk } from '../accounts/desk.ts';
import { createPasswordHasher } from '../accounts/passwords.ts';
import { createAccountBooks } from '../accounts/store/account-books.ts';
import type { Database } from '../platform/store/database.ts';
import type { Clock } from '../runtime/clock.ts';

/** What commands change and read of accounts. A worker knows within 10 s of the sessions that end by it. */
export function createAccountsDesk(deps: {
  readonly database: Database;
  readonly clock: Clock;
}): AccountsBooks['accounts'] {
  const books = createAccountBooks(deps);
  const { clock } = deps;
  const desk = createAccountDesk({ books, hasher: createPasswordHasher(), clock, onChange: () => {} });
  return { desk, audit: books.audit };
}
