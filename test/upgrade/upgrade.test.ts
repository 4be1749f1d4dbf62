import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CompiledQuery, sql } from 'kysely';
import { createWatchStore } from '../../src/incidents/store/watch-store.ts';
import { createOutbox } from '../../src/notices/store/outbox-store.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { migrate, readMigrations } from '../../src/platform/store/migrate.ts';
import { createUsageArchive } from '../../src/usage/store/usage-archive.ts';
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
