import { DatabaseSync } from 'node:sqlite';
import mysql from 'mysql2/promise';
import type { Value } from '../../src/platform/store/bulk.ts';
import { DAY, NOON } from '../support/bookings.ts';
import type { migrated } from '../support/databases.ts';

export type TestStore = Awaited<ReturnType<typeof migrated>>;

/**
 * The rows of a poll of so many queues, written into the three tables by the shortest program there is, in one transaction. The baselines stand
 * in parts as in the product, and come as ready texts.
 */
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
  /** Columns that are added up, so that a row is never the same as before: MariaDB would not write it. */
  readonly added: readonly string[];
  /** Columns that take the new value, for the same reason another one in each turn. */
  readonly replaced: readonly string[];
  readonly queuesOfRow: number;
  row(index: number, turn: number): Value[];
}

/** Queues in one part of the baselines, as in the product. */
const IN_PART = 16;

const TABLES: readonly BareTable[] = [
  {
    ...{ name: 'baseline_parts', columns: 4, key: 'router_id, part', added: [], replaced: ['listed', 'packed'] },
    queuesOfRow: IN_PART,
    row: (index, turn) => [1, `*${index.toString(16).toUpperCase()}`, IN_PART, partText(index, turn)],
  },
  {
    ...{
      name: 'usage_daily',
      columns: 8,
      key: 'day, queue_id',
      added: ['upload_bytes', 'download_bytes'],
      replaced: [],
    },
    queuesOfRow: 1,
    row: (index) => [DAY, index + 1, 1_234, 56_789, 0, 0, 0, 'fibre 50/10'],
  },
  {
    ...{ name: 'usage_hourly', columns: 5, key: 'day, hour_at, queue_id', replaced: [] },
    ...{ added: ['upload_bytes', 'download_bytes'], queuesOfRow: 1 },
    row: (index) => [DAY, NOON, index + 1, 1_234, 56_789],
  },
];

function partText(index: number, turn: number): string {
  const line = (digit: number) => {
    const id = index * IN_PART + digit + 1;
    return `${digit.toString(16).toUpperCase()} ${id} ${id * 7919 + turn} ${id * 104_729}\n`;
  };
  return Array.from({ length: IN_PART }, (_, digit) => line(digit)).join('');
}

/** What is written in one turn and in the next: of each table, its rows. */
type Turns = readonly (readonly Value[][][])[];

/** Of a database of its own, for it is none of the product's writing: no numbers of queues are looked up. */
export async function openBareStore(test: TestStore, queues: number): Promise<BareStore> {
  const turns = [0, 1].map((turn) =>
    TABLES.map((table) =>
      Array.from({ length: Math.ceil(queues / table.queuesOfRow) }, (_, index) => table.row(index, turn)),
    ),
  );
  return test.database.kind === 'mysql' ? await bareMysql(test.url, turns) : bareSqlite(test.url, turns);
}

/** The rows of the first so many queues, by table; another turn with each call. */
function taker(turns: Turns): (queues: number) => Value[][][] {
  let calls = 0;
  return (queues) => {
    calls += 1;
    const rows = turns[calls % turns.length] ?? [];
    return TABLES.map(({ queuesOfRow }, index) => (rows[index] ?? []).slice(0, Math.ceil(queues / queuesOfRow)));
  };
}

async function bareMysql(url: string, turns: Turns): Promise<BareStore> {
  const take = taker(turns);
  const connection = await mysql.createConnection({ uri: url });
  const statements = TABLES.map(({ name, added, replaced }) => {
    const sums = added.map((column) => `${column} = ${column} + VALUES(${column})`);
    const updates = [...sums, ...replaced.map((column) => `${column} = VALUES(${column})`)].join(', ');
    return `INSERT INTO ${name} VALUES ? ON DUPLICATE KEY UPDATE ${updates}`;
  });

  async function inTransaction(run: (statement: string, rows: Value[][]) => Promise<void>, queues: number) {
    const rows = take(queues);
    await connection.query('BEGIN');
    for (const [index, statement] of statements.entries()) await run(statement, rows[index] ?? []);
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

function bareSqlite(url: string, turns: Turns): BareStore {
  const take = taker(turns);
  const file = new DatabaseSync(url.slice('sqlite:'.length), { enableForeignKeyConstraints: false });
  const statements = TABLES.map(({ name, columns, key, added, replaced }) => {
    const sums = added.map((column) => `${column} = ${column} + excluded.${column}`);
    const updates = [...sums, ...replaced.map((column) => `${column} = excluded.${column}`)].join(', ');
    const places = Array(columns).fill('?').join(', ');
    return `INSERT INTO ${name} VALUES (${places}) ON CONFLICT (${key}) DO UPDATE SET ${updates}`;
  });

  async function inTransaction(run: (statement: string, rows: Value[][]) => void, queues: number) {
    const rows = take(queues);
    file.exec('BEGIN IMMEDIATE');
    for (const [index, statement] of statements.entries()) run(statement, rows[index] ?? []);
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
