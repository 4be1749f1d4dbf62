import type { Kysely } from 'kysely';
import type { Queries } from '../../platform/store/database.ts';
import type { Schema } from '../../platform/store/schema.ts';

interface AccountsTable {
  id: string;
  name: string;
  role: string;
  password_hash: string;
  created_at: bigint;
  last_login_at: bigint | null;
}

interface AccountSessionsTable {
  id: string;
  account_id: string;
  created_at: bigint;
  seen_at: bigint;
  address: string;
  agent: string;
}

interface AccountNetworksTable {
  account_id: string;
  network: string;
  last_login_at: bigint;
}

interface LoginFailuresTable {
  id: string;
  name: string;
  network: string;
  failed_at: bigint;
}

interface ApiTokensTable {
  id: string;
  token_hash: string;
  name: string;
  role: string;
  made_by: string;
  account_id: string | null;
  created_at: bigint;
  expires_at: bigint | null;
  used_at: bigint | null;
}

interface AuditTable {
  id: string;
  at: bigint;
  who: string;
  kind: string;
  origin: string;
  action: string;
  subject: string;
  outcome: string;
}

type AccountTables = {
  accounts: AccountsTable;
  account_sessions: AccountSessionsTable;
  account_networks: AccountNetworksTable;
  login_failures: LoginFailuresTable;
  api_tokens: ApiTokensTable;
  audit: AuditTable;
};

export type AccountQueries = Kysely<Schema & AccountTables>;

/** The tables of accounts, as in `sql/`. */
export function accountQueries(queries: Queries): AccountQueries {
  return queries.withTables<AccountTables>();
}
