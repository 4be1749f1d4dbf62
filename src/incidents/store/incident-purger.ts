import type { Database } from '../../platform/store/database.ts';
import { incidentQueries } from './schema.ts';

/** Forgets incidents. */
export interface IncidentPurger {
  /** Those closed before `beforeDay`, of which the beginning in UTC is taken. */
  purge(limit: { readonly beforeDay: string }): Promise<void>;
}

export function createIncidentPurger({ database }: { readonly database: Database }): IncidentPurger {
  return {
    async purge({ beforeDay }) {
      await database.read((queries) =>
        incidentQueries(queries)
          .deleteFrom('incidents')
          .where('closed_at', '<', BigInt(Date.parse(`${beforeDay}T00:00:00Z`)))
          .execute(),
      );
    },
  };
}
