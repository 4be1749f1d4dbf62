import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { sql } from 'kysely';
import { createBackupStore } from '../../src/backups/store/backup-store.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { newVersion } from '../support/backups.ts';
import { freshMysql, freshSqlite, migrated } from '../support/databases.ts';
import { vault } from '../support/inventory.ts';
import { configurationOf } from './configurations.ts';
import { type BenchRow, type Cost, compare, sumOf } from './harness.ts';
import { runChild, startChild } from './read-queues.ts';

const ROUTERS = 1_000;
const BYTES = 200_000;
const CPU_LIMIT = 5;
const MEMORY_LIMIT_MIB = 300;
/** A year in which each day a tenth of the routers changes. */
const CHANGES = 36;
/** So many stand for all: each has the same history. */
const SAMPLE = 20;

const NIGHTS = [
  { what: 'first', outcomes: { first: ROUTERS } },
  { what: 'nothing changed', outcomes: { unchanged: ROUTERS } },
  { what: 'a tenth changed', outcomes: { unchanged: ROUTERS * 0.9, changed: ROUTERS * 0.1 } },
];

interface Backed {
  readonly nights: readonly Cost[];
  /** Of the exports alone: before each night, and after the last one. */
  readonly bare: readonly Cost[];
  readonly outcomes: readonly Readonly<Record<string, number>>[];
  readonly peakMib: number;
}

/** Nights of many routers: CPU time against a program that only runs the same exports, memory of the whole worker, and what the database grows to. */
export async function run(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const [store, fresh] of [
    ['SQLite', freshSqlite],
    ['MariaDB', freshMysql],
  ] as const) {
    const test = await fresh();
    try {
      const ours = await backUp(test.url);
      assert.deepEqual(
        ours.outcomes,
        NIGHTS.map(({ outcomes }) => outcomes),
      );
      rows.push(...rowsOf(store, ours));
    } finally {
      await test.drop();
    }
  }
  return [...rows, ...(await sizes())];
}

async function backUp(database: string): Promise<Backed> {
  const [routers, { port }] = await startChild<{ port: number }>('ssh-routers.ts', [BYTES, ROUTERS]);
  try {
    return await runChild<Backed>('back-up.ts', [port, ROUTERS, database]);
  } finally {
    routers.disconnect();
  }
}

const NONE: Cost = { ms: Number.NaN, cpuMs: Number.NaN };

function rowsOf(store: string, { nights, bare, peakMib }: Backed): BenchRow[] {
  const rows = NIGHTS.flatMap(({ what }, night) => {
    // What else runs on the machine slows down what is measured: so it is compared with what was measured right before and after it.
    const both = sumOf(bare[night] ?? NONE, bare[night + 1] ?? NONE);
    const cost = { ms: both.ms / 2, cpuMs: both.cpuMs / 2 };
    return compare(`${ROUTERS} routers × 200 kB, ${store}, ${what}`, nights[night] ?? NONE, [
      { against: 'only the export of each', cost, limit: CPU_LIMIT, limits: 'CPU' },
    ]);
  });
  return [...rows, { name: `peak memory of the worker, ${store}`, peakMib, limit: MEMORY_LIMIT_MIB }];
}

/** Of the database, of a sample that is taken for all. */
async function sizes(): Promise<BenchRow[]> {
  const { database, url, drop } = await migrated(freshSqlite);
  try {
    const book = createBackupStore({ database, vault, notices: createNoticeWriter({ database }), keep: 200 });
    const empty = await sizeOf(database, url);
    const keepAll = async (change: number) => {
      for (let device = 0; device < SAMPLE; device += 1) {
        const text = configurationOf(BYTES, change, device);
        await book.keep(`router-${device}`, `${change}`, () => newVersion(text));
      }
    };
    await keepAll(0);
    const first = await sizeOf(database, url);
    for (let change = 1; change <= CHANGES; change += 1) await keepAll(change);
    const scaled = (bytes: number) => ((bytes - empty) / 1024 ** 2) * (ROUTERS / SAMPLE);
    return [
      { name: `database of ${ROUTERS} routers × 200 kB, first versions`, peakMib: scaled(first) },
      { name: '… after a year in which each day a tenth changed', peakMib: scaled(await sizeOf(database, url)) },
    ];
  } finally {
    await drop();
  }
}

/** Of the file, once all is in it. */
async function sizeOf(database: Database, url: string): Promise<number> {
  await database.read((queries) => sql`PRAGMA wal_checkpoint(TRUNCATE)`.execute(queries));
  return statSync(url.slice('sqlite:'.length)).size;
}
