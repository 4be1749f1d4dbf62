import { countOf, textOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import type { SealedSecrets } from '../../runtime/rotation.ts';
import type { Vault } from '../../runtime/vault.ts';
import { inTurns } from '../steps.ts';
import { lockDevice } from './known.ts';
import {
  type BackupQueries,
  placeOfQuarantine,
  readQuarantine,
  resealVersion,
  sealWhole,
  tablesOf,
  unlessDamaged,
} from './texts.ts';

const ROWS_AT_ONCE = 20;

/**
 * Kept configurations, for a change of the key: of one device in one transaction. What is damaged stays as it is, under its former key:
 * a row restored from a backup of the database may make it readable again.
 */
export function createBackupSecrets({ database }: { readonly database: Database }): SealedSecrets {
  const damaged = new Set<string>();

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
    async rekey(vault) {
      for (;;) {
        const { tried, failed } = await database.transaction((transaction) =>
          rekeySome(tablesOf(transaction), database.kind, vault, damaged),
        );
        for (const each of failed) damaged.add(each);
        const done = tried - failed.length;
        if (done > 0 || tried === 0) return done;
      }
    },
  };
}

interface Some {
  readonly tried: number;
  /** What is damaged, as `nameOf` names it. */
  readonly failed: readonly string[];
}

/** Some texts of one device that another key encrypted, but for those that are known to be damaged. */
async function rekeySome(
  tables: BackupQueries,
  kind: Database['kind'],
  vault: Vault,
  damaged: ReadonlySet<string>,
): Promise<Some> {
  const waiting = (await textsOfOtherKey(tables, vault, damaged.size + ROWS_AT_ONCE)).filter(
    (each) => !damaged.has(nameOf(each)),
  );
  const device = waiting[0]?.device;
  if (device === undefined) return { tried: 0, failed: [] };
  await lockDevice(tables, kind, device);
  const some = waiting.filter((each) => each.device === device);
  const failed: string[] = [];
  for (const each of some) {
    const { version } = each;
    const isDone = await unlessDamaged(async () => {
      if (version === null) await rekeyQuarantine(tables, vault, device);
      else await resealVersion(tables, vault, device, version);
      return true;
    });
    if (isDone === null) failed.push(nameOf(each));
  }
  return { tried: some.length, failed };
}

interface TextPlace {
  readonly device: string;
  /** `null`: the one in quarantine. */
  readonly version: number | null;
}

function nameOf({ device, version }: TextPlace): string {
  return JSON.stringify([device, version]);
}

/** In the order of the index, so that what could not be read comes first again. */
async function textsOfOtherKey(tables: BackupQueries, vault: Vault, most: number): Promise<readonly TextPlace[]> {
  const versions = await tables
    .selectFrom('backup_versions')
    .select(['device', 'version'])
    .where('key_id', '<>', vault.keyId)
    .orderBy('key_id')
    .orderBy('device')
    .orderBy('version')
    .limit(most)
    .execute();
  const quarantines = await tables
    .selectFrom('backup_quarantines')
    .select('device')
    .where('key_id', '<>', vault.keyId)
    .orderBy('key_id')
    .orderBy('device')
    .limit(most)
    .execute();
  return [
    ...versions.map(({ device, version }) => ({
      device: textOf('backup_versions.device', device),
      version: countOf('backup_versions.version', version),
    })),
    ...quarantines.map(({ device }) => ({ device: textOf('backup_quarantines.device', device), version: null })),
  ];
}

async function rekeyQuarantine(tables: BackupQueries, vault: Vault, device: string): Promise<void> {
  const text = await readQuarantine(tables, vault, device);
  // A good text came meanwhile.
  if (text === null) return;
  const { base_version: _, ...sealed } = await inTurns(sealWhole(vault, placeOfQuarantine(device), device, text));
  await tables.updateTable('backup_quarantines').set(sealed).where('device', '=', device).execute();
}
