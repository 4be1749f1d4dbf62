import { countOf, integerOf, textOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import type { Copy, WaitingVersion } from '../archive.ts';
import type { CopyKind } from '../archive-names.ts';
import { copyOf } from './copies.ts';
import { type BackupQueries, tablesOf } from './texts.ts';

/** What is to be copied to an archive; see `ArchiveBook`. */
export async function waitingVersions(
  database: Database,
  archive: string,
  keep: number,
): Promise<readonly WaitingVersion[]> {
  const texts = await database.read((queries) =>
    rankedVersions(tablesOf(queries))
      .leftJoin('backup_copies', (join) =>
        join
          .onRef('backup_copies.device', '=', 'ranked.device')
          .onRef('backup_copies.version', '=', 'ranked.version')
          .on('backup_copies.archive', '=', archive),
      )
      .select(['ranked.device', 'ranked.version', 'ranked.first_seen_at'])
      .where('ranked.place', '<=', BigInt(keep))
      .where('backup_copies.version', 'is', null)
      .orderBy('ranked.place')
      .orderBy('ranked.device')
      .execute(),
  );
  const binaries = await database.read((queries) =>
    rankedVersions(tablesOf(queries))
      .innerJoin('backup_binaries', (join) =>
        join
          .onRef('backup_binaries.device', '=', 'ranked.device')
          .onRef('backup_binaries.version', '=', 'ranked.version'),
      )
      .innerJoin('backup_copies', (join) =>
        join
          .onRef('backup_copies.device', '=', 'ranked.device')
          .onRef('backup_copies.version', '=', 'ranked.version')
          .on('backup_copies.archive', '=', archive),
      )
      .leftJoin('backup_binary_copies', (join) =>
        join
          .onRef('backup_binary_copies.device', '=', 'ranked.device')
          .onRef('backup_binary_copies.version', '=', 'ranked.version')
          .on('backup_binary_copies.archive', '=', archive),
      )
      .select(['ranked.device', 'ranked.version', 'ranked.first_seen_at'])
      .where('ranked.place', '<=', BigInt(keep))
      .where('backup_binary_copies.version', 'is', null)
      .orderBy('ranked.place')
      .orderBy('ranked.device')
      .execute(),
  );
  const read = (kind: CopyKind) => (row: WaitingRow) => ({ ...waitingOf(row), kind });
  return [...readEach(database, texts, read('text')), ...readEach(database, binaries, read('binary'))];
}

/** Versions, the newest of a device at place 1. */
function rankedVersions(tables: BackupQueries) {
  return tables.selectFrom((all) =>
    all
      .selectFrom('backup_versions')
      .select(({ fn }) => [
        ...(['device', 'version', 'first_seen_at'] as const),
        fn
          .agg<bigint>('row_number')
          .over((over) => over.partitionBy('device').orderBy('version', 'desc'))
          .as('place'),
      ])
      .as('ranked'),
  );
}

interface WaitingRow {
  readonly device: unknown;
  readonly version: unknown;
  readonly first_seen_at: unknown;
}

function waitingOf({ device, version, first_seen_at }: WaitingRow): Omit<WaitingVersion, 'kind'> {
  return {
    device: textOf('backup_versions.device', device),
    version: countOf('backup_versions.version', version),
    firstSeenAt: integerOf('backup_versions.first_seen_at', first_seen_at),
  };
}

/** What an archive has beyond what it keeps; see `ArchiveBook`. */
export async function surplusCopies(database: Database, archive: string, keep: number): Promise<readonly Copy[]> {
  const texts = await database.read((queries) =>
    tablesOf(queries)
      .selectFrom((all) =>
        all
          .selectFrom('backup_copies')
          .selectAll()
          .select(({ fn }) =>
            fn
              .agg<bigint>('row_number')
              .over((over) => over.partitionBy('device').orderBy('version', 'desc'))
              .as('place'),
          )
          .where('archive', '=', archive)
          .as('ranked'),
      )
      .selectAll()
      .where('place', '>', BigInt(keep))
      .orderBy('device')
      .orderBy('version')
      .execute(),
  );
  const binaries = await database.read((queries) =>
    tablesOf(queries)
      .selectFrom('backup_binary_copies as alone')
      .selectAll()
      .where('alone.archive', '=', archive)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('backup_copies')
              .select('backup_copies.version')
              .whereRef('backup_copies.archive', '=', 'alone.archive')
              .whereRef('backup_copies.device', '=', 'alone.device')
              .whereRef('backup_copies.version', '=', 'alone.version'),
          ),
        ),
      )
      .orderBy('alone.device')
      .orderBy('alone.version')
      .execute(),
  );
  const read = (kind: CopyKind) => (row: Parameters<typeof copyOf>[0]) => copyOf(row, kind);
  return [...readEach(database, texts, read('text')), ...readEach(database, binaries, read('binary'))];
}
