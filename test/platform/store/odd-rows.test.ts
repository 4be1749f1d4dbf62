import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { sql } from 'kysely';
import { createDeviceStore } from '../../../src/devices/store/device-store.ts';
import { createRouterStateStore } from '../../../src/devices/store/router-state-store.ts';
import { createWatchStore } from '../../../src/incidents/store/watch-store.ts';
import { createOutbox } from '../../../src/notices/store/outbox-store.ts';
import { createOutboxWatch } from '../../../src/notices/store/outbox-watch.ts';
import { createJobStore } from '../../../src/platform/store/job-store.ts';
import type { Breach } from '../../../src/quotas/ports.ts';
import { createUsageArchive } from '../../../src/usage/store/usage-archive.ts';
import { createUsageRecords } from '../../../src/usage/store/usage-records.ts';
import { createUsageLedger } from '../../../src/usage/store/usage-store.ts';
import { bookingAt, DAY, NOON } from '../../support/bookings.ts';
import { freshMysql, freshSqlite, migrated } from '../../support/databases.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { createMemoryLogger } from '../../support/memory-logger.ts';
import { MAIL, noticeOf } from '../../support/notices.ts';
import { createBreachStore } from '../../support/stores.ts';

/** No instant of ours, and more than a double holds exactly. */
const ODD = 2n ** 60n;
const FOREVER = 2 ** 62;

for (const [kind, fresh] of [
  ['MariaDB', freshMysql],
  ['SQLite', freshSqlite],
] as const) {
  describe(`an odd row in ${kind}`, () => {
    async function setUp(t: TestContext) {
      const test = await migrated(fresh);
      t.after(() => test.drop());
      const logger = createMemoryLogger();
      const database = test.open({ logger });
      const run = (statement: string) => database.read((queries) => sql.raw(statement).execute(queries));
      const told = () => logger.entries.flatMap(({ level, fields }) => (level === 'warn' ? [fields['reason']] : []));
      return { database, run, told };
    }

    it('is left out of the list of devices, and named once', async (t) => {
      const { database, run, told } = await setUp(t);
      const store = createDeviceStore({ database });
      const device = { deviceId: 7, hostname: 'core', host: '192.0.2.1', ip: null, router: 'core' };
      await store.replace([device]);
      await run(`INSERT INTO librenms_devices (device_id, hostname, host) VALUES (${ODD}, 'x', 'x')`);
      assert.deepEqual(await store.load(), [device]);
      await store.load();
      assert.deepEqual(told(), [
        `the database holds an impossible value in librenms_devices.device_id: ${ODD} (bigint)`,
      ]);
    });

    it('is left out of the states of the routers', async (t) => {
      const { database, run, told } = await setUp(t);
      const store = createRouterStateStore({ database });
      await store.note([
        { router: 'well', at: NOON, pollMs: 5, error: null, facts: null },
        { router: 'odd', at: NOON, pollMs: 5, error: null, facts: null },
      ]);
      await run(`UPDATE router_states SET noted_at = ${ODD} WHERE router = 'odd'`);
      assert.deepEqual(
        (await store.states()).map(({ router }) => router),
        ['well'],
      );
      assert.equal(told().length, 1);
    });

    it('is left out of the jobs', async (t) => {
      const { database, run } = await setUp(t);
      const store = createJobStore({ database });
      for (const job of ['odd', 'purge'])
        await store.note({ job, startedAt: NOON, durationMs: 1, outcome: 'ok', code: null });
      // Exact in a double, and yet no instant.
      await run(`UPDATE job_runs SET started_at = 9000000000000000 WHERE job = 'odd'`);
      assert.deepEqual(
        (await store.lastRuns()).map(({ job }) => job),
        ['purge'],
      );
    });

    it('lets the other routers be watched', async (t) => {
      const { database, run } = await setUp(t);
      const store = createWatchStore({ database });
      await store.watch(['odd', 'well'], NOON);
      await run(`UPDATE router_watches SET watched_since = ${ODD} WHERE router = 'odd'`);
      assert.deepEqual(
        (await store.watch(['odd', 'well'], NOON)).map(({ router }) => router),
        ['well'],
      );
    });

    it('is left out of what is asked of when routers were read', async (t) => {
      const { database, run } = await setUp(t);
      const ledger = createUsageLedger({ database });
      for (const router of ['odd', 'well']) await ledger.book(router, () => bookingAt(NOON));
      await run(`UPDATE routers SET sampled_at = ${ODD} WHERE name = 'odd'`);
      assert.deepEqual((await createUsageRecords({ database }).gaps(DAY)).map(({ router }) => router).toSorted(), [
        'odd',
        'well',
      ]);
      assert.deepEqual([...(await createRouterStateStore({ database }).lastReads()).keys()], ['well']);
    });

    it('is left out of the alerts and the events', async (t) => {
      const { database, run } = await setUp(t);
      const store = createBreachStore({ database });
      const breach: Omit<Breach, 'user'> = {
        ...{ router: 'edge-1', period: 'day', periodStart: DAY, periodEnd: DAY, threshold: 100, limitBytes: 10n },
        ...{ countedBytes: 11n, noticedAt: NOON, day: DAY, state: 'unsent', mailId: null },
      };
      await store.record(
        [
          { ...breach, user: 'odd' },
          { ...breach, user: 'well' },
        ],
        [],
      );
      await run(
        `UPDATE breaches SET noticed_at = ${ODD} WHERE ${database.kind === 'mysql' ? '`user`' : '"user"'} = 'odd'`,
      );
      assert.deepEqual(
        (await store.alerts({ fromDay: DAY, toDay: DAY })).map(({ user }) => user),
        ['well'],
      );

      await createUsageLedger({ database }).book('edge-1', () => bookingAt(NOON));
      for (const at of [ODD, BigInt(NOON)])
        await run(`INSERT INTO events (router_id, at, code, detail) SELECT id, ${at}, 'X', '' FROM routers`);
      const events = await createUsageArchive({ database }).events({ fromAt: 0, toAt: FOREVER });
      assert.deepEqual(
        events.map(({ at }) => at),
        [NOON],
      );
    });

    it('is a notice that is given up, and every other goes out', async (t) => {
      const { database, run, told } = await setUp(t);
      await createBreachStore({ database }).record(
        [],
        [
          noticeOf('odd', { createdAt: NOON - 5 }),
          noticeOf('none', { createdAt: NOON - 4 }),
          noticeOf('well', { createdAt: NOON }),
        ],
      );
      await run(`UPDATE notices SET letter = '{"tone":"loud"}' WHERE id = 'odd'`);
      await run(`UPDATE notices SET worth_until = ${ODD} WHERE id = 'none'`);
      const outbox = createOutbox({ database, clock: createManualClock(NOON) });
      assert.equal((await outbox.claim(MAIL, 1000))?.notice.id, 'well');
      assert.equal(await outbox.claim(MAIL, 1000), null);
      assert.equal((await createOutboxWatch({ database }).standing()).failed, 2);
      assert.equal(told().length, 2);
    });

    it('of usage is never left out of a sum: that is refused, with the column', async (t) => {
      const { database, run } = await setUp(t);
      await createUsageLedger({ database }).book('edge-1', () => bookingAt(NOON));
      await run(
        `INSERT INTO queues (router_id, name, ${database.kind === 'mysql' ? '`user`' : '"user"'}, is_parent) SELECT id, 'q', 'u', 0 FROM routers`,
      );
      await run(
        `INSERT INTO usage_daily (queue_id, day, upload_bytes, download_bytes, estimated_bytes, unobserved_ms, restarts)
         SELECT id, '${DAY}', 1, 1, 0, ${ODD}, 0 FROM queues`,
      );
      await assert.rejects(
        createUsageArchive({ database }).queueDays({ fromDay: DAY, toDay: DAY }),
        /impossible value in usage_daily.unobserved_ms/,
      );
    });
  });
}
