import type { Kysely, Transaction } from 'kysely';
import type { DatabaseTransaction, Queries } from '../../platform/store/database.ts';
import type { Schema } from '../../platform/store/schema.ts';

interface TicketsTable {
  id: string;
  session: string;
  device: string;
  window_columns: bigint;
  window_rows: bigint;
  created_at: bigint;
}

interface PlacesTable {
  account: string;
  place: bigint;
  terminal: string;
  seen_at: bigint;
}

interface RecordingsTable {
  id: string;
  device: string;
  who: string;
  window_columns: bigint;
  window_rows: bigint;
  started_at: bigint;
  duration_ms: bigint;
  output_bytes: bigint;
  outcome: string | null;
}

interface PartsTable {
  recording: string;
  part: bigint;
  key_id: string;
  content: string;
}

type TerminalTables = {
  terminal_tickets: TicketsTable;
  terminal_places: PlacesTable;
  terminal_recordings: RecordingsTable;
  terminal_recording_parts: PartsTable;
};

export type TerminalQueries = Kysely<Schema & TerminalTables>;
export type TerminalTransaction = Transaction<Schema & TerminalTables>;

/** The same connection, with the tables of `sql/` known to its types. What is read is still checked, by `columns.ts`. */
export function terminalQueries(queries: Queries): TerminalQueries {
  return queries.withTables<TerminalTables>();
}

export function terminalTransaction(transaction: DatabaseTransaction): TerminalTransaction {
  return transaction.withTables<TerminalTables>();
}
