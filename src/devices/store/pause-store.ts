import type { Kysely } from 'kysely';
import { textOf } from '../../platform/store/columns.ts';
import type { Database, Queries } from '../../platform/store/database.ts';
import type { Schema } from '../../platform/store/schema.ts';
import type { PauseBook } from '../pauses.ts';

type PauseTables = { device_pauses: { device: string; paused_at: bigint } };

/** Which devices that are not in the inventory are paused, kept in a database. */
export function createPauseStore({ database }: { readonly database: Database }): PauseBook {
  return {
    async list() {
      const rows = await database.read((queries) =>
        pauseQueries(queries).selectFrom('device_pauses').select('device').execute(),
      );
      return new Set(rows.map(({ device }) => textOf('device_pauses.device', device)));
    },
    async pause(device, at) {
      await database.read((queries) => {
        const insert = pauseQueries(queries)
          .insertInto('device_pauses')
          .values({ device, paused_at: BigInt(at) });
        const once =
          database.kind === 'mysql' ? insert.ignore() : insert.onConflict((conflict) => conflict.doNothing());
        return once.execute();
      });
    },
    async resume(device) {
      await database.read((queries) =>
        pauseQueries(queries).deleteFrom('device_pauses').where('device', '=', device).execute(),
      );
    },
  };
}

function pauseQueries(queries: Queries): Kysely<Schema & PauseTables> {
  return queries.withTables<PauseTables>();
}
