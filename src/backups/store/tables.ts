import type { OwnTable } from '../../platform/store/own-table.ts';

/** What is kept of configurations. */
export const BACKUP_TABLES: readonly OwnTable[] = [
  { name: 'backup_archives', showsWork: true },
  { name: 'backup_copies' },
  { name: 'backup_binaries' },
  { name: 'backup_binary_copies' },
  { name: 'backup_binary_outcomes' },
  { name: 'backup_binary_parts' },
  { name: 'backup_devices', showsWork: true },
  { name: 'backup_versions', hasLongRows: true },
  { name: 'backup_quarantines', hasLongRows: true },
  { name: 'backup_runs', showsWork: true },
  { name: 'backup_outcomes' },
  { name: 'backup_schedules' },
  { name: 'backup_watches' },
];
