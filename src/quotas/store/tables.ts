import type { OwnTable } from '../../platform/store/own-table.ts';

/** What quotas keep. */
export const QUOTA_TABLES: readonly OwnTable[] = [{ name: 'breaches' }, { name: 'quota_lists' }];
