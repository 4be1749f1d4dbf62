import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import mysql from 'mysql2/promise';
import { createApp } from '../../../src/app.ts';
import { createSimulatedRouter } from '../../../src/demo/simulated-router.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { parseConfig } from '../../../src/settings.ts';
import { parseExposition, valueIn } from '../../support/exposition.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { startMariadb } from '../../support/mariadb-server.ts';
import { createMemoryLogger } from '../../support/memory-logger.ts';

const MINUTE_MS = 60_000;
const CREDENTIALS = { username: 'reader', password: 'hunter2' };
const HOSTILE = 'edge "1" \\ {x="y"}';

/** The app with its HTTP server and two simulated routers; time is turned by hand, the deadlines of sockets stay real. */
async function setUp(t: TestContext, database?: string) {
  const time = createManualClock(Date.UTC(2026, 4, 4, 3));
  const folder = await mkdtemp(join(tmpdir(), 'netsentinel-http-'));
  const routers = await Promise.all(
    [HOSTILE, 'core'].map(async (name) => {
      const device = createSimulatedRouter({ clock: time, version: '7.20.1', ...CREDENTIALS });
      device.addQueue({ name: 'bob" } 1\\' });
      return { name, device, address: await device.start() };
    }),
  );
  const config = parseConfig(
    {
      timeZone: 'Europe/London',
      database: database ?? 'sqlite:./books.db',
      routers: routers.map(({ name, address }) => ({ name, ...address, ...CREDENTIALS })),
      collect: { timeoutSeconds: 2 },
      http: {},
    },
    { env: {}, folder },
    'test',
  );
  const logger = createMemoryLogger();
  const clock = { ...time, after: systemClock.after };
  assert.ok(config.http !== undefined);
  const app = await createApp({ ...config, http: { ...config.http, port: 0 } }, logger, { clock });
  const { http } = app;
  assert.ok(http !== null);
  await http.start();
  t.after(async () => {
    await http.stop();
    await app.close();
    for (const { device } of routers) await device.stop();
    await rm(folder, { recursive: true });
  });
  const get = async (path: string) => {
    const response = await fetch(`${http.url()}${path}`);
    return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
  };
  return {
    app,
    logger,
    get,
    edge: routers[0]?.device ?? assert.fail(),
    /** A minute later every router is polled. */
    async poll() {
      time.advance(MINUTE_MS);
      await app.collect(new AbortController().signal);
    },
    async ready() {
      const { status, body } = await get('/readyz');
      return { status, ...JSON.parse(body) };
    },
    metrics: async () => parseExposition((await get('/metrics')).body),
  };
}

/** A server with an empty database, that remembers each commit when it is killed. */
async function startDurableMariadb(t: TestContext) {
  const server = await startMariadb({ keepsCommits: true });
  t.after(() => server.remove());
  const admin = await mysql.createConnection({ uri: server.url });
  await admin.query('CREATE DATABASE netsentinel');
  await admin.end();
  return server;
}

/** Health does not run here. */
const NOT_LOOKED_AT = {
  ...{ total: 0, up: 0, down: 0, unreachable: 0, unknown: 0, maintenance: 0 },
  ...{ longestDown: [], isBlind: false },
};

describe('/readyz of a worker', () => {
  it('turns 503 with router and code when a router was not read for three intervals, and heals', async (t) => {
    const { app, edge, poll, ready, get } = await setUp(t);
    await app.migrate();
    assert.equal((await ready()).status, 'not ready', 'never read, and nobody polls yet');
    await poll();
    assert.equal((await ready()).status, 'ready');
    edge.setReachable(false);
    for (let polls = 0; polls < 3; polls += 1) {
      await poll();
      assert.equal((await ready()).status, 'ready');
    }
    await poll();
    const { body } = await get('/readyz');
    assert.deepEqual(JSON.parse(body), {
      status: 'not ready',
      reasons: [{ subject: 'router', router: HOSTILE, code: 'ROUTER_CLOSED', staleSeconds: 240 }],
      routers: { total: 2, fresh: 1 },
      oldestSeconds: 240,
      heldSamples: 0,
      devices: NOT_LOOKED_AT,
    });
    assert.equal((await get('/readyz')).status, 503);

    edge.setReachable(true);
    for (let polls = 0; polls < 6 && (await get('/readyz')).status === 503; polls += 1) await poll();
    assert.deepEqual(await ready(), {
      status: 'ready',
      reasons: [],
      routers: { total: 2, fresh: 2 },
      oldestSeconds: 0,
      heldSamples: 0,
      devices: NOT_LOOKED_AT,
    });
  });

  it('says which router has a wrong password, and not the password', async (t) => {
    const { app, edge, poll, get } = await setUp(t);
    await app.migrate();
    edge.setPassword('another');
    for (let polls = 0; polls < 4; polls += 1) await poll();
    const { status, body } = await get('/readyz');
    assert.equal(status, 503);
    assert.deepEqual(
      JSON.parse(body).reasons.map(({ router, code }: { router: string; code: string }) => [router, code]),
      [[HOSTILE, 'ROUTER_LOGIN_FAILED']],
    );
    assert.doesNotMatch(body, /hunter2|another|127\.0\.0\.1/);
  });

  it('turns 503 at once when the database is away, counts the samples it holds, and heals', async (t) => {
    const server = await startDurableMariadb(t);
    const { app, poll, get, ready, metrics, logger } = await setUp(t, `${server.url}netsentinel`);
    await app.migrate();
    await poll();
    assert.equal((await get('/readyz')).status, 200);

    await server.kill();
    assert.deepEqual((await ready()).reasons, [{ subject: 'database', code: 'DATABASE_UNAVAILABLE' }]);
    await poll();
    const away = await ready();
    assert.deepEqual(away.routers, { total: 2, fresh: 2 });
    assert.equal(away.heldSamples, 2);
    assert.equal((await get('/healthz')).status, 200);
    const series = await metrics();
    assert.equal(valueIn(series, 'netsentinel_database_up'), 0);
    assert.equal(valueIn(series, 'netsentinel_samples_held'), 2);
    assert.equal(valueIn(series, 'netsentinel_polls_total', { router: 'core', outcome: 'held' }), 1);

    await server.start();
    await poll();
    assert.deepEqual(await ready(), {
      status: 'ready',
      reasons: [],
      routers: { total: 2, fresh: 2 },
      oldestSeconds: 0,
      heldSamples: 0,
      devices: NOT_LOOKED_AT,
    });
    assert.deepEqual(logger.errors(), []);
  });

  it('answers before the database was ever there', async (t) => {
    const { get } = await setUp(t, 'mysql://u:hunter2@127.0.0.1:9/none');
    const { status, body } = await get('/readyz');
    assert.equal(status, 503);
    assert.match(body, /"code":"DATABASE_UNAVAILABLE"/);
    assert.doesNotMatch(body, /hunter2|127\.0\.0\.1/);
    assert.equal((await get('/metrics')).status, 200);
  });
});

describe('/metrics of a worker', () => {
  it('counts the polls and the bytes that were booked, to the byte', async (t) => {
    const { app, edge, poll, metrics, get } = await setUp(t);
    await app.migrate();
    await poll();
    edge.move('bob" } 1\\', 1_001n, 123_456_789n);
    await poll();
    const series = await metrics();
    const labels = { router: HOSTILE };
    assert.equal(valueIn(series, 'netsentinel_booked_bytes_total', { ...labels, direction: 'upload' }), 1_001);
    assert.equal(valueIn(series, 'netsentinel_booked_bytes_total', { ...labels, direction: 'download' }), 123_456_789);
    assert.equal(valueIn(series, 'netsentinel_polls_total', { ...labels, outcome: 'booked' }), 2);
    assert.equal(valueIn(series, 'netsentinel_queues', labels), 1);
    assert.equal(valueIn(series, 'netsentinel_database_up'), 1);
    assert.equal(valueIn(series, 'netsentinel_outbox_mails'), 0);
    const { type, body } = await get('/metrics');
    assert.match(type ?? '', /^text\/plain; version=0\.0\.4/);
    assert.doesNotMatch(body, /bob|hunter2/);
  });
});
