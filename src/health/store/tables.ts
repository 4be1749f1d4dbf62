import type { OwnTable } from '../../platform/store/own-table.ts';

/** What health keeps. */
export const HEALTH_TABLES: readonly OwnTable[] = [
  // Whose turn it is, about this one database.
  { name: 'health_watch', staysHere: true },
  { name: 'health_states' },
  { name: 'health_transitions' },
  // A copy from before must not tell again what was told since.
  { name: 'health_news', staysHere: true },
  { name: 'health_spans' },
  { name: 'health_wan_spans' },
  { name: 'maintenance_windows' },
];
