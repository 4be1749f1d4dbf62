import { countOf, flagOf, integerOf, textOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { Vault } from '../../runtime/vault.ts';
import type { BinaryBook, BinaryFacts } from '../binary.ts';
import { keyOf, readBinary, writeParts } from './binaries.ts';
import { lockDevice } from './known.ts';
import { newestIn } from './newest-versions.ts';
import { type BackupQueries, tablesOf } from './texts.ts';

/** Binary backups in a database, beside the versions that they were made for. */
export function createBinaryStore({
  database,
  vault,
}: {
  readonly database: Database;
  readonly vault: () => Vault;
}): BinaryBook {
  const factsIn = (tables: BackupQueries) =>
    tables.selectFrom('backup_binaries').select(['device', 'version', 'taken_at', 'bytes']).orderBy('device');

  async function list(device?: string): Promise<readonly BinaryFacts[]> {
    const rows = await database.read((queries) => {
      const all = factsIn(tablesOf(queries)).orderBy('version');
      return (device === undefined ? all : all.where('device', '=', device)).execute();
    });
    return readEach(database, rows, factsOf);
  }

  async function newest(): Promise<readonly BinaryFacts[]> {
    const rows = await database.read((queries) =>
      factsIn(tablesOf(queries))
        .innerJoin(newestIn(tablesOf(queries), 'backup_binaries'), (join) =>
          join.onRef('newest_of', '=', 'device').onRef('newest', '=', 'version'),
        )
        .execute(),
    );
    return readEach(database, rows, factsOf);
  }

  function read(device: string, version: number): Promise<Buffer | null> {
    return database.read((queries) => readBinary(tablesOf(queries), vault(), { device, version }));
  }

  return {
    list,
    newest,
    read,
    async find(device, version) {
      const row = await database.read((queries) =>
        tablesOf(queries)
          .selectFrom('backup_binaries')
          .select(['bytes', 'is_left'])
          .where('device', '=', device)
          .where('version', '=', BigInt(version))
          .executeTakeFirst(),
      );
      if (row === undefined) return null;
      return {
        bytes: countOf('backup_binaries.bytes', row.bytes),
        isLeft: flagOf('backup_binaries.is_left', row.is_left),
      };
    },
    keep: ({ bytes, takenAt, isLeft, ...place }) =>
      database.transaction(async (transaction) => {
        const tables = tablesOf(transaction);
        const { device } = place;
        await lockDevice(tables, database.kind, device);
        const row = await tables
          .selectFrom('backup_versions')
          .leftJoin('backup_binaries', (join) =>
            join
              .onRef('backup_binaries.device', '=', 'backup_versions.device')
              .onRef('backup_binaries.version', '=', 'backup_versions.version'),
          )
          .select('backup_binaries.version as before')
          .where('backup_versions.device', '=', device)
          .where('backup_versions.version', '=', BigInt(place.version))
          .executeTakeFirst();
        // The version may have been deleted meanwhile, and a commit before may have been lost on its way back.
        if (row === undefined || row.before !== null) return;
        const sealed = await writeParts(tables, vault(), place, bytes);
        await tables
          .insertInto('backup_binaries')
          .values({
            ...{ ...keyOf(place), ...sealed, taken_at: BigInt(takenAt), bytes: BigInt(bytes.length) },
            is_left: isLeft ? 1n : 0n,
          })
          .execute();
      }),
    async removed(device, version) {
      await database.read((queries) =>
        tablesOf(queries)
          .updateTable('backup_binaries')
          .set({ is_left: 0n })
          .where('device', '=', device)
          .where('version', '=', BigInt(version))
          .execute(),
      );
    },
    async *verify(device) {
      for (const each of await list(device)) {
        try {
          await read(each.device, each.version);
          yield { device: each.device, version: each.version, trouble: null };
        } catch (error) {
          if (!(error instanceof TroubleError) || error.code.startsWith('DATABASE_')) throw error;
          yield { device: each.device, version: each.version, trouble: error.message };
        }
      }
    },
  };
}

function factsOf(row: { readonly [Column in 'device' | 'version' | 'taken_at' | 'bytes']: unknown }): BinaryFacts {
  return {
    device: textOf('backup_binaries.device', row.device),
    version: countOf('backup_binaries.version', row.version),
    takenAt: integerOf('backup_binaries.taken_at', row.taken_at),
    bytes: countOf('backup_binaries.bytes', row.bytes),
  };
}
