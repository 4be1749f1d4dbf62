import type { Kysely } from 'kysely';
import { textOf } from '../../platform/store/columns.ts';
import type { Database, Queries } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import type { Schema } from '../../platform/store/schema.ts';
import type { SealedSecrets } from '../../runtime/rotation.ts';
import { resealed } from '../secrets.ts';
import { credentialOf, lockInventory } from './inventory-store.ts';
import type { InventoryTables } from './schema.ts';

const ROWS_AT_ONCE = 100;

/** The secrets of credentials, for a change of the key. */
export function createCredentialSecrets({ database }: { readonly database: Database }): SealedSecrets {
  return {
    async keyIds() {
      const rows = await database.read((queries) =>
        tablesOf(queries).selectFrom('credentials').select('key_id').distinct().execute(),
      );
      return new Set(rows.map(({ key_id }) => textOf('credentials.key_id', key_id)));
    },
    rekey: (vault) =>
      database.transaction(async (transaction) => {
        const tables = tablesOf(transaction);
        await lockInventory(tables, database.kind);
        const rows = await tables
          .selectFrom('credentials')
          .selectAll()
          .where('key_id', '<>', vault.keyId)
          .orderBy('id')
          .limit(ROWS_AT_ONCE)
          .execute();
        const credentials = readEach(database, rows, credentialOf);
        for (const credential of credentials) {
          const { id, keyId, password, privateKey, passphrase } = resealed(vault, credential);
          await tables
            .updateTable('credentials')
            .set({ key_id: keyId, password, private_key: privateKey, passphrase })
            .where('id', '=', id)
            .execute();
        }
        return credentials.length;
      }),
  };
}

function tablesOf(queries: Queries): Kysely<Schema & InventoryTables> {
  return queries.withTables<InventoryTables>();
}
