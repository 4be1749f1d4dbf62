import { countOf, flagOf, integerOf, invalid, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import { whole } from '../../platform/store/whole.ts';
import type { ScheduleBook, StoredSchedule } from '../schedule-desk.ts';
import { ruleBody, writeRule } from '../schedule-rule.ts';
import { textListOf } from './rows.ts';
import type { BackupSchedulesTable } from './schema.ts';
import { tablesOf } from './texts.ts';

/** Schedules that people made, kept in a database. */
export function createScheduleStore({ database }: { readonly database: Database }): ScheduleBook {
  return {
    async list() {
      const rows = await database.read((queries) =>
        tablesOf(queries).selectFrom('backup_schedules').selectAll().orderBy('id').execute(),
      );
      return readEach(database, rows, scheduleOf);
    },
    // A lost answer leaves one schedule at most twice: it names the same runs, and the list shows it.
    add: (rule, since, most) =>
      database.transaction(async (transaction) => {
        const tables = tablesOf(transaction);
        const { count } = await tables
          .selectFrom('backup_schedules')
          .select(({ fn }) => fn.countAll().as('count'))
          .executeTakeFirstOrThrow();
        if (Number(count) >= most) return null;
        const { every, on, at, device, tags } = writeRule(rule);
        const { insertId } = await tables
          .insertInto('backup_schedules')
          .values({
            ...{ every, on_day: on, at_time: at, device, tags: JSON.stringify(tags) },
            ...{ is_paused: 0n, since: BigInt(whole(since)) },
          })
          .executeTakeFirstOrThrow();
        return Number(insertId);
      }),
    setPaused: (id, isPaused, since) =>
      database.transaction(async (transaction) => {
        const tables = tablesOf(transaction);
        const row = await tables
          .selectFrom('backup_schedules')
          .select('is_paused')
          .where('id', '=', BigInt(id))
          .executeTakeFirst();
        if (row === undefined) return false;
        await tables
          .updateTable('backup_schedules')
          .set({ is_paused: isPaused ? 1n : 0n, since: BigInt(whole(since)) })
          .where('id', '=', BigInt(id))
          .where('is_paused', '<>', isPaused ? 1n : 0n)
          .execute();
        return true;
      }),
    remove: (id) =>
      database.transaction(async (transaction) => {
        const { numDeletedRows } = await tablesOf(transaction)
          .deleteFrom('backup_schedules')
          .where('id', '=', BigInt(id))
          .executeTakeFirst();
        return numDeletedRows === 1n;
      }),
  };
}

function scheduleOf(row: { readonly [Column in keyof BackupSchedulesTable]: unknown }): StoredSchedule {
  const textOrNull = (column: 'on_day' | 'at_time' | 'device') =>
    nullable(textOf, `backup_schedules.${column}`, row[column]);
  const [on, at, device] = [textOrNull('on_day'), textOrNull('at_time'), textOrNull('device')];
  const { data: rule } = ruleBody.safeParse({
    every: textOf('backup_schedules.every', row.every),
    ...(on === null ? {} : { on }),
    ...(at === null ? {} : { at }),
    ...(device === null ? {} : { device }),
    tags: textListOf('backup_schedules.tags', row.tags),
  });
  if (rule === undefined) throw invalid('backup_schedules.every', row.every);
  return {
    id: countOf('backup_schedules.id', row.id),
    rule,
    isPaused: flagOf('backup_schedules.is_paused', row.is_paused),
    since: integerOf('backup_schedules.since', row.since),
  };
}
