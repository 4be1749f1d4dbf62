import { countOf, integerOf, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import { whole } from '../../platform/store/whole.ts';
import { wholeSum } from '../../platform/store/whole-sum.ts';
import type { ArchiveSum, Copy } from '../archive.ts';
import type { CopyKind } from '../archive-names.ts';
import type { BackupCopiesTable } from './schema.ts';
import { type BackupQueries, tablesOf } from './texts.ts';

/** What of one kind was copied to archives. */
export interface Copies {
  sum(archive: string): Promise<ArchiveSum>;
  list(archive: string): Promise<readonly Copy[]>;
  last(archive: string): Promise<Copy | null>;
  note(archive: string, copy: Copy): Promise<void>;
  drop(archive: string, copies: readonly Pick<Copy, 'device' | 'version'>[]): Promise<void>;
}

const ROWS_AT_ONCE = 200;
export const COPY_TABLES = { text: 'backup_copies', binary: 'backup_binary_copies' } as const;

export function createCopies(database: Database, kind: CopyKind): Copies {
  const table = COPY_TABLES[kind];
  const read = (row: CopyRow) => copyOf(row, kind);
  const ofArchive = (tables: BackupQueries, archive: string) =>
    tables.selectFrom(table).selectAll().where('archive', '=', archive);

  return {
    async sum(archive) {
      const row = await database.read((queries) =>
        tablesOf(queries)
          .selectFrom(table)
          .select(({ fn }) => [
            fn.countAll<bigint>().as('copies'),
            wholeSum(database.kind, 'bytes').as('bytes'),
            fn.max('copied_at').as('last'),
          ])
          .where('archive', '=', archive)
          .executeTakeFirstOrThrow(),
      );
      return {
        copies: countOf('the number of copies', row.copies),
        bytes: countOf('the bytes of copies', row.bytes),
        lastCopiedAt: nullable(integerOf, `${table}.copied_at`, row.last),
      };
    },
    async list(archive) {
      const rows = await database.read((queries) => ofArchive(tablesOf(queries), archive).execute());
      return readEach(database, rows, read);
    },
    async last(archive) {
      const rows = await database.read((queries) =>
        ofArchive(tablesOf(queries), archive).orderBy('copied_at', 'desc').limit(1).execute(),
      );
      return readEach(database, rows, read)[0] ?? null;
    },
    async note(archive, { device, version, path, bytes, copiedAt }) {
      const values = { path, bytes: BigInt(whole(bytes)), copied_at: BigInt(whole(copiedAt)) };
      await database.read((queries) => {
        const insert = tablesOf(queries)
          .insertInto(table)
          .values({ archive, device, version: BigInt(whole(version)), ...values });
        const upsert =
          database.kind === 'mysql'
            ? insert.onDuplicateKeyUpdate(values)
            : insert.onConflict((row) => row.columns(['archive', 'device', 'version']).doUpdateSet(values));
        return upsert.execute();
      });
    },
    async drop(archive, copies) {
      for (let at = 0; at < copies.length; at += ROWS_AT_ONCE) {
        const some = copies.slice(at, at + ROWS_AT_ONCE);
        await database.read((queries) =>
          tablesOf(queries)
            .deleteFrom(table)
            .where('archive', '=', archive)
            .where(({ eb, or, and }) =>
              or(
                some.map(({ device, version }) =>
                  and([eb('device', '=', device), eb('version', '=', BigInt(version))]),
                ),
              ),
            )
            .execute(),
        );
      }
    },
  };
}

type CopyRow = { readonly [Column in keyof BackupCopiesTable]: unknown };

export function copyOf(row: CopyRow, kind: CopyKind): Copy {
  const table = COPY_TABLES[kind];
  return {
    device: textOf(`${table}.device`, row.device),
    version: countOf(`${table}.version`, row.version),
    path: textOf(`${table}.path`, row.path),
    bytes: countOf(`${table}.bytes`, row.bytes),
    copiedAt: integerOf(`${table}.copied_at`, row.copied_at),
    kind,
  };
}
