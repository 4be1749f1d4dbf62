import type { OwnTable } from '../../platform/store/own-table.ts';

/** What incidents keep. */
export const INCIDENT_TABLES: readonly OwnTable[] = [
  { name: 'incidents' },
  { name: 'incident_details' },
  { name: 'router_watches' },
];
