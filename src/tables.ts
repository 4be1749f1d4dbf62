import { ACCOUNT_TABLES } from './accounts/store/tables.ts';
import { BACKUP_TABLES } from './backups/store/tables.ts';
import { DEVICE_TABLES } from './devices/store/tables.ts';
import { HEALING_TABLES } from './healing/store/tables.ts';
import { HEALTH_TABLES } from './health/store/tables.ts';
import { INCIDENT_TABLES } from './incidents/store/tables.ts';
import { NOTICE_TABLES } from './notices/store/tables.ts';
import type { OwnTable } from './platform/store/own-table.ts';
import { GROUND_TABLES } from './platform/store/tables.ts';
import { QUOTA_TABLES } from './quotas/store/tables.ts';
import { REPORT_TABLES } from './reports/store/tables.ts';
import { TERMINAL_TABLES } from './terminal/store/tables.ts';
import { USAGE_TABLES } from './usage/store/tables.ts';

/** Every table that the worker writes. */
export const WRITTEN_TABLES: readonly OwnTable[] = [
  ...USAGE_TABLES,
  ...NOTICE_TABLES,
  ...QUOTA_TABLES,
  ...REPORT_TABLES,
  ...INCIDENT_TABLES,
  ...DEVICE_TABLES,
  ...HEALTH_TABLES,
  ...BACKUP_TABLES,
  ...HEALING_TABLES,
  ...ACCOUNT_TABLES,
  ...TERMINAL_TABLES,
  ...GROUND_TABLES,
];
