import type { Generated, Kysely, Transaction } from 'kysely';
import type { DatabaseTransaction, Queries } from '../../platform/store/database.ts';
import type { Schema } from '../../platform/store/schema.ts';

interface IncidentsTable {
  id: Generated<bigint>;
  kind: string;
  subject: string;
  opened_at: bigint;
  closed_at: bigint | null;
  is_open: bigint | null;
}

interface IncidentDetailsTable {
  incident: bigint;
  summary: string;
  notice: string | null;
  acknowledged_by: string | null;
  acknowledged_at: bigint | null;
  note: string | null;
}

interface RouterWatchesTable {
  router: string;
  watched_since: bigint;
  blind_since: bigint | null;
}

/** Of the table of the devices, what shows whether a router is still polled by anybody. */
interface PolledRoutersTable {
  router: string;
  noted_at: bigint;
}

type IncidentTables = {
  router_states: PolledRoutersTable;
  incidents: IncidentsTable;
  incident_details: IncidentDetailsTable;
  router_watches: RouterWatchesTable;
};

export type IncidentQueries = Kysely<Schema & IncidentTables>;
export type IncidentTransaction = Transaction<Schema & IncidentTables>;

/** The same connection, with the tables of `sql/` known to its types. What is read is still checked, by `columns.ts`. */
export function incidentQueries(queries: Queries): IncidentQueries {
  return queries.withTables<IncidentTables>();
}

export function incidentTransaction(transaction: DatabaseTransaction): IncidentTransaction {
  return transaction.withTables<IncidentTables>();
}
