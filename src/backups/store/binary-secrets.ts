import { countOf, textOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import type { SealedSecrets } from '../../runtime/rotation.ts';
import type { Vault } from '../../runtime/vault.ts';
import { readParts, writeParts } from './binaries.ts';
import { lockDevice } from './known.ts';
import { type BackupQueries, tablesOf, unlessDamaged } from './texts.ts';

/** Binary backups, for a change of the key, one in one transaction. What is damaged stays as it is, under its former key. */
export function createBinarySecrets({ database }: { readonly database: Database }): SealedSecrets {
  let damaged = 0;

  return {
    async keyIds() {
      const rows = await database.read((queries) =>
        tablesOf(queries).selectFrom('backup_binaries').select('key_id').distinct().execute(),
      );
      return new Set(rows.map(({ key_id }) => textOf('backup_binaries.key_id', key_id)));
    },
    async rekey(vault) {
      for (;;) {
        const made = await database.transaction((transaction) =>
          rekeyNext(tablesOf(transaction), database.kind, vault, damaged),
        );
        if (made !== 'damaged') return made === 'done' ? 1 : 0;
        damaged += 1;
      }
    },
  };
}

/** One that another key encrypted, after so many that cannot be read: those come first again. */
async function rekeyNext(
  tables: BackupQueries,
  kind: Database['kind'],
  vault: Vault,
  damaged: number,
): Promise<'done' | 'damaged' | 'none'> {
  const row = await tables
    .selectFrom('backup_binaries')
    .select(['device', 'version', 'key_id', 'identity'])
    .where('key_id', '<>', vault.keyId)
    .orderBy('key_id')
    .orderBy('device')
    .orderBy('version')
    .limit(1)
    .offset(damaged)
    .executeTakeFirst();
  if (row === undefined) return 'none';
  const place = {
    device: textOf('backup_binaries.device', row.device),
    version: countOf('backup_binaries.version', row.version),
  };
  await lockDevice(tables, kind, place.device);
  const bytes = await unlessDamaged(() => readParts(tables, vault, place, row));
  if (bytes === null) return 'damaged';
  await tables
    .updateTable('backup_binaries')
    .set(await writeParts(tables, vault, place, bytes))
    .where('device', '=', place.device)
    .where('version', '=', BigInt(place.version))
    .execute();
  return 'done';
}
