import type { OutgoingNotice } from '../../notices/notice.ts';
import type { NoticeWriter } from '../../notices/ports.ts';
import { countOf, flagOf, integerOf, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import { whole } from '../../platform/store/whole.ts';
import { wholeSum } from '../../platform/store/whole-sum.ts';
import type { ArchiveBook, ArchiveStanding, Copy } from '../archive.ts';
import { isFreeFor, leaseFor, NO_LEASE } from './lease.ts';
import type { BackupArchivesTable, BackupCopiesTable } from './schema.ts';
import { type BackupQueries, tablesOf } from './texts.ts';

/** A disk that is away for a minute is nobody's business. */
const TRIES_UNTIL_TOLD = 3;
const ROWS_AT_ONCE = 200;

interface Deps {
  readonly database: Database;
  readonly notices: NoticeWriter<DatabaseTransaction>;
}

/** What was copied to which archive, kept in a database. */
export function createArchiveStore({ database, notices }: Deps): ArchiveBook {
  const copyQuery = (tables: BackupQueries, archive: string) =>
    tables.selectFrom('backup_copies').selectAll().where('archive', '=', archive);

  const sumOf = (column: 'bytes' | 'last_version') => wholeSum(database.kind, column);

  async function update(archive: string, values: Partial<BackupArchivesTable>): Promise<void> {
    await database.read((queries) =>
      tablesOf(queries).updateTable('backup_archives').set(values).where('name', '=', archive).execute(),
    );
  }

  return {
    take: (archive, holder, forMs, at) =>
      database.transaction(async (transaction) => {
        const tables = tablesOf(transaction);
        const insert = tables.insertInto('backup_archives').values({
          ...{ name: archive, created_at: BigInt(whole(at)), looked_at: null, waiting: 0n, waiting_since: null },
          ...{ failures: 0n, failing_since: null, trouble_code: null, trouble: null, advice: null, is_told: 0n },
          ...NO_LEASE,
        });
        await (database.kind === 'mysql' ? insert.ignore() : insert.onConflict((row) => row.doNothing())).execute();
        const { numUpdatedRows } = await tables
          .updateTable('backup_archives')
          .set(leaseFor(database.kind, holder, forMs))
          .where('name', '=', archive)
          .where(isFreeFor(database.kind, holder))
          .executeTakeFirst();
        return numUpdatedRows === 1n;
      }),
    async release(archive, holder) {
      await database.read((queries) =>
        tablesOf(queries)
          .updateTable('backup_archives')
          .set(NO_LEASE)
          .where('name', '=', archive)
          .where('lease_holder', '=', holder)
          .execute(),
      );
    },
    async standing(archive) {
      const row = await database.read((queries) =>
        tablesOf(queries).selectFrom('backup_archives').selectAll().where('name', '=', archive).executeTakeFirst(),
      );
      return row === undefined ? null : standingOf(row);
    },
    async sum(archive) {
      const row = await database.read((queries) =>
        tablesOf(queries)
          .selectFrom('backup_copies')
          .select(({ fn }) => [
            fn.countAll<bigint>().as('copies'),
            sumOf('bytes').as('bytes'),
            fn.max('copied_at').as('last'),
          ])
          .where('archive', '=', archive)
          .executeTakeFirstOrThrow(),
      );
      return {
        copies: countOf('the number of copies', row.copies),
        bytes: countOf('the bytes of copies', row.bytes),
        lastCopiedAt: nullable(integerOf, 'backup_copies.copied_at', row.last),
      };
    },
    async pulse() {
      const { devices, versions } = await database.read((queries) =>
        tablesOf(queries)
          .selectFrom('backup_devices')
          .select(({ fn }) => [fn.countAll<bigint>().as('devices'), sumOf('last_version').as('versions')])
          .executeTakeFirstOrThrow(),
      );
      return `${countOf('the number of devices', devices)} ${countOf('their versions', versions)}`;
    },
    async waiting(archive, keep) {
      const rows = await database.read((queries) =>
        tablesOf(queries)
          .selectFrom((all) =>
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
          )
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
      return readEach(database, rows, ({ device, version, first_seen_at }) => ({
        device: textOf('backup_versions.device', device),
        version: countOf('backup_versions.version', version),
        firstSeenAt: integerOf('backup_versions.first_seen_at', first_seen_at),
      }));
    },
    noteWaiting: (archive, count, since) =>
      update(archive, { waiting: BigInt(count), waiting_since: since === null ? null : BigInt(whole(since)) }),
    async copies(archive) {
      const rows = await database.read((queries) => copyQuery(tablesOf(queries), archive).execute());
      return readEach(database, rows, copyOf);
    },
    async lastCopy(archive) {
      const rows = await database.read((queries) =>
        copyQuery(tablesOf(queries), archive).orderBy('copied_at', 'desc').limit(1).execute(),
      );
      return readEach(database, rows, copyOf)[0] ?? null;
    },
    async surplus(archive, keep) {
      const rows = await database.read((queries) =>
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
      return readEach(database, rows, copyOf);
    },
    async note(archive, { device, version, path, bytes, copiedAt }) {
      const values = { path, bytes: BigInt(whole(bytes)), copied_at: BigInt(whole(copiedAt)) };
      await database.read((queries) => {
        const insert = tablesOf(queries)
          .insertInto('backup_copies')
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
            .deleteFrom('backup_copies')
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
    looked: (archive, at) => update(archive, { looked_at: BigInt(whole(at)) }),
    succeeded: (archive) =>
      update(archive, {
        ...{ failures: 0n, failing_since: null, trouble_code: null, trouble: null, advice: null, is_told: 0n },
      }),
    failed: (archive, { code, message, advice }, at, tell) =>
      database.transaction(async (transaction) => {
        const tables = tablesOf(transaction);
        const query = tables.selectFrom('backup_archives').selectAll().where('name', '=', archive);
        const row = await (database.kind === 'mysql' ? query.forUpdate() : query).executeTakeFirst();
        if (row === undefined) return;
        const failures = countOf('backup_archives.failures', row.failures) + 1;
        const isTold = flagOf('backup_archives.is_told', row.is_told);
        const told: readonly OutgoingNotice[] = !isTold && failures >= TRIES_UNTIL_TOLD ? tell() : [];
        await tables
          .updateTable('backup_archives')
          .set({
            ...{ failures: BigInt(failures), failing_since: row.failing_since ?? BigInt(whole(at)) },
            ...{ trouble_code: code, trouble: message, advice, is_told: isTold || told.length > 0 ? 1n : 0n },
          })
          .where('name', '=', archive)
          .execute();
        await notices.write(transaction, told);
      }),
    forget: (archive) =>
      database.transaction(async (transaction) => {
        const tables = tablesOf(transaction);
        await tables.deleteFrom('backup_copies').where('archive', '=', archive).execute();
        await tables.updateTable('backup_archives').set({ looked_at: null }).where('name', '=', archive).execute();
      }),
  };
}

function standingOf(row: { readonly [Column in keyof BackupArchivesTable]: unknown }): ArchiveStanding {
  const instant = (column: keyof BackupArchivesTable) => nullable(integerOf, `backup_archives.${column}`, row[column]);
  const since = instant('failing_since');
  return {
    createdAt: integerOf('backup_archives.created_at', row.created_at),
    lookedAt: instant('looked_at'),
    waiting: countOf('backup_archives.waiting', row.waiting),
    waitingSince: instant('waiting_since'),
    failing:
      since === null
        ? null
        : {
            since,
            tries: countOf('backup_archives.failures', row.failures),
            code: textOf('backup_archives.trouble_code', row.trouble_code),
            trouble: textOf('backup_archives.trouble', row.trouble),
            advice: textOf('backup_archives.advice', row.advice),
          },
  };
}

function copyOf(row: { readonly [Column in keyof BackupCopiesTable]: unknown }): Copy {
  return {
    device: textOf('backup_copies.device', row.device),
    version: countOf('backup_copies.version', row.version),
    path: textOf('backup_copies.path', row.path),
    bytes: countOf('backup_copies.bytes', row.bytes),
    copiedAt: integerOf('backup_copies.copied_at', row.copied_at),
  };
}
