import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { sql } from 'kysely';
import { createApp } from '../../../src/app.ts';
import { createRouterStateStore } from '../../../src/devices/store/router-state-store.ts';
import { parseConfig } from '../../../src/settings.ts';
import { createUsageLedger } from '../../../src/usage/store/usage-store.ts';
import { bookingAt } from '../../support/bookings.ts';
import { type FreshDatabase, freshMysql, freshSqlite, migrated } from '../../support/databases.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { createMemoryLogger } from '../../support/memory-logger.ts';
import { freePort } from '../../support/ports.ts';
import { readable } from '../../support/readable-html.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const DAY_MS = 86_400_000;

/** A worker that has just started on books that know `hill` as dead for three days, and `new` as never read. */
async function start(t: TestContext, fresh: FreshDatabase) {
  const test = await migrated(fresh);
  const { database } = test;
  await createUsageLedger({ database }).book('hill', () => bookingAt(NOW - 3 * DAY_MS));
  const error = { code: 'ROUTER_REFUSED', message: 'it refuses', advice: 'Switch it on.' };
  const note = { at: NOW - 3 * DAY_MS + 60_000, pollMs: 5, error, facts: null };
  await createRouterStateStore({ database }).note([
    { ...note, router: 'hill' },
    { ...note, router: 'new' },
  ]);
  await database.read((queries) =>
    sql`INSERT INTO router_watches (router, watched_since, blind_since)
      VALUES ('hill', ${NOW - 9 * DAY_MS}, NULL)`.execute(queries),
  );
  const port = await freePort();
  const router = { host: '127.0.0.1', port, username: 'librenms_api', password: 'api-password' };
  const config = parseConfig(
    {
      timeZone: 'UTC',
      database: test.url,
      routers: [
        { ...router, name: 'hill' },
        { ...router, name: 'new' },
      ],
      mail: { from: 'n@example.com', to: ['a@example.com'], smtp: { host: '127.0.0.1', port } },
      http: { pages: true, auth: 'none' },
    },
    { env: {}, folder: '.' },
    'a test',
  );
  assert.ok(config.http !== undefined);
  const clock = createManualClock(NOW);
  const logger = createMemoryLogger();
  const app = await createApp({ ...config, http: { ...config.http, port: 0 } }, logger, { clock });
  t.after(async () => {
    await app.http?.stop();
    await app.close();
    await test.drop();
    assert.deepEqual(logger.errors(), []);
  });
  await app.migrate();
  await app.http?.start();
  return { app, database, url: app.http?.url() ?? '', signal: new AbortController().signal };
}

for (const [name, fresh] of [
  ['SQLite', freshSqlite],
  ['MariaDB', freshMysql],
] as const) {
  describe(`the age of an outage, right after a start on ${name}`, () => {
    it('is the same on the pages, in the API, in metrics, readiness, check and the mail', async (t) => {
      const { app, database, url, signal } = await start(t, fresh);
      const page = async (path: string) => readable(await (await fetch(url + path)).text());
      const hill = /hill has not been read for 3 d; usage since then is missing\. Switch it on\. ROUTER_REFUSED/;
      for (const path of ['/', '/d/hill']) assert.match(await page(path), hill, path);
      assert.match(await page('/'), /new has never been read; its usage is missing\. Switch it on\. ROUTER_REFUSED/);
      assert.match(await page('/'), /Switch it on\./);
      assert.match(await page('/r'), /hill not read for 3 d .*new never read/);

      const { stale } = JSON.parse(await (await fetch(`${url}/api/v1/today`)).text());
      const seconds = (3 * DAY_MS) / 1000;
      assert.deepEqual(stale, [
        {
          ...{ router: 'hill', staleSeconds: seconds, lastReadAt: new Date(NOW - 3 * DAY_MS).toISOString() },
          ...{ code: 'ROUTER_REFUSED', advice: 'Switch it on.' },
        },
        {
          ...{ router: 'new', staleSeconds: seconds - 60, lastReadAt: null },
          ...{ code: 'ROUTER_REFUSED', advice: 'Switch it on.' },
        },
      ]);
      const routers = JSON.parse(await (await fetch(`${url}/api/v1/routers`)).text());
      assert.equal(routers[0].staleSeconds, seconds);
      const ready = JSON.parse(await (await fetch(`${url}/readyz`)).text());
      assert.deepEqual(
        [ready.status, ready.oldestSeconds, ready.reasons[0].staleSeconds],
        ['not ready', seconds, seconds],
      );
      const metrics = await (await fetch(`${url}/metrics`)).text();
      assert.match(metrics, /netsentinel_router_fresh\{router="hill"\} 0/);
      const at = (NOW - 3 * DAY_MS) / 1000;
      assert.match(metrics, new RegExp(`last_booked_timestamp_seconds\\{router="hill"\\} ${at}`));

      const findings = await app.checker.check({ sendsTestMail: false, signal });
      const texts = findings.map((finding) => JSON.stringify(finding));
      assert.ok(
        texts.some((text) => text.includes('hill') && text.includes('last read 3 d ago')),
        texts.join('\n'),
      );
      await app.collect(signal);
      await app.tellOnce();
      const { rows } = await database.read((queries) =>
        sql<{ subject: string }>`SELECT subject FROM notices`.execute(queries),
      );
      assert.ok(
        rows.some(({ subject }) => subject === 'Router hill has not been read for 3 d'),
        JSON.stringify(rows),
      );
    });
  });
}
