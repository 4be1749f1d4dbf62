import type { OwnTable } from '../../platform/store/own-table.ts';

/** What incidents keep. */
export const INCIDENT_TABLES: readonly OwnTable[] = [{ name: 'router_watches' }];
