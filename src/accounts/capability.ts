import type { Base, Capability } from '../capability.ts';
import { type Audit, type AuditBook, createAudit } from './audit.ts';
import { type AccountDesk, createAccountDesk } from './desk.ts';
import { createPasswordHasher } from './passwords.ts';
import { createAccountPurger } from './purge.ts';
import { createAccountBooks } from './store/account-books.ts';

/** Who may log in, and who did what. */
export interface Accounts extends Capability {
  /** What commands change. A worker knows within 10 s of the sessions that end by it. */
  readonly desk: AccountDesk;
  readonly audit: AuditBook;
  /** Puts on record what other capabilities change. */
  readonly record: Audit['record'];
}

export function createAccounts(
  { database, clock }: Base,
  { retention }: { readonly retention: { readonly auditDays: number } },
): Accounts {
  const books = createAccountBooks({ database });
  const desk = createAccountDesk({ books, hasher: createPasswordHasher(), clock, onChange: () => {} });
  const { auditDays } = retention;
  return {
    desk,
    audit: books.audit,
    ...createAudit({ book: books.audit, clock }),
    forget: createAccountPurger({ books, clock, auditDays }),
  };
}
