import type { NoticeWriter } from '../../notices/ports.ts';
import { bulkUpserts, type Row } from '../../platform/store/bulk.ts';
import { countOf, integerOf, nullable, textOf, wordOf } from '../../platform/store/columns.ts';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import { whole } from '../../platform/store/whole.ts';
import { type LeaseBook, OUTCOMES, type Outcome, type RunBook } from '../outcome.ts';
import { BINARY_COLUMNS, type BinaryRow, binaryCodesBefore, binaryOf, noteBinary } from './binary-outcomes.ts';
import { addDevice } from './known.ts';
import { isFreeFor, leaseFor, NO_LEASE } from './lease.ts';
import type { BackupOutcomesTable } from './schema.ts';
import { tablesOf } from './texts.ts';

const STEPS = ['lease', 'connect', 'version', 'export', 'keep'] as const;
const ROWS_AT_ONCE = 500;
/** Runs of single devices come between those of all. */
const RUNS_BEFORE = 20;

/** Runs, what they came to, and who backs up what now, kept in a database. */
export function createRunStore({
  database,
  notices,
}: {
  readonly database: Database;
  readonly notices: NoticeWriter<DatabaseTransaction>;
}): RunBook & LeaseBook {
  return {
    begin: (run, at, holder, forMs) =>
      database.transaction(async (transaction) => {
        const tables = tablesOf(transaction);
        const insert = tables.insertInto('backup_runs').values({
          ...{ id: run, started_at: BigInt(whole(at)), finished_at: null, ...NO_LEASE },
        });
        await (database.kind === 'mysql' ? insert.ignore() : insert.onConflict((row) => row.doNothing())).execute();
        const { numUpdatedRows } = await tables
          .updateTable('backup_runs')
          .set(leaseFor(database.kind, holder, forMs))
          .where('id', '=', run)
          .where('finished_at', 'is', null)
          .where(isFreeFor(database.kind, holder))
          .executeTakeFirst();
        const row = await tables
          .selectFrom('backup_runs')
          .select(['started_at', 'finished_at'])
          .where('id', '=', run)
          .executeTakeFirstOrThrow();
        if (numUpdatedRows !== 1n) return row.finished_at === null ? 'held' : 'finished';
        const outcomes = await tables
          .selectFrom('backup_outcomes')
          .leftJoin('backup_binary_outcomes', (join) =>
            join
              .onRef('backup_binary_outcomes.run_id', '=', 'backup_outcomes.run_id')
              .onRef('backup_binary_outcomes.device', '=', 'backup_outcomes.device'),
          )
          .selectAll('backup_outcomes')
          .select(BINARY_COLUMNS)
          .where('backup_outcomes.run_id', '=', run)
          .execute();
        return {
          startedAt: integerOf('backup_runs.started_at', row.started_at),
          devices: readEach(database, outcomes, outcomeOf),
        };
      }),
    async leave(run, holder) {
      await database.read((queries) =>
        tablesOf(queries)
          .updateTable('backup_runs')
          .set(NO_LEASE)
          .where('id', '=', run)
          .where('lease_holder', '=', holder)
          .execute(),
      );
    },
    async note(run, outcome) {
      const upserts = [...bulkUpserts(database.kind, OUTCOME_ROWS, [rowOf(run, outcome)])];
      await database.read(async (queries) => {
        // First, as a device with an outcome is done.
        await noteBinary(tablesOf(queries), run, outcome);
        for (const upsert of upserts) await queries.executeQuery(upsert);
      });
    },
    async finish(run, at, told) {
      await database.transaction(async (transaction) => {
        const { numUpdatedRows } = await tablesOf(transaction)
          .updateTable('backup_runs')
          .set({ finished_at: BigInt(whole(at)) })
          .where('id', '=', run)
          .where('finished_at', 'is', null)
          .executeTakeFirst();
        if (numUpdatedRows === 1n) await notices.write(transaction, told);
      });
    },
    async codesBefore(run) {
      const rows = await database.read((queries) =>
        tablesOf(queries)
          .selectFrom('backup_outcomes')
          .innerJoin(
            (tables) =>
              tables
                .selectFrom('backup_runs')
                .selectAll()
                .where('id', '<>', run)
                .where('finished_at', 'is not', null)
                .orderBy('started_at', 'desc')
                .limit(RUNS_BEFORE)
                .as('runs'),
            (join) => join.onRef('runs.id', '=', 'backup_outcomes.run_id'),
          )
          .select(['backup_outcomes.device', 'backup_outcomes.code'])
          .where('backup_outcomes.outcome', '<>', 'skipped')
          .orderBy('runs.started_at')
          .execute(),
      );
      return new Map(
        rows.map(({ device, code }) => [
          textOf('backup_outcomes.device', device),
          nullable(textOf, 'backup_outcomes.code', code),
        ]),
      );
    },
    binaryCodesBefore: (run) => binaryCodesBefore(database, run, RUNS_BEFORE),
    async forgetBefore(at) {
      for (;;) {
        const rows = await database.transaction(async (transaction) => {
          const tables = tablesOf(transaction);
          const old = await tables
            .selectFrom('backup_runs')
            .select('id')
            .where('started_at', '<', BigInt(whole(at)))
            .limit(ROWS_AT_ONCE)
            .execute();
          const ids = old.map(({ id }) => id);
          if (ids.length === 0) return 0;
          await tables.deleteFrom('backup_outcomes').where('run_id', 'in', ids).execute();
          await tables.deleteFrom('backup_binary_outcomes').where('run_id', 'in', ids).execute();
          await tables.deleteFrom('backup_runs').where('id', 'in', ids).execute();
          return ids.length;
        });
        if (rows < ROWS_AT_ONCE) return;
      }
    },
    take: (device, holder, forMs) =>
      database.read(async (queries) => {
        const tables = tablesOf(queries);
        const lease = leaseFor(database.kind, holder, forMs);
        const take = tables
          .updateTable('backup_devices')
          .set(lease)
          .where('device', '=', device)
          .where(isFreeFor(database.kind, holder));
        const isTaken = async () => (await take.executeTakeFirst()).numUpdatedRows === 1n;
        return (await isTaken()) || (await addDevice(tables, database.kind, device, lease)) || (await isTaken());
      }),
    async release(device, holder) {
      await database.read((queries) =>
        tablesOf(queries)
          .updateTable('backup_devices')
          .set(NO_LEASE)
          .where('device', '=', device)
          .where('lease_holder', '=', holder)
          .execute(),
      );
    },
  };
}

const KEY = ['run_id', 'device'] as const;
const FACTS = [
  ...(['outcome', 'code', 'step', 'tries', 'duration_ms', 'bytes', 'version', 'trouble', 'advice'] as const),
] satisfies readonly (keyof BackupOutcomesTable)[];
const OUTCOME_ROWS = { table: 'backup_outcomes', columns: [...KEY, ...FACTS], key: KEY, replace: FACTS, add: [] };

function rowOf(run: string, { device, outcome, ...facts }: Outcome): Row {
  const { code, step, tries, durationMs, bytes, version, trouble, advice } = facts;
  return [run, device, outcome, code, step, tries, Math.round(durationMs), bytes, version, trouble, advice];
}

export function outcomeOf(row: { readonly [Column in keyof BackupOutcomesTable]: unknown } & BinaryRow): Outcome {
  const textOrNull = (column: keyof BackupOutcomesTable) => nullable(textOf, `backup_outcomes.${column}`, row[column]);
  return {
    device: textOf('backup_outcomes.device', row.device),
    outcome: wordOf('backup_outcomes.outcome', row.outcome, OUTCOMES),
    code: textOrNull('code'),
    step: nullable((column, value) => wordOf(column, value, STEPS), 'backup_outcomes.step', row.step),
    tries: countOf('backup_outcomes.tries', row.tries),
    durationMs: countOf('backup_outcomes.duration_ms', row.duration_ms),
    bytes: nullable(countOf, 'backup_outcomes.bytes', row.bytes),
    version: nullable(countOf, 'backup_outcomes.version', row.version),
    trouble: textOrNull('trouble'),
    advice: textOrNull('advice'),
    binary: binaryOf(row),
  };
}
