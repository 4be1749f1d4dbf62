import type { Database } from '../../platform/store/database.ts';
import type { Forget } from '../../runtime/forget.ts';
import { incidentQueries } from './schema.ts';

/** Forgets incidents that were closed before the days that are kept; nobody counts them. */
export function forgetIncidents({ database }: { readonly database: Database }): Forget {
  return async ({ beforeAt }, dryRun) => {
    if (dryRun) return [];
    await database.read((queries) =>
      incidentQueries(queries).deleteFrom('incidents').where('closed_at', '<', BigInt(beforeAt)).execute(),
    );
    return [];
  };
}
