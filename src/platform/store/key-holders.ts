import type { Kysely } from 'kysely';
import { countOf, textOf } from './columns.ts';
import type { Database, Queries } from './database.ts';
import { databaseNow } from './database-clock.ts';
import { readEach } from './odd-rows.ts';
import type { Schema } from './schema.ts';

type HolderTables = {
  key_holders: { id: string; host: string; pid: bigint; key_ids: string; seen_at: bigint };
};

/** A running worker and the keys it can read with. */
export interface KeyHolder {
  readonly id: string;
  /** Of its machine or container. */
  readonly host: string;
  readonly pid: number;
  readonly keyIds: readonly string[];
}

/** Which workers run with which keys. Everything rejects with a `TroubleError` when the database is away. */
export interface KeyHolders {
  /** Notes that the worker is alive now. */
  beat(holder: KeyHolder): Promise<void>;
  remove(id: string): Promise<void>;
  /** Those who were alive within `withinMs`, by the database's clock. */
  alive(withinMs: number): Promise<readonly KeyHolder[]>;
}

/** A worker that was killed leaves its row. */
const FORGOTTEN_AFTER_MS = 86_400_000;

export function createKeyHolders({ database }: { readonly database: Database }): KeyHolders {
  const now = databaseNow(database.kind);
  return {
    async beat({ id, host, pid, keyIds }) {
      await database.transaction(async (transaction) => {
        const tables = tablesOf(transaction);
        await tables
          .deleteFrom('key_holders')
          .where(({ eb, or }) => or([eb('id', '=', id), eb('seen_at', '<', eb(now, '-', BigInt(FORGOTTEN_AFTER_MS)))]))
          .execute();
        const row = { id, host, pid: BigInt(pid), key_ids: keyIds.join(' '), seen_at: now };
        await tables.insertInto('key_holders').values(row).execute();
      });
    },
    async remove(id) {
      await database.read((queries) => tablesOf(queries).deleteFrom('key_holders').where('id', '=', id).execute());
    },
    async alive(withinMs) {
      const rows = await database.read((queries) =>
        tablesOf(queries)
          .selectFrom('key_holders')
          .selectAll()
          .where('seen_at', '>=', ({ eb }) => eb(now, '-', BigInt(withinMs)))
          .orderBy('id')
          .execute(),
      );
      return readEach(database, rows, (row) => ({
        id: textOf('key_holders.id', row.id),
        host: textOf('key_holders.host', row.host),
        pid: countOf('key_holders.pid', row.pid),
        keyIds: textOf('key_holders.key_ids', row.key_ids).split(' '),
      }));
    },
  };
}

function tablesOf(queries: Queries): Kysely<Schema & HolderTables> {
  return queries.withTables<HolderTables>();
}
