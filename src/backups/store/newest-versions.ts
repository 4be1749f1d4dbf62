import type { Database } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import type { Version } from '../versions.ts';
import { VERSION_COLUMNS, versionOf } from './rows.ts';
import { type BackupQueries, tablesOf } from './texts.ts';

/** The newest version of each device, by device. */
export async function newestVersions(database: Database): Promise<readonly Version[]> {
  const rows = await database.read((queries) =>
    tablesOf(queries)
      .selectFrom('backup_versions')
      .innerJoin(newestIn(tablesOf(queries), 'backup_versions'), (join) =>
        join.onRef('newest_of', '=', 'device').onRef('newest', '=', 'version'),
      )
      .select(VERSION_COLUMNS)
      .orderBy('device')
      .execute(),
  );
  return readEach(database, rows, versionOf);
}

/** The newest version that each device has in this table, to join with its rows: `newest_of` is the device, `newest` the version. */
export function newestIn(tables: BackupQueries, table: 'backup_versions' | 'backup_binaries') {
  return tables
    .selectFrom(table)
    .select(['device as newest_of', ({ fn }) => fn.max('version').as('newest')])
    .groupBy('device')
    .as('last');
}
