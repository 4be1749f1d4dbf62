import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createSimulatedRouter } from '../../src/demo/simulated-router.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { type CliProcess, runCli, startCli } from '../support/cli.ts';

/** A folder with a configuration for one simulated router and this HTTP port. */
async function setUp(t: TestContext, httpPort: number, http: object = {}): Promise<string> {
  const cwd = await mkdtemp(join(tmpdir(), 'netsentinel-e2e-http-'));
  const router = createSimulatedRouter({ clock: systemClock, version: '7.20.1' });
  const address = await router.start();
  t.after(async () => {
    await router.stop();
    await rm(cwd, { recursive: true, force: true });
  });
  const config = {
    timeZone: 'Asia/Karachi',
    routers: [{ name: 'edge-1', ...address, username: 'librenms_api', password: 'api-password' }],
    http: { port: httpPort, ...http },
  };
  await writeFile(join(cwd, 'config.json'), JSON.stringify(config));
  return cwd;
}

/** A listener on a free port, which stays taken until it is closed. */
async function takePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, free: () => server.close() };
}

async function reload(worker: CliProcess, times: number): Promise<void> {
  worker.kill('SIGHUP');
  await worker.said('http server listens', 1 + times);
}

describe('netsentinel run with http', () => {
  it('answers while it runs, and ends with 0 while clients are still connected', async (t) => {
    const { port, free } = await takePort();
    free();
    const worker = startCli(['--config', 'config.json', 'run'], { cwd: await setUp(t, port) });
    await worker.said('http server listens');
    const response = await fetch(`http://127.0.0.1:${port}/readyz`);
    assert.deepEqual([response.status, JSON.parse(await response.text()).routers], [200, { total: 1, fresh: 1 }]);
    worker.kill('SIGTERM');
    const { code, stderr } = await worker.result;
    assert.equal(code, 0, stderr);
    await assert.rejects(fetch(`http://127.0.0.1:${port}/healthz`));
  });

  it('shows usage to those who know the password', async (t) => {
    const { port, free } = await takePort();
    free();
    const cwd = await setUp(t, port, { pages: true, password: 'correct horse' });
    const worker = startCli(['--config', 'config.json', 'run'], { cwd });
    await worker.said('http server listens');
    const url = `http://127.0.0.1:${port}`;
    const form = {
      method: 'POST',
      body: new URLSearchParams({ password: 'correct horse' }),
      redirect: 'manual',
    } as const;
    const cookie = (await fetch(`${url}/login`, form)).headers.get('set-cookie')?.split(';')[0] ?? '';
    for (const path of ['/', '/r', '/d/edge-1', '/alerts']) {
      const page = await fetch(url + path, { headers: { cookie, accept: 'text/html' } });
      assert.equal(page.status, 200, path);
      if (path.startsWith('/r')) assert.match(await page.text(), /edge-1/);
    }
    assert.deepEqual(JSON.parse(await (await fetch(`${url}/api/v1/usage`, { headers: { cookie } })).text()), []);
    worker.kill('SIGTERM');
    const { code, stderr } = await worker.result;
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /correct horse|"level":50/);
  });

  it('keeps sessions over a restart and a reload, and ends them for good when a reload brings another password', async (t) => {
    const { port, free } = await takePort();
    free();
    const http = (password: string, more: object = {}) => ({ pages: true, password, ...more });
    const cwd = await setUp(t, port, http('correct horse'));
    const configFile = join(cwd, 'config.json');
    const first: { http: object } = JSON.parse(await readFile(configFile, 'utf8'));
    const configure = (change: object) => writeFile(configFile, JSON.stringify({ ...first, ...change }));
    const url = `http://127.0.0.1:${port}`;
    const start = async () => {
      const worker = startCli(['--config', 'config.json', 'run'], { cwd });
      t.after(() => worker.kill('SIGKILL'));
      await worker.said('http server listens');
      return worker;
    };
    const statusOf = async (cookie: string) => (await fetch(`${url}/api/v1/alerts`, { headers: { cookie } })).status;
    const logIn = async (password: string) => {
      const body = new URLSearchParams({ password });
      const response = await fetch(`${url}/login`, { method: 'POST', body, redirect: 'manual' });
      return response.headers.get('set-cookie')?.split(';')[0] ?? '';
    };
    const stop = async (worker: CliProcess) => {
      worker.kill('SIGTERM');
      const { code, stderr } = await worker.result;
      assert.equal(code, 0, stderr);
      return stderr;
    };

    const before = await start();
    const [cookie, ended] = [await logIn('correct horse'), await logIn('correct horse')];
    await fetch(`${url}/logout`, { method: 'POST', headers: { cookie: ended }, redirect: 'manual' });
    await stop(before);

    const worker = await start();
    assert.deepEqual([await statusOf(cookie), await statusOf(ended)], [200, 401]);
    await configure({ quotas: [{ dailyGb: 7 }] });
    await reload(worker, 1);
    assert.deepEqual([await statusOf(cookie), await statusOf(ended)], [200, 401]);
    await configure({ http: { ...first.http, password: 'battery staple' } });
    await reload(worker, 2);
    assert.equal(await statusOf(cookie), 401);
    assert.equal(await statusOf(await logIn('battery staple')), 200);
    await configure({});
    await reload(worker, 3);
    assert.equal(await statusOf(cookie), 401);
    assert.doesNotMatch(await stop(worker), /correct horse|battery staple|"level":50/);
  });

  it('ends with 1 and says what to do when the port is taken', async (t) => {
    const { port, free } = await takePort();
    t.after(free);
    const { code, stderr } = await runCli(['--config', 'config.json', 'run'], { cwd: await setUp(t, port) });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /cannot listen on 127\.0\.0\.1 port \d+: .*EADDRINUSE.* \(HTTP_ADDRESS_UNAVAILABLE\)\nChange http/,
    );
  });
});
