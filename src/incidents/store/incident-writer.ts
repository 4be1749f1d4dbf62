import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import type { IncidentWriter } from '../ports.ts';
import { close, open } from './incident-store.ts';
import { incidentTransaction } from './schema.ts';

/** Opens and closes incidents of a database, within the caller's transaction. */
export function createIncidentWriter({
  database,
}: {
  readonly database: Database;
}): IncidentWriter<DatabaseTransaction> {
  return {
    async open(transaction, kind, raised) {
      await open(incidentTransaction(transaction), database.kind, kind, raised);
    },
    async close(transaction, kind, { subject, closedAt }) {
      await close(incidentTransaction(transaction), { kind, subject }, closedAt);
    },
  };
}
