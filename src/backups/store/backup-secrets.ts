import { countOf, textOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import type { SealedSecrets } from '../../runtime/rotation.ts';
import type { Vault } from '../../runtime/vault.ts';
import { lockDevice } from './backup-store.ts';
import { type BackupQueries, placeOfQuarantine, readQuarantine, resealVersion, sealWhole, tablesOf } from './texts.ts';

const ROWS_AT_ONCE = 20;

/** Kept configurations, for a change of the key: of one device in one transaction. */
export function createBackupSecrets({ database }: { readonly database: Database }): SealedSecrets {
  return {
    async keyIds() {
      const rows = await database.read(async (queries) => {
        const tables = tablesOf(queries);
        const versions = await tables.selectFrom('backup_versions').select('key_id').distinct().execute();
        const quarantines = await tables.selectFrom('backup_quarantines').select('key_id').distinct().execute();
        return [...versions, ...quarantines];
      });
      return new Set(rows.map(({ key_id }) => textOf('backup_versions.key_id', key_id)));
    },
    rekey: (vault) =>
      database.transaction(async (transaction) => {
        const tables = tablesOf(transaction);
        const device = await deviceOfOtherKey(tables, vault);
        if (device === null) return 0;
        await lockDevice(tables, database.kind, device);
        return (await rekeyVersions(tables, vault, device)) + (await rekeyQuarantine(tables, vault, device));
      }),
  };
}

async function deviceOfOtherKey(tables: BackupQueries, vault: Vault): Promise<string | null> {
  for (const table of ['backup_versions', 'backup_quarantines'] as const) {
    const row = await tables
      .selectFrom(table)
      .select('device')
      .where('key_id', '<>', vault.keyId)
      .limit(1)
      .executeTakeFirst();
    if (row !== undefined) return textOf(`${table}.device`, row.device);
  }
  return null;
}

async function rekeyVersions(tables: BackupQueries, vault: Vault, device: string): Promise<number> {
  const rows = await tables
    .selectFrom('backup_versions')
    .select('version')
    .where('device', '=', device)
    .where('key_id', '<>', vault.keyId)
    .orderBy('version')
    .limit(ROWS_AT_ONCE)
    .execute();
  for (const { version } of rows) {
    await resealVersion(tables, vault, device, countOf('backup_versions.version', version));
  }
  return rows.length;
}

async function rekeyQuarantine(tables: BackupQueries, vault: Vault, device: string): Promise<number> {
  const row = await tables
    .selectFrom('backup_quarantines')
    .select('key_id')
    .where('device', '=', device)
    .where('key_id', '<>', vault.keyId)
    .executeTakeFirst();
  const text = row === undefined ? null : await readQuarantine(tables, vault, device);
  if (text === null) return 0;
  const { base_version: _, ...sealed } = sealWhole(vault, placeOfQuarantine(device), device, text);
  await tables.updateTable('backup_quarantines').set(sealed).where('device', '=', device).execute();
  return 1;
}
