import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CompiledQuery, sql } from 'kysely';
import { createWatchStore } from '../../src/incidents/store/watch-store.ts';
import { createOutbox } from '../../src/notices/store/outbox-store.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { type Migration, migrate, readMigrations, statementsOf } from '../../src/platform/store/migrate.ts';
import type { Baseline, RouterState } from '../../src/usage/accounting/counter.ts';
import { createUsageArchive } from '../../src/usage/store/usage-archive.ts';
import { createUsageLedger } from '../../src/usage/store/usage-store.ts';
import { freshMysql, freshSqlite, type TestDatabase } from '../support/databases.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { MAIL } from '../support/notices.ts';
import { bookHour, LAST_HOUR, ROUTERS, sampleOfHour } from './history.ts';

const DAYS = { fromDay: '2026-06-01', toDay: '2026-06-30' };

/** The databases of past versions, by the number of their last migration. */
const versions = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.db'))
  .map((file) => file.replace('.db', ''));

async function oldSqlite(version: string): Promise<TestDatabase> {
  const test = await freshSqlite();
  copyFileSync(join(import.meta.dirname, `${version}.db`), test.url.replace('sqlite:', ''));
  return test;
}

async function oldMysql(version: string): Promise<TestDatabase> {
  const test = await freshMysql();
  const database = test.open();
  const dump = readFileSync(join(import.meta.dirname, `${version}.mysql.sql`), 'utf8');
  await database.read(async (queries) => {
    await queries.connection().execute(async (connection) => {
      for (const line of dump.split('\n').filter((text) => text !== '')) {
        await connection.executeQuery(CompiledQuery.raw(line));
      }
      await connection.executeQuery(CompiledQuery.raw('SET FOREIGN_KEY_CHECKS = 1'));
    });
  });
  return test;
}

/** By router, queue and day: everything there is. */
async function booked(database: Database): Promise<Map<string, unknown>> {
  const days = await createUsageArchive({ database }).queueDays(DAYS);
  return new Map(days.map((day) => [JSON.stringify([day.router, day.queue, day.day]), day]));
}

async function totals(database: Database, router: string): Promise<Map<string, bigint>> {
  const sums = new Map<string, bigint>();
  for (const { queue, uploadBytes, downloadBytes } of await createUsageArchive({ database }).queueDays({
    ...DAYS,
    router,
  })) {
    sums.set(queue, (sums.get(queue) ?? 0n) + uploadBytes + downloadBytes);
  }
  return sums;
}

/** What each queue moves in the hour after the last that was booked. */
function growths(): [queue: string, bytes: bigint][] {
  const last = new Map(sampleOfHour(LAST_HOUR).queues.map((row) => [row.name, row.uploadBytes + row.downloadBytes]));
  const next = sampleOfHour(LAST_HOUR + 1).queues;
  return next.map(({ name, uploadBytes, downloadBytes }) => [
    name,
    uploadBytes + downloadBytes - (last.get(name) ?? 0n),
  ]);
}

/** Rows of `baselines` that a careless migration would lose, put together or change; with their number of the queue, from 1. */
const ODD_BASELINES: readonly (readonly [
  id: string,
  Baseline['counter'],
  Baseline['presence'],
  seenAt: number | null,
])[] = [
  ['*1000', { uploadBytes: 2n ** 64n - 1n, downloadBytes: 0n }, 'present', null],
  ['*100F', { uploadBytes: 0n, downloadBytes: 2n ** 63n }, 'present', null],
  ['*1010', null, 'unreadable', -5],
  ['*7FFFFFFF', null, 'missing', 1_777_896_000_000],
  ['*7FFFFFF0', { uploadBytes: 5n, downloadBytes: 6n }, 'missing', 8.64e15],
  ...['*', '*1a', '*1 2', '*1\n', 'x2A31', 'x', "o'neill\\", 'größe 😀', '*1\u0000G', 'ÿ'.repeat(63)].map(
    (id) => [id, { uploadBytes: 7n, downloadBytes: 8n }, 'unreadable', 9] as const,
  ),
];

async function addBaselines(database: Database): Promise<void> {
  for (const [index, [id, counter, presence, seenAt]] of ODD_BASELINES.entries()) {
    const [upload, download] = [counter?.uploadBytes ?? null, counter?.downloadBytes ?? null].map((bytes) =>
      bytes === null ? null : String(bytes),
    );
    await database.read((queries) =>
      sql`INSERT INTO baselines (router_id, row_id, queue_id, upload_bytes, download_bytes, presence, seen_at)
        SELECT MIN(id), ${id}, ${(index % 3) + 1}, ${upload}, ${download}, ${presence}, ${seenAt} FROM routers`.execute(
        queries,
      ),
    );
  }
}

/** Those that were added, beside the six queues of the last hours and the one that is gone. */
async function expectBaselines(database: Database): Promise<void> {
  const states: (RouterState | null)[] = [];
  for (const router of ROUTERS) {
    await createUsageLedger({ database }).book(router, (state) => {
      states.push(state);
      return null;
    });
  }
  const [first, second] = states;
  assert.ok(first && second);
  const odd = ODD_BASELINES.map(([id, counter, presence, seenAt]) => [
    id,
    { counter, presence, seenAt: seenAt ?? first.sampledAt },
  ]);
  const kept = [...second.baselines].map(([id, { counter, presence, seenAt }]) => [id, { counter, presence, seenAt }]);
  assert.ok(kept.length >= 5);
  const all = [...first.baselines].map(([id, { counter, presence, seenAt }]) => [id, { counter, presence, seenAt }]);
  assert.deepEqual(Object.fromEntries(all), Object.fromEntries([...kept, ...odd]));
}

/** The statements of the two migrations that move the baselines. */
async function baselineMigrations(): Promise<[move: CompiledQuery[], removal: CompiledQuery[]]> {
  const of = (migrations: readonly Migration[], version: number) =>
    statementsOf(migrations.find((each) => each.version === version)?.sql ?? '').map((text) => CompiledQuery.raw(text));
  const migrations = await readMigrations('mysql');
  return [of(migrations, 26), of(migrations, 27)];
}

describe('a database of an earlier version', () => {
  it('is kept for every schema that was released', () => {
    assert.ok(versions.length > 0);
  });

  for (const [store, openOld] of Object.entries({ SQLite: oldSqlite, MariaDB: oldMysql })) {
    it(`still tells what waited to be told, and knows which routers are blind (${store})`, async () => {
      const test = await openOld('005');
      const database = test.open();
      await database.read(async (queries) => {
        await sql`INSERT INTO mails (id, recipients, subject, text_body, html_body, state, created_at, period_end, due_at, give_up_at)
          VALUES ('m1', '["a@example.com","b@example.com"]', 'waits', 't', 'h', 'pending', 1, '2026-06-10', 5, 9)`.execute(
          queries,
        );
        await sql`INSERT INTO router_watches (router, watched_since, blind_since)
          VALUES ('edge-1', 1, 7), ('edge-2', 1, NULL)`.execute(queries);
      });
      await migrate({ database });
      const outbox = createOutbox({ database, clock: createManualClock(5) });
      const claimed = await outbox.claim(MAIL, 1000);
      assert.equal(claimed?.notice.subject, 'waits');
      assert.equal(claimed.lines.length, 2);
      const incidents = await database.read((queries) =>
        sql<Record<string, unknown>>`SELECT kind, subject, opened_at, is_open FROM incidents`.execute(queries),
      );
      assert.deepEqual(
        incidents.rows.map((row) => Object.values(row)),
        [['blind', 'edge-1', 7n, 1n]],
      );
      const watches = await createWatchStore({ database }).watch(['edge-1', 'edge-2'], 9);
      assert.deepEqual(
        watches.map(({ blindSince }) => blindSince),
        [7, null],
      );
      await test.drop();
    });
  }

  for (const [store, openOld] of Object.entries({ SQLite: oldSqlite, MariaDB: oldMysql })) {
    it(`has every baseline as it was, whatever its \`.id\` (${store})`, async () => {
      const test = await openOld('013');
      const database = test.open();
      await addBaselines(database);
      await migrate({ database });
      await expectBaselines(database);
      await test.drop();
    });
  }

  it('goes on from wherever the move of its baselines was broken off (MariaDB)', async () => {
    const [move, removal] = await baselineMigrations();
    const halfWays = [...move.keys()].map((end) => move.slice(0, end + 1));
    for (const statements of [...halfWays, [...move, ...move.slice(0, 1)]]) {
      const test = await oldMysql('013');
      const database = test.open();
      await addBaselines(database);
      for (const statement of statements) await database.read((queries) => queries.executeQuery(statement));
      await migrate({ database });
      await expectBaselines(database);
      await assert.rejects(
        database.read((queries) => queries.executeQuery(CompiledQuery.raw('SELECT * FROM baselines_before_026'))),
        /doesn't exist/,
      );
      await test.drop();
    }
    assert.equal(removal.length, 1);
  });

  it('gets nothing of what a move of its baselines that was undone has left (MariaDB)', async (t) => {
    const [move] = await baselineMigrations();
    const test = await oldMysql('013');
    t.after(() => test.drop());
    const database = test.open();
    const run = (statement: string) => database.read((queries) => queries.executeQuery(CompiledQuery.raw(statement)));
    await run(`INSERT INTO baselines SELECT router_id, '*77', queue_id, 1, 1, 'present', NULL FROM baselines LIMIT 1`);
    for (const statement of move) await run(statement.sql);
    await run('ALTER TABLE baselines_before_026 RENAME TO baselines');
    await run(`DELETE FROM baselines WHERE row_id = '*77'`);
    await addBaselines(database);
    await migrate({ database });
    await expectBaselines(database);
  });

  it('is never taken for migrated when its server cuts what is put together (MariaDB)', async (t) => {
    const [move] = await baselineMigrations();
    const test = await oldMysql('013');
    t.after(() => test.drop());
    const database = test.open();
    await database.read(async (queries) => {
      await queries.connection().execute(async (connection) => {
        await connection.executeQuery(CompiledQuery.raw('SET SESSION group_concat_max_len = 8'));
        const run = async () => {
          for (const statement of move) await connection.executeQuery(statement);
        };
        await assert.rejects(run(), /'listed' cannot be null|cut by GROUP_CONCAT/i);
      });
    });
  });

  for (const version of versions) {
    for (const [store, openOld] of Object.entries({ SQLite: oldSqlite, MariaDB: oldMysql })) {
      it(`is brought up to date from ${version} with every sum as it was, and goes on from where it stood (${store})`, async () => {
        const test = await openOld(version);
        const database = test.open();
        const before = await booked(database);
        assert.equal(before.size, 2 * (6 + 6 + 6) - 2);

        const newer = (await readMigrations(database.kind)).filter((each) => each.version > Number(version));
        assert.deepEqual(
          await migrate({ database }),
          newer.map(({ name }) => name),
        );
        assert.deepEqual(await migrate({ database }), []);
        assert.deepEqual(await booked(database), before);

        for (const router of ROUTERS) {
          const stood = await totals(database, router);
          await bookHour(database, router, LAST_HOUR + 1, 'newer version');
          const now = await totals(database, router);
          for (const [queue, growth] of growths())
            assert.equal((now.get(queue) ?? 0n) - (stood.get(queue) ?? 0n), growth);
        }
        await test.drop();
      });
    }
  }
});
