import type { OwnTable } from '../../platform/store/own-table.ts';

/** What is kept of healing. */
export const HEALING_TABLES: readonly OwnTable[] = [
  // Whose turn it is, about this one database.
  { name: 'healing_turn', staysHere: true },
  { name: 'healing_attempts' },
  { name: 'healing_notes' },
];
