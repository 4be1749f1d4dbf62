import type { OwnTable } from '../../platform/store/own-table.ts';

/** What terminals keep. Tickets and places are about what is open here and now. */
export const TERMINAL_TABLES: readonly OwnTable[] = [
  { name: 'terminal_tickets', staysHere: true },
  { name: 'terminal_places', staysHere: true },
  { name: 'terminal_recordings' },
  { name: 'terminal_recording_parts' },
];
