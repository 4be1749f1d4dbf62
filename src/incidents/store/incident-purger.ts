import type { Database } from '../../platform/store/database.ts';
import type { Forget } from '../../runtime/forget.ts';
import { incidentTransaction } from './schema.ts';

/** Forgets incidents that were closed before the days that are kept; nobody counts them. */
export function forgetIncidents({ database }: { readonly database: Database }): Forget {
  return async ({ beforeAt }, dryRun) => {
    if (dryRun) return [];
    await database.transaction(async (transaction) => {
      const incidents = incidentTransaction(transaction);
      await incidents.deleteFrom('incidents').where('closed_at', '<', BigInt(beforeAt)).execute();
      // Also of what an earlier version, which knows no details, has forgotten.
      await incidents
        .deleteFrom('incident_details')
        .where('incident', 'not in', (query) => query.selectFrom('incidents').select('id'))
        .execute();
    });
    return [];
  };
}
