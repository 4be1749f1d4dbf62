import type { OutgoingNotice } from '../../notices/notice.ts';
import type { NoticeWriter } from '../../notices/ports.ts';
import { countOf, flagOf, integerOf, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import { whole } from '../../platform/store/whole.ts';
import { wholeSum } from '../../platform/store/whole-sum.ts';
import type { ArchiveBook, ArchiveStanding } from '../archive.ts';
import { COPY_TABLES, createCopies } from './copies.ts';
import { isFreeFor, leaseFor, NO_LEASE } from './lease.ts';
import type { BackupArchivesTable } from './schema.ts';
import { tablesOf } from './texts.ts';
import { surplusCopies, waitingVersions } from './waiting.ts';

/** A disk that is away for a minute is nobody's business. */
const TRIES_UNTIL_TOLD = 3;

interface Deps {
  readonly database: Database;
  readonly notices: NoticeWriter<DatabaseTransaction>;
}

/** What was copied to which archive, kept in a database. */
export function createArchiveStore({ database, notices }: Deps): ArchiveBook {
  const copies = { text: createCopies(database, 'text'), binary: createCopies(database, 'binary') };

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
      const [texts, binaries] = [await copies.text.sum(archive), await copies.binary.sum(archive)];
      const lasts = [texts, binaries].flatMap(({ lastCopiedAt }) => lastCopiedAt ?? []);
      return {
        ...{ copies: texts.copies + binaries.copies, bytes: texts.bytes + binaries.bytes },
        lastCopiedAt: lasts.length === 0 ? null : Math.max(...lasts),
      };
    },
    async pulse() {
      const { devices, versions, binaries } = await database.read((queries) =>
        tablesOf(queries)
          .selectFrom('backup_devices')
          .select(({ fn, selectFrom }) => [
            fn.countAll<bigint>().as('devices'),
            wholeSum(database.kind, 'last_version').as('versions'),
            selectFrom('backup_binaries').select(fn.countAll<bigint>().as('count')).as('binaries'),
          ])
          .executeTakeFirstOrThrow(),
      );
      const counts = [devices, versions, binaries ?? 0n];
      return counts.map((count) => countOf('the number of devices, versions and binary backups', count)).join(' ');
    },
    waiting: (archive, keep) => waitingVersions(database, archive, keep),
    noteWaiting: (archive, count, since) =>
      update(archive, { waiting: BigInt(count), waiting_since: since === null ? null : BigInt(whole(since)) }),
    copies: async (archive) => [...(await copies.text.list(archive)), ...(await copies.binary.list(archive))],
    lastCopy: (archive) => copies.text.last(archive),
    surplus: (archive, keep) => surplusCopies(database, archive, keep),
    note: (archive, copy) => copies[copy.kind].note(archive, copy),
    async drop(archive, dropped) {
      for (const kind of ['text', 'binary'] as const)
        await copies[kind].drop(
          archive,
          dropped.filter((each) => each.kind === kind),
        );
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
        for (const table of Object.values(COPY_TABLES))
          await tables.deleteFrom(table).where('archive', '=', archive).execute();
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
