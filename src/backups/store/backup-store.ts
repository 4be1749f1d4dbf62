import { readEach } from '../../platform/store/odd-rows.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { BackupBook, Verified, Version } from '../versions.ts';
import { createKeep, type KeepDeps } from './keep.ts';
import { lockDevice, newestReadable } from './known.ts';
import { newestVersions } from './newest-versions.ts';
import { versionsSeenBefore } from './old-versions.ts';
import { QUARANTINE_COLUMNS, quarantineOf, VERSION_COLUMNS, versionOf } from './rows.ts';
import { readQuarantine, readVersion, removeVersion, tablesOf } from './texts.ts';

/** Kept configurations in a database. */
export function createBackupStore(deps: KeepDeps): BackupBook {
  const { database, vault } = deps;

  async function versions(device?: string): Promise<readonly Version[]> {
    const rows = await database.read((queries) => {
      const all = tablesOf(queries).selectFrom('backup_versions').select(VERSION_COLUMNS);
      const some = device === undefined ? all : all.where('device', '=', device);
      return some.orderBy('device').orderBy('version').execute();
    });
    return readEach(database, rows, versionOf);
  }

  async function quarantines(device?: string) {
    const rows = await database.read((queries) => {
      const all = tablesOf(queries).selectFrom('backup_quarantines').select(QUARANTINE_COLUMNS);
      const some = device === undefined ? all : all.where('device', '=', device);
      return some.orderBy('device').execute();
    });
    return readEach(database, rows, quarantineOf);
  }

  async function tried(device: string, version: number | null): Promise<Verified> {
    try {
      await database.read(async (queries) => {
        const tables = tablesOf(queries);
        return version === null
          ? await readQuarantine(tables, vault, device)
          : await readVersion(tables, vault, device, version);
      });
      return { device, version, trouble: null };
    } catch (error) {
      if (!(error instanceof TroubleError) || error.code.startsWith('DATABASE_')) throw error;
      return { device, version, trouble: error.message };
    }
  }

  return {
    versions,
    newest: () => newestVersions(database),
    quarantines,
    text: (device, version) => database.read((queries) => readVersion(tablesOf(queries), vault, device, version)),
    quarantinedText: (device) => database.read((queries) => readQuarantine(tablesOf(queries), vault, device)),
    keep: createKeep(deps),
    forget: (device, version) =>
      database.transaction(async (transaction) => {
        const tables = tablesOf(transaction);
        await lockDevice(tables, database.kind, device);
        const { newest } = await newestReadable(tables, vault, device);
        if (newest === null || version >= newest.version.version) return false;
        await removeVersion(tables, vault, device, version);
        return true;
      }),
    seenBefore: (at) => versionsSeenBefore(database, at),
    async *verify(device) {
      for (const each of await versions(device)) yield await tried(each.device, each.version);
      for (const each of await quarantines(device)) yield await tried(each.device, null);
    },
  };
}
