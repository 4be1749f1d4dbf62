import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createApp } from '../../src/app.ts';
import type { App } from '../../src/assemble.ts';
import { createSimulatedRouter } from '../../src/demo/simulated-router.ts';
import { createRouterStateStore } from '../../src/devices/store/router-state-store.ts';
import { createKeyHolders } from '../../src/platform/store/key-holders.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { makeKey } from '../../src/runtime/vault.ts';
import { parseConfig } from '../../src/settings.ts';
import { runCli } from '../support/cli.ts';
import { type FreshDatabase, freshMysql, freshSqlite } from '../support/databases.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { freePort } from '../support/ports.ts';
import { tokenWith } from '../support/users.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const PASSWORD = 'router-secret-1234';
const SIGNAL = new AbortController().signal;

async function startRouter(t: TestContext) {
  return (await startWatchedRouter(t)).login;
}

async function startWatchedRouter(t: TestContext) {
  const router = createSimulatedRouter({ clock: systemClock, version: '7.20.1', password: PASSWORD });
  router.addQueue({ name: 'bob' });
  const { port } = await router.start();
  t.after(() => router.stop());
  const login = { host: '127.0.0.1', apiPort: port, username: 'librenms_api', password: PASSWORD };
  return { router, login, logins: () => router.activity().logins };
}

/** Several workers on one database, each its own instance. */
async function setUp(t: TestContext, fresh: FreshDatabase) {
  const test = await fresh();
  t.after(() => test.drop());
  const logger = createMemoryLogger();
  async function open(settings: object): Promise<App> {
    const raw = { timeZone: 'UTC', database: test.url, report: [], ...settings };
    const app = await createApp(parseConfig(raw, { env: {}, folder: '/' }, 'config.ts'), logger);
    await app.migrate();
    t.after(() => app.close());
    return app;
  }
  return { test, open, logger };
}

for (const [name, fresh] of [
  ['MariaDB', freshMysql],
  ['SQLite', freshSqlite],
] as const) {
  describe(`devices in ${name}`, () => {
    it('are polled, paused and removed without a restart, whichever process changes them, and keep what is on record', async (t) => {
      const { login, logins } = await startWatchedRouter(t);
      const { test, open, logger } = await setUp(t, fresh);
      const key = makeKey();
      const [worker, other] = [await open({ key }), await open({ key })];
      const { desk } = other.inventory;
      const polled = async () => (await worker.collect(SIGNAL)).map(({ router, status }) => [router, status]);
      assert.deepEqual(await polled(), []);
      await desk.addDevice('edge-1', login);
      assert.deepEqual(await polled(), [['edge-1', 'booked']]);
      await desk.addDevice('web-1', { host: '127.0.0.1', model: 'linux', username: 'root', password: PASSWORD });
      await desk.setDevice('edge-1', { parent: 'web-1', tags: ['lte'], sshPort: 22 });
      assert.deepEqual(await polled(), [['edge-1', 'booked']]);
      assert.equal(logins(), 1, 'who reads a router is not concerned by its tags');
      await desk.setDevice('edge-1', { paused: true });
      assert.deepEqual(await polled(), []);
      await worker.inventory.desk.setDevice('edge-1', { paused: false });
      assert.deepEqual(await polled(), [['edge-1', 'booked']]);
      await desk.removeDevice('edge-1');
      assert.deepEqual(await polled(), []);
      const known = await createRouterStateStore({ database: test.open() }).lastReads();
      assert.ok(known.has('edge-1'), 'what was read stays on record');
      assert.deepEqual(logger.errors(), []);
    });

    it('are read on by what the configuration knows when the key is another one, which is told', async (t) => {
      const login = await startRouter(t);
      const { open, logger } = await setUp(t, fresh);
      await (await open({ key: makeKey() })).inventory.desk.addDevice('edge-1', login);
      const { apiPort: port, ...rest } = login;
      const worker = await open({ key: makeKey(), routers: [{ name: 'core', ...rest, port }] });
      const outcomes = await worker.collect(SIGNAL);
      assert.deepEqual(
        outcomes.map(({ router, status }) => [router, status]),
        [['core', 'booked']],
      );
      assert.ok(logger.entries.some(({ level, fields }) => level === 'warn' && fields['code'] === 'KEY_WRONG'));
      await assert.rejects(worker.inventory.rotateKey(), { code: 'KEY_WRONG' });
    });

    it('change their key only after every worker has the new one', async (t) => {
      const login = await startRouter(t);
      const { open, test } = await setUp(t, fresh);
      const [oldKey, key] = [makeKey(), makeKey()];
      const worker = await open({ key: oldKey });
      await worker.inventory.desk.addDevice('edge-1', login);
      const stop = new AbortController();
      const running = worker.run(stop.signal);
      const holders = createKeyHolders({ database: test.open() });
      while ((await holders.alive(60_000)).length === 0) await turn();
      const next = await open({ key, oldKeys: [oldKey] });
      await assert.rejects(next.inventory.rotateKey(), { code: 'KEY_OLD_WORKER' });
      stop.abort();
      await running;
      assert.equal(await next.inventory.rotateKey(), 1);
      const after = await open({ key });
      assert.deepEqual(
        (await after.collect(SIGNAL)).map(({ status }) => status),
        ['booked'],
      );
    });
  });
}

/** A command that gets its password on standard input; also what `/proc` shows of it. */
async function typing(input: string, args: readonly string[], cwd: string) {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, env: { PATH, NODE_COMPILE_CACHE } });
  const shown = await Promise.all(['cmdline', 'environ'].map((file) => readFile(`/proc/${child.pid}/${file}`, 'utf8')));
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { stdout, stderr, shown: shown.join('\n') };
}

it('puts the password of a device into no file, log, export, output or process list', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'netsentinel-devices-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const { router, login } = await startWatchedRouter(t);
  const { apiPort } = login;
  router.setMenu('/ip/neighbor', [
    {
      identity: 'hill',
      address: '192.0.2.9',
      platform: 'MikroTik',
      board: 'RB5009',
      version: '7.20',
      interface: 'ether1',
    },
    { identity: '\u001b[2J', address6: '2001:db8::9', platform: PASSWORD },
    { identity: 'edge-1', address: '192.0.2.10' },
  ]);
  const file = join(folder, 'config.json');
  await writeFile(file, JSON.stringify({ timeZone: 'UTC', key: makeKey(), report: [] }));
  const args = ['--config', file, '--log-level', 'debug'];
  const cli = (...given: string[]) => runCli([...args, ...given], { cwd: folder });
  const added = await typing(
    `${PASSWORD}\n`,
    [
      ...args,
      'device',
      'add',
      'edge-1',
      '--host',
      '127.0.0.1',
      '--api-port',
      String(apiPort),
      '--username',
      'librenms_api',
    ],
    folder,
  );
  assert.equal(added.stdout, 'Added edge-1.\n');
  const said = [
    await cli('collect'),
    await cli('device', 'test', 'edge-1', '--format', 'json'),
    await cli('device', 'list', '--format', 'json'),
    await cli('device', 'show', 'edge-1'),
    await cli('device', 'export'),
    await cli('device', 'discover', '--from', 'edge-1', '--format', 'csv'),
    await cli('device', 'set', 'edge-1', `--pasword=${PASSWORD}`),
    await cli('device', 'set', 'edge-1', '--password', PASSWORD),
    await cli('device', PASSWORD),
    await cli('credential', 'add', 'x', '--username', 'a', '--password-file', PASSWORD),
    await cli('device', 'list', '--format', PASSWORD),
  ];
  assert.deepEqual(
    said.map(({ code }) => code),
    [0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2],
  );
  assert.equal(said[5]?.stdout, 'name,host,model\r\nhill,192.0.2.9,routeros\r\n2001:db8::9,2001:db8::9,other\r\n');
  assert.match(said[1]?.stdout ?? '', /"part":"login","status":"ok"/);
  const texts = [added.stdout, added.stderr, added.shown, ...said.flatMap(({ stdout, stderr }) => [stdout, stderr])];
  for (const name of await readdir(join(folder, 'data'))) {
    texts.push((await readFile(join(folder, 'data', name))).toString('latin1'));
  }
  assert.ok(texts.some((each) => each.startsWith('SQLite format')));
  for (const form of [PASSWORD, Buffer.from(PASSWORD).toString('base64'), encodeURIComponent(PASSWORD)]) {
    for (const each of texts) assert.ok(!each.includes(form), `the password is in ${each.slice(0, 500)}`);
  }
});

it('puts on record who changed which device, also what was refused, and no dry run', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'netsentinel-devices-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'config.json');
  await writeFile(file, JSON.stringify({ timeZone: 'UTC', key: makeKey(), report: [] }));
  await writeFile(join(folder, 'devices.csv'), 'name,host\nedge-2,192.0.2.2\nedge-3,192.0.2.3\n');
  const cli = (...given: string[]) => runCli(['--config', file, ...given], { cwd: folder });
  await cli('device', 'add', 'edge-1', '--host', '192.0.2.1');
  await cli('device', 'add', 'edge-1', '--host', '192.0.2.1');
  await cli('device', 'import', 'devices.csv', '--dry-run');
  await cli('device', 'import', 'devices.csv');
  await cli('device', 'pause', 'edge-1');
  await cli('device', 'remove', 'edge-1');
  await cli('key', 'rotate');
  await cli('purge', '--dry-run');
  await cli('purge');
  const entries: unknown[] = JSON.parse((await cli('audit', '--format', 'json')).stdout);
  const who = { who: userInfo().username, kind: 'command', from: hostname() };
  const noted = (action: string, subject: string, outcome = 'ok') => ({ ...who, action, subject, outcome });
  assert.deepEqual(
    entries
      .map((each) => ({ ...Object(each), at: undefined }))
      // Both of one import are of one instant.
      .toSorted((one, other) => (one.action === other.action ? one.subject.localeCompare(other.subject) : 0)),
    [
      noted('purge', `before ${Temporal.Now.plainDateISO('UTC').subtract({ days: 14 })}`),
      noted('key.rotate', ''),
      noted('device.remove', 'edge-1'),
      noted('device.set', 'edge-1'),
      noted('device.import', 'edge-2'),
      noted('device.import', 'edge-3'),
      noted('device.add', 'edge-1', 'ENTRY_CONFLICT'),
      noted('device.add', 'edge-1'),
    ].map((each) => ({ ...each, at: undefined })),
  );
});

it('reads a router within a round after it was added over HTTP, and nobody restarts anything', async (t) => {
  const { host, ...login } = await startRouter(t);
  const { open, test, logger } = await setUp(t, freshSqlite);
  const http = { host: '127.0.0.1', port: await freePort(), pages: true, auth: 'accounts' };
  const worker = await open({ key: makeKey(), http, collect: { everySeconds: 1, timeoutSeconds: 2 } });
  const authorization = `Bearer ${await tokenWith(test.open(), 'admin')}`;
  const stop = new AbortController();
  const running = worker.run(stop.signal);
  while (worker.http?.url() == null) await turn();
  const call = (method: string, path: string, body?: object) =>
    fetch(`${worker.http?.url()}/api/v1/${path}`, {
      method,
      headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const tried = await call('POST', 'devices/test', { host, ...login });
  assert.match(await tried.text(), /"passed":true.*"part":"login","status":"ok"/);
  assert.equal((await call('POST', 'devices', { name: 'edge-1', host, ...login })).status, 201);
  const lastReads = createRouterStateStore({ database: test.open() });
  while (!(await lastReads.lastReads()).has('edge-1')) await turn();
  const shown = await (await call('GET', 'routers/edge-1')).text();
  assert.ok(!shown.includes(PASSWORD));
  assert.equal((await call('PATCH', 'devices/edge-1', { paused: true })).status, 200);
  assert.equal(worker.handover().inventory[0]?.isPaused, true);
  stop.abort();
  await running;
  assert.deepEqual(logger.errors(), []);
  assert.ok(!JSON.stringify(logger.entries).includes(PASSWORD));
});
