import { DatabaseSync } from 'node:sqlite';
import mysql from 'mysql2/promise';
import type { Value } from '../../src/platform/store/bulk.ts';
import { DAY, NOON } from '../support/bookings.ts';
import type { migrated } from '../support/databases.ts';

export type TestStore = Awaited<ReturnType<typeof migrated>>;

/** The rows of a poll of so many queues, written into the three tables by the shortest program there is, in one transaction. */
export interface BareStore {
  /** The least that writes them: few large statements on MariaDB; on SQLite one that is prepared once and run for each row. */
  write(queues: number): Promise<void>;
  /** As trackers do that know no bulk statements: one for each row, which on MariaDB is a round trip and on SQLite a text to parse. */
  writeOneByOne(queues: number): Promise<void>;
  close(): Promise<void>;
}

interface BareTable {
  readonly name: string;
  readonly columns: number;
  readonly key: string;
  row(queueId: number): Value[];
}

const TABLES: readonly BareTable[] = [
  {
    name: 'baselines',
    columns: 7,
    key: 'router_id, row_id',
    row: (id) => [1, `*${id.toString(16)}`, id, String(id * 7919), String(id * 104_729), 'present', null],
  },
  {
    name: 'usage_daily',
    columns: 8,
    key: 'day, queue_id',
    row: (id) => [DAY, id, 1_234, 56_789, 0, 0, 0, 'fibre 50/10'],
  },
  {
    name: 'usage_hourly',
    columns: 5,
    key: 'day, hour_at, queue_id',
    row: (id) => [DAY, NOON, id, 1_234, 56_789],
  },
];
/** All are added up, so that a row is never the same as before: MariaDB would not write it. */
const UPDATED = ['upload_bytes', 'download_bytes'];

/** Of a database of its own, for it is none of the product's writing: no numbers of queues are looked up. */
export async function openBareStore(test: TestStore, queues: number): Promise<BareStore> {
  const rows = TABLES.map((table) => Array.from({ length: queues }, (_, index) => table.row(index + 1)));
  return test.database.kind === 'mysql' ? await bareMysql(test.url, rows) : bareSqlite(test.url, rows);
}

async function bareMysql(url: string, rows: readonly Value[][][]): Promise<BareStore> {
  const connection = await mysql.createConnection({ uri: url });
  const updates = UPDATED.map((column) => `${column} = ${column} + VALUES(${column})`).join(', ');
  const statements = TABLES.map(({ name }) => `INSERT INTO ${name} VALUES ? ON DUPLICATE KEY UPDATE ${updates}`);

  async function inTransaction(run: (statement: string, rows: Value[][]) => Promise<void>, queues: number) {
    await connection.query('BEGIN');
    for (const [index, statement] of statements.entries()) await run(statement, (rows[index] ?? []).slice(0, queues));
    await connection.query('COMMIT');
  }

  return {
    write: (queues) =>
      inTransaction(async (statement, rows) => void (await connection.query(statement, [rows])), queues),
    writeOneByOne: (queues) =>
      inTransaction(async (statement, rows) => {
        for (const row of rows) await connection.query(statement, [[row]]);
      }, queues),
    close: () => connection.end(),
  };
}

function bareSqlite(url: string, rows: readonly Value[][][]): BareStore {
  const file = new DatabaseSync(url.slice('sqlite:'.length), { enableForeignKeyConstraints: false });
  const updates = UPDATED.map((column) => `${column} = ${column} + excluded.${column}`).join(', ');
  const statements = TABLES.map(({ name, columns, key }) => {
    const places = Array(columns).fill('?').join(', ');
    return `INSERT INTO ${name} VALUES (${places}) ON CONFLICT (${key}) DO UPDATE SET ${updates}`;
  });

  async function inTransaction(run: (statement: string, rows: Value[][]) => void, queues: number) {
    file.exec('BEGIN IMMEDIATE');
    for (const [index, statement] of statements.entries()) run(statement, (rows[index] ?? []).slice(0, queues));
    file.exec('COMMIT');
  }

  return {
    write: (queues) =>
      inTransaction((statement, rows) => {
        const prepared = file.prepare(statement);
        for (const row of rows) prepared.run(...row);
      }, queues),
    writeOneByOne: (queues) =>
      inTransaction((statement, rows) => {
        for (const row of rows) file.prepare(statement).run(...row);
      }, queues),
    close: async () => file.close(),
  };
}
