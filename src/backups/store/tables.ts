import type { OwnTable } from '../../platform/store/own-table.ts';

/** What is kept of configurations. */
export const BACKUP_TABLES: readonly OwnTable[] = [
  { name: 'backup_devices', showsWork: true },
  { name: 'backup_versions', hasLongRows: true },
  { name: 'backup_quarantines', hasLongRows: true },
  { name: 'backup_runs', showsWork: true },
  { name: 'backup_outcomes' },
  { name: 'backup_schedules' },
  { name: 'backup_watches' },
];
