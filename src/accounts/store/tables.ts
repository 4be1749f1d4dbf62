import type { OwnTable } from '../../platform/store/own-table.ts';

/** What accounts keep. A session that was ended must not come again with a copy from before. */
export const ACCOUNT_TABLES: readonly OwnTable[] = [
  { name: 'sessions', staysHere: true },
  { name: 'page_password', staysHere: true },
  { name: 'accounts' },
  { name: 'account_sessions', staysHere: true },
  { name: 'account_networks', staysHere: true },
  { name: 'login_failures', staysHere: true },
  { name: 'api_tokens' },
  { name: 'audit' },
];
