import { countOf, textOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import type { SealedSecrets } from '../../runtime/rotation.ts';
import type { Vault } from '../../runtime/vault.ts';
import { type BinaryPlace, readBinary, writeParts } from './binaries.ts';
import { lockDevice } from './known.ts';
import { type BackupQueries, tablesOf, unlessDamaged } from './texts.ts';

/** Binary backups, for a change of the key, one in one transaction. What is damaged stays as it is, under its former key. */
export function createBinarySecrets({ database }: { readonly database: Database }): SealedSecrets {
  const damaged = new Set<string>();

  return {
    async keyIds() {
      const rows = await database.read((queries) =>
        tablesOf(queries).selectFrom('backup_binaries').select('key_id').distinct().execute(),
      );
      return new Set(rows.map(({ key_id }) => textOf('backup_binaries.key_id', key_id)));
    },
    async rekey(vault) {
      for (;;) {
        const tried = await database.transaction((transaction) =>
          rekeyNext(tablesOf(transaction), database.kind, vault, damaged),
        );
        if (tried === null) return 0;
        if (tried.isDone) return 1;
        damaged.add(nameOf(tried.place));
      }
    },
  };
}

function nameOf({ device, version }: BinaryPlace): string {
  return JSON.stringify([device, version]);
}

/** One that another key encrypted, but for those that are known to be damaged; `null`: there is none. */
async function rekeyNext(
  tables: BackupQueries,
  kind: Database['kind'],
  vault: Vault,
  damaged: ReadonlySet<string>,
): Promise<{ readonly place: BinaryPlace; readonly isDone: boolean } | null> {
  const rows = await tables
    .selectFrom('backup_binaries')
    .select(['device', 'version'])
    .where('key_id', '<>', vault.keyId)
    .orderBy('key_id')
    .orderBy('device')
    .orderBy('version')
    .limit(damaged.size + 1)
    .execute();
  const place = rows
    .map(({ device, version }) => ({
      device: textOf('backup_binaries.device', device),
      version: countOf('backup_binaries.version', version),
    }))
    .find((each) => !damaged.has(nameOf(each)));
  if (place === undefined) return null;
  await lockDevice(tables, kind, place.device);
  const isDone = await unlessDamaged(async () => {
    const bytes = await readBinary(tables, vault, place);
    // Its version may have been deleted meanwhile.
    if (bytes !== null) await rewrite(tables, vault, place, bytes);
    return true;
  });
  return { place, isDone: isDone === true };
}

async function rewrite(tables: BackupQueries, vault: Vault, place: BinaryPlace, bytes: Buffer): Promise<void> {
  await tables
    .updateTable('backup_binaries')
    .set(await writeParts(tables, vault, place, bytes))
    .where('device', '=', place.device)
    .where('version', '=', BigInt(place.version))
    .execute();
}
