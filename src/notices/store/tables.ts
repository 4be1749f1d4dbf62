import type { OwnTable } from '../../platform/store/own-table.ts';

/** What notices keep. */
export const NOTICE_TABLES: readonly OwnTable[] = [{ name: 'mails', hasLongRows: true }];
