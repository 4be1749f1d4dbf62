import type { Database } from '../../platform/store/database.ts';
import type { AccountBooks } from '../ports.ts';
import { createAccountSessionStore } from './account-session-store.ts';
import { createAccountStore } from './account-store.ts';
import { createApiTokenStore } from './api-token-store.ts';
import { createAuditStore } from './audit-store.ts';
import { createLoginFailureStore } from './login-failure-store.ts';

/** Everything about accounts in one database. */
export function createAccountBooks(deps: { readonly database: Database }): AccountBooks {
  return {
    accounts: createAccountStore(deps),
    sessions: createAccountSessionStore(deps),
    failures: createLoginFailureStore(deps),
    tokens: createApiTokenStore(deps),
    audit: createAuditStore(deps),
  };
}
