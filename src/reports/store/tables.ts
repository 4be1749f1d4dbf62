import type { OwnTable } from '../../platform/store/own-table.ts';

/** What reports keep. */
export const REPORT_TABLES: readonly OwnTable[] = [{ name: 'report_mails' }];
