import { DatabaseSync } from 'node:sqlite';
import { CompiledQuery, sql } from 'kysely';
import mysql from 'mysql2/promise';
import type { Value } from '../../src/adapters/store/bulk.ts';
import type { Database } from '../../src/adapters/store/database.ts';
import { createUsageLedger } from '../../src/adapters/store/usage-store.ts';
import type { Booking } from '../../src/features/usage/ports.ts';
import { baselineOf, bookingAt, DAY, NOON, partOf } from '../support/bookings.ts';
import { freshMysql, freshSqlite, migrated } from '../support/databases.ts';
import { type BenchRow, measure } from './harness.ts';

const QUEUES = 10_000;
/** With fewer queues, so that 400 days of them are made in seconds. */
const HISTORY_QUEUES = 2000;
const SHORT_DAYS = 14;
const LONG_DAYS = 400;

type TestStore = Awaited<ReturnType<typeof migrated>>;

/** Rows of the three tables that a poll writes, as the shortest program would have them at hand. */
interface BareRows {
  readonly baselines: Value[][];
  readonly days: Value[][];
  readonly hours: Value[][];
}

const BARE_TABLES = {
  baselines: { columns: 7, conflict: 'router_id, row_id', updates: ['upload_bytes', 'download_bytes'], sum: false },
  days: { columns: 8, conflict: 'day, queue_id', updates: ['upload_bytes', 'download_bytes'], sum: true },
  hours: { columns: 5, conflict: 'day, hour_at, queue_id', updates: ['upload_bytes', 'download_bytes'], sum: true },
} as const;
const TABLE_NAMES = { baselines: 'baselines', days: 'usage_daily', hours: 'usage_hourly' } as const;
const BARE_PARTS = ['baselines', 'days', 'hours'] as const;

/** A booking in which the first `changed` of all queues have moved; `poll` makes its counters differ from the last one's. */
function pollOf(changed: number, poll: number): Booking {
  const names = Array.from({ length: changed }, (_, index) => `customer-${index}`);
  const moved = { uploadBytes: 1_234n, downloadBytes: 56_789n };
  const counter = { uploadBytes: 1_234n * BigInt(poll), downloadBytes: 56_789n * BigInt(poll) };
  return bookingAt(NOON + poll, {
    changedBaselines: names.map((name, index) => baselineOf(name, { id: `*${index.toString(16)}`, counter })),
    usage: names.map((name) => partOf(name, { ...moved, comment: 'fibre 50/10', hours: [{ hourAt: NOON, ...moved }] })),
  });
}

function bareRows(queues: number): BareRows {
  const ids = Array.from({ length: queues }, (_, index) => index + 1);
  return {
    baselines: ids.map((id) => [
      1,
      `*${id.toString(16)}`,
      id,
      String(id * 7919),
      String(id * 104_729),
      'present',
      null,
    ]),
    days: ids.map((id) => [DAY, id, 1_234, 56_789, 0, 0, 0, 'fibre 50/10']),
    hours: ids.map((id) => [DAY, NOON, id, 1_234, 56_789]),
  };
}

/** Calls `run` with 0, 1, 0, 1 …: what is written always differs from what is there. */
function alternating(run: (turn: number) => Promise<unknown>): () => Promise<unknown> {
  let turn = 0;
  return () => {
    turn += 1;
    return run(turn % 2);
  };
}

export async function bareMysql(test: TestStore): Promise<{ write(): Promise<unknown>; close(): Promise<unknown> }> {
  const connection = await mysql.createConnection({ uri: test.url });
  const rows = bareRows(QUEUES);
  async function write() {
    await connection.query('BEGIN');
    for (const part of BARE_PARTS) {
      const { updates, sum } = BARE_TABLES[part];
      const assignments = updates.map((column) => `${column} = ${sum ? `${column} + ` : '1 + '}VALUES(${column})`);
      await connection.query(
        `INSERT INTO ${TABLE_NAMES[part]} VALUES ? ON DUPLICATE KEY UPDATE ${assignments.join(', ')}`,
        [rows[part]],
      );
    }
    await connection.query('COMMIT');
  }
  return { write, close: () => connection.end() };
}

async function bareSqlite(test: TestStore): Promise<{ write(): Promise<unknown>; close(): Promise<unknown> }> {
  const file = new DatabaseSync(test.url.slice('sqlite:'.length), { enableForeignKeyConstraints: false });
  const rows = bareRows(QUEUES);
  async function write() {
    file.exec('BEGIN IMMEDIATE');
    for (const part of BARE_PARTS) {
      const { columns, conflict, updates, sum } = BARE_TABLES[part];
      const places = Array(columns).fill('?').join(', ');
      const assignments = updates.map((column) => `${column} = ${sum ? `${column} + ` : ''}excluded.${column}`);
      const statement = file.prepare(
        `INSERT INTO ${TABLE_NAMES[part]} VALUES (${places}) ON CONFLICT (${conflict}) DO UPDATE SET ${assignments.join(', ')}`,
      );
      for (const row of rows[part]) statement.run(...row);
    }
    file.exec('COMMIT');
  }
  return { write, close: async () => file.close() };
}

async function measureBooking(store: string, test: TestStore, bareTest: TestStore): Promise<BenchRow[]> {
  const ledger = createUsageLedger({ database: test.database });
  const bare = await (test.database.kind === 'mysql' ? bareMysql(bareTest) : bareSqlite(bareTest));
  const polls = (changed: number) => [pollOf(changed, 1), pollOf(changed, 2)] as const;
  const [all, some, none] = [polls(QUEUES), polls(QUEUES * 0.3), polls(0)];
  const book = (two: readonly [Booking, Booking]) =>
    alternating((turn) => ledger.book('edge', () => (turn === 0 ? two[0] : two[1])));
  const medians = await measure({
    bare: bare.write,
    all: book(all),
    some: book(some),
    none: book(none),
    cold: alternating((turn) =>
      createUsageLedger({ database: test.database }).book('edge', () => (turn === 0 ? all[0] : all[1])),
    ),
  });
  await bare.close();
  const against = `${store}: bare upserts of the same rows`;
  const row = (name: string, medianMs: number) => ({
    name: `${store}: ${name}`,
    medianMs,
    ratio: medianMs / medians.bare,
    against,
  });
  return [
    { name: against, medianMs: medians.bare },
    // The promise is about the store of production; SQLite also checks foreign keys here and stays far below in absolute terms.
    { ...row('book 10,000 queues, all changed', medians.all), ...(test.database.kind === 'mysql' ? { limit: 2 } : {}) },
    row('book 10,000 queues, 30% changed', medians.some),
    row('book 10,000 queues, none changed', medians.none),
    row('book 10,000 queues, all changed, by a worker that remembers nothing', medians.cold),
  ];
}

/** Copies the day's rows to each of the `days` before it. */
async function addHistory(database: Database, days: number) {
  const today = Temporal.PlainDate.from(DAY);
  for (let ago = 1; ago <= days; ago += 1) {
    const day = today.subtract({ days: ago }).toString();
    await database.transaction(async (transaction) => {
      await transaction.executeQuery(
        CompiledQuery.raw(
          `INSERT INTO usage_daily SELECT ?, queue_id, upload_bytes, download_bytes, 0, 0, 0, comment FROM usage_daily WHERE day = ?`,
          [day, DAY],
        ),
      );
      await sql`INSERT INTO usage_hourly SELECT ${day}, hour_at, queue_id, upload_bytes, download_bytes
        FROM usage_hourly WHERE day = ${DAY}`.execute(transaction);
    });
  }
}

async function measureHistory(store: string, short: TestStore, long: TestStore): Promise<BenchRow[]> {
  const book = async (test: TestStore, days: number) => {
    const ledger = createUsageLedger({ database: test.database });
    const polls = [pollOf(HISTORY_QUEUES, 1), pollOf(HISTORY_QUEUES, 2)] as const;
    await ledger.book('edge', () => polls[0]);
    await addHistory(test.database, days);
    return alternating((turn) => ledger.book('edge', () => (turn === 0 ? polls[0] : polls[1])));
  };
  const medians = await measure({ short: await book(short, SHORT_DAYS), long: await book(long, LONG_DAYS) }, 21);
  const against = `${store}: book 2,000 queues over ${SHORT_DAYS} days of history`;
  return [
    { name: against, medianMs: medians.short },
    {
      name: `${store}: book 2,000 queues over ${LONG_DAYS} days of history`,
      medianMs: medians.long,
      ratio: medians.long / medians.short,
      against,
      limit: 1.3,
    },
  ];
}

/** What the books cost: a poll's booking against the least that writes the same rows, and against the length of the history. */
export async function run(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const [store, fresh] of [
    ['MariaDB', freshMysql],
    ['SQLite', freshSqlite],
  ] as const) {
    for (const measureOne of [measureBooking, measureHistory]) {
      const [first, second] = [await migrated(fresh), await migrated(fresh)];
      rows.push(...(await measureOne(store, first, second)));
      await first.drop();
      await second.drop();
    }
  }
  return rows;
}
