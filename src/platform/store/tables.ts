import type { OwnTable } from './own-table.ts';

/** What belongs to no capability. */
export const GROUND_TABLES: readonly OwnTable[] = [
  { name: 'job_runs', showsWork: true },
  { name: 'key_holders', staysHere: true },
  { name: 'ssh_host_keys' },
];

/** Written by commands of their own, about the database itself: the worker needs no right to write to them. */
export const COMMAND_TABLES: readonly OwnTable[] = [
  { name: 'schema_migrations', staysHere: true },
  { name: 'copies', staysHere: true },
];
