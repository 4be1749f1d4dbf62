import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { sql } from 'kysely';
import { createDatabaseProbe } from '../../src/check/store/database-probe.ts';
import { createOutboxWatch } from '../../src/notices/store/outbox-watch.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { migrate } from '../../src/platform/store/migrate.ts';
import { COMMAND_TABLES } from '../../src/platform/store/tables.ts';
import { WRITTEN_TABLES } from '../../src/tables.ts';
import { createUsageRecords } from '../../src/usage/store/usage-records.ts';
import { createUsageLedger } from '../../src/usage/store/usage-store.ts';
import { bookingAt, DAY, NOON, partOf } from '../support/bookings.ts';
import { type FreshDatabase, migrated, type TestDatabase } from '../support/databases.ts';

const TABLES = [
  'routers',
  'queues',
  'baseline_parts',
  'usage_daily',
  'usage_hourly',
  'unobserved_spans',
  'events',
  'mails',
  'notices',
  'deliveries',
  'incidents',
  'breaches',
];

/** What `check` asks of a database. */
export function describeCheckStore(name: string, fresh: FreshDatabase): void {
  describe(`check in ${name}`, () => {
    let test: TestDatabase;
    let database: Database;
    beforeEach(async () => {
      const made = await migrated(fresh);
      test = made;
      database = made.database;
    });
    afterEach(() => test.drop());

    const count = async (table: string): Promise<bigint> => {
      const { rows } = await database.read((queries) =>
        sql<{ rows: bigint }>`SELECT COUNT(*) AS ${sql.ref('rows')} FROM ${sql.table(table)}`.execute(queries),
      );
      return rows[0]?.rows ?? -1n;
    };

    it('tries writing to every table of the schema, and leaves nothing behind', async () => {
      const probe = createDatabaseProbe({ database, migrate: () => migrate({ database }), tables: WRITTEN_TABLES });
      await probe.tryWriting();
      for (const table of [
        ...TABLES,
        'report_mails',
        'router_watches',
        'job_runs',
        'router_states',
        'router_errors',
        'router_clocks',
      ]) {
        assert.equal(await count(table), 0n, table);
      }
    });

    it('tries every table that there is, but those that only a command writes', async () => {
      const tables = await database.read((queries) => queries.introspection.getTables());
      const written = tables.filter(
        ({ name: table, isView }) => !isView && !COMMAND_TABLES.some(({ name: own }) => own === table),
      );
      assert.deepEqual(written.map(({ name: table }) => table).sort(), WRITTEN_TABLES.map(({ name }) => name).sort());
    });

    it('reports a schema that is up to date', async () => {
      assert.deepEqual(
        await createDatabaseProbe({ database, migrate: () => migrate({ database }), tables: WRITTEN_TABLES }).migrate(),
        [],
      );
    });

    it('tells of each router what was not observed since a day', async () => {
      const records = createUsageRecords({ database });
      const ledger = createUsageLedger({ database });
      await ledger.book('steady ', () => bookingAt(NOON, { usage: [partOf('bob')] }));
      const gaps = [
        partOf('bob', { unobservedMs: 60_000 }),
        partOf('eve', { unobservedMs: 90_000 }),
        partOf('eve', { unobservedMs: 30_000, day: '2026-05-03' }),
        partOf('old', { unobservedMs: 999_000, day: '2026-05-02' }),
      ];
      await ledger.book('gappy', () => bookingAt(NOON + 1000, { usage: gaps }));
      const found = (await records.gaps('2026-05-03')).toSorted((one, other) => (one.router < other.router ? -1 : 1));
      const well = { unobservedQueues: 0, longestUnobservedMs: 0 };
      assert.deepEqual(found, [
        { ...well, router: 'gappy', unobservedQueues: 2, longestUnobservedMs: 90_000 },
        { ...well, router: 'steady ' },
      ]);
      assert.equal((await records.gaps(DAY)).length, 2);
    });

    it('gives which users have bytes, on whatever day', async () => {
      const records = createUsageRecords({ database });
      const usage = [
        partOf('q1', { user: 'bob ', day: '2020-01-01', uploadBytes: 1n, downloadBytes: 0n }),
        partOf('q2', { user: 'eve', uploadBytes: 0n, downloadBytes: 0n, restarts: 1 }),
      ];
      await createUsageLedger({ database }).book('edge-1', () => bookingAt(NOON, { usage }));
      assert.deepEqual(await records.usersWithBytes(['bob', 'bob ', 'eve', 'mallory']), new Set(['bob ']));
      assert.deepEqual(await records.usersWithBytes([]), new Set());
    });

    it('counts mails that wait and that were given up', async () => {
      const outbox = createOutboxWatch({ database });
      assert.deepEqual(await outbox.standing(), {
        waiting: 0,
        oldestAt: null,
        trouble: null,
        failed: 0,
        failure: null,
      });
      const mails: [id: string, state: string, createdAt: number, attempts: number, trouble: string | null][] = [
        ['1', 'pending', NOON, 0, null],
        ['2', 'claimed', NOON - 1000, 3, 'no answer'],
        ['3', 'sent', NOON - 5000, 1, null],
        ['4', 'failed', NOON - 9000, 3, 'no such user'],
      ];
      for (const [id, state, createdAt, attempts, trouble] of mails) {
        await database.read(async (queries) => {
          await sql`INSERT INTO notices (id, kind, subject, text_body, html_body, state, created_at, period_end, worth_until)
            VALUES (${id}, 'quota', '', '', '', ${state}, ${createdAt}, ${DAY}, 0)`.execute(queries);
          for (const address of ['a', 'b'])
            await sql`INSERT INTO deliveries (notice, channel, address, state, due_at, attempts, trouble)
              VALUES (${id}, 'mail', ${address}, ${state}, 0, ${attempts}, ${trouble})`.execute(queries);
        });
      }
      assert.deepEqual(await outbox.standing(), {
        ...{ waiting: 2, oldestAt: NOON - 1000, trouble: 'no answer' },
        ...{ failed: 1, failure: 'no such user' },
      });
    });
  });
}
