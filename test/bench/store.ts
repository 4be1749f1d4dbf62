import { CompiledQuery, sql } from 'kysely';
import type { Database } from '../../src/platform/store/database.ts';
import type { Booking } from '../../src/usage/ports.ts';
import { createUsageLedger } from '../../src/usage/store/usage-store.ts';
import { baselineOf, bookingAt, DAY, NOON, partOf } from '../support/bookings.ts';
import { freshMysql, freshSqlite, migrated } from '../support/databases.ts';
import { openBareStore, type TestStore } from './bare-store.ts';
import { type BenchRow, type Cost, compare, measure } from './harness.ts';

const QUEUES = 10_000;
/** With fewer queues, so that 400 days of them are made in seconds. */
const HISTORY_QUEUES = 2000;
const SHORT_DAYS = 14;
const LONG_DAYS = 400;

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

/** Calls `run` with 0, 1, 0, 1 …: what is written always differs from what is there. */
function alternating(run: (turn: number) => Promise<unknown>): () => Promise<unknown> {
  let turn = 0;
  return () => {
    turn += 1;
    return run(turn % 2);
  };
}

async function measureBooking(store: string, test: TestStore, bareTest: TestStore): Promise<BenchRow[]> {
  const ledger = createUsageLedger({ database: test.database });
  const bare = await openBareStore(bareTest, QUEUES);
  const polls = (changed: number) => [pollOf(changed, 1), pollOf(changed, 2)] as const;
  const [all, some, none] = [polls(QUEUES), polls(QUEUES * 0.3), polls(0)];
  const book = (two: readonly [Booking, Booking]) =>
    alternating((turn) => ledger.book('edge', () => (turn === 0 ? two[0] : two[1])));
  const medians = await measure({
    bare: () => bare.write(QUEUES),
    all: book(all),
    some: book(some),
    none: book(none),
    cold: alternating((turn) =>
      createUsageLedger({ database: test.database }).book('edge', () => (turn === 0 ? all[0] : all[1])),
    ),
  });
  await bare.close();
  const row = (what: string, cost: Cost, limit?: number) =>
    compare(`${store}: book 10,000 queues, ${what}`, cost, [
      { against: 'bare upserts of all', cost: medians.bare, ...(limit === undefined ? {} : { limit }) },
    ]);
  return [
    // The promise is about the store of production; SQLite also checks foreign keys here and stays far below in absolute terms.
    ...row('all changed', medians.all, test.database.kind === 'mysql' ? 2 : undefined),
    ...row('30 % changed', medians.some),
    ...row('none changed', medians.none),
    ...row('all changed, nothing remembered', medians.cold),
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
  return compare(`${store}: book 2,000 queues over ${LONG_DAYS} days of history`, medians.long, [
    { against: `over ${SHORT_DAYS} days`, cost: medians.short, limit: 1.3 },
  ]);
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
