import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createSimulatedRouter } from '../../src/demo/simulated-router.ts';
import { runCli, startCli } from '../support/cli.ts';
import { LIBRENMS_TOKEN, librenmsDevice, SNMP_SECRETS, startLibrenms } from '../support/librenms-server.ts';
import { createManualClock } from '../support/manual-clock.ts';

const PASSWORD = 'api-password';
const DEADLINE_MS = 20_000;

/** A router that only LibreNMS knows, and a folder with a configuration that names LibreNMS alone. */
async function setUp(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'netsentinel-discovery-'));
  const clock = createManualClock(Date.now());
  const router = createSimulatedRouter({ clock, version: '7.20.1', password: PASSWORD });
  router.addQueue({ name: 'bob' });
  const { port } = await router.start();
  const librenms = await startLibrenms();
  t.after(async () => {
    await librenms.stop();
    await router.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const config = {
    timeZone: 'UTC',
    librenms: {
      url: librenms.url,
      token: LIBRENMS_TOKEN,
      refreshMinutes: 1,
      port,
      username: 'librenms_api',
      password: PASSWORD,
    },
    collect: { everySeconds: 1, timeoutSeconds: 2 },
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  const at = { cwd: folder };
  const command = (...args: string[]) => ['--config', 'config.json', ...args];
  return { folder, clock, router, librenms, at, command };
}

const core = librenmsDevice({ device_id: 4, hostname: 'core.example.com', overwrite_ip: '127.0.0.1' });

describe('routers that LibreNMS knows', () => {
  it('are accounted under their hostname, and no secret of its answer is left anywhere', async (t) => {
    const { folder, clock, router, librenms, at, command } = await setUp(t);
    librenms.devices = [core, librenmsDevice({ device_id: 5, hostname: 'off.example.com', disabled: 1 })];
    const first = await runCli(command('collect'), at);
    assert.equal(first.code, 0, first.stderr);
    router.move('bob', 10n, 90n);
    clock.advance(60_000);
    const second = await runCli(command('--log-level', 'debug', 'collect'), at);
    assert.equal(second.stdout, 'core.example.com: read and booked, 1 queue\n');

    const usage = await runCli(command('usage', '--format', 'json'), at);
    const rows: { router: string; totalBytes: number }[] = JSON.parse(usage.stdout);
    assert.deepEqual(
      rows.map(({ router: name, totalBytes }) => ({ name, totalBytes })),
      [{ name: 'core.example.com', totalBytes: 100 }],
    );
    const data = join(folder, 'data');
    const files = await Promise.all((await readdir(data)).map((file) => readFile(join(data, file), 'latin1')));
    const everything = [first.stderr, first.stdout, second.stderr, second.stdout, ...files].join('\n');
    for (const secret of [LIBRENMS_TOKEN, ...SNMP_SECRETS])
      assert.ok(!everything.includes(secret), `${secret} is shown`);
  });

  it('are looked at by check like any other, from the last list while LibreNMS is away', async (t) => {
    const { librenms, at, command } = await setUp(t);
    librenms.devices = [core];
    await runCli(command('collect'), at);
    const look = async () => {
      const { stdout } = await runCli(command('check', '--format', 'json'), at);
      const findings: { subject: string; part: string; status: string; found: string }[] = JSON.parse(stdout);
      const login = findings.find(({ subject, part }) => subject === 'router core.example.com' && part === 'login');
      assert.equal(login?.status, 'ok');
      return findings.find(({ subject }) => subject === 'LibreNMS');
    };
    assert.equal((await look())?.status, 'ok');
    librenms.misbehave = (_request, response) => void response.writeHead(503).end();
    const away = await look();
    assert.equal(away?.status, 'warning');
    assert.match(away.found, /LIBRENMS_FAILED/);
  });

  it('are polled from the stored list when the worker starts while LibreNMS is away', async (t) => {
    const { clock, router, librenms, at, command } = await setUp(t);
    librenms.devices = [core];
    assert.equal((await runCli(command('collect'), at)).code, 0);
    librenms.misbehave = (_request, response) => void response.writeHead(500).end(SNMP_SECRETS[0]);
    const worker = startCli(command('run'), at);
    t.after(() => worker.kill('SIGKILL'));
    await worker.said('LIBRENMS_FAILED');
    const deadline = Date.now() + DEADLINE_MS;
    while (router.activity().listsServed < 4) {
      assert.ok(Date.now() < deadline, 'the router is not polled');
      clock.advance(2_000);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    worker.kill('SIGTERM');
    const { code, stderr } = await worker.result;
    assert.equal(code, 0, stderr);
    assert.equal(stderr.match(/LIBRENMS_FAILED/g)?.length, 1, stderr);
    assert.ok(!stderr.includes(SNMP_SECRETS[0]));
  });

  it('are polled once the worker runs, though it began without any', async (t) => {
    const { clock, router, librenms, at, command } = await setUp(t);
    librenms.devices = [core];
    const worker = startCli(command('run'), at);
    t.after(() => worker.kill('SIGKILL'));
    await worker.said('core.example.com');
    const deadline = Date.now() + DEADLINE_MS;
    while (router.activity().listsServed < 2) {
      assert.ok(Date.now() < deadline, 'the router is not polled');
      clock.advance(2_000);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    worker.kill('SIGTERM');
    assert.equal((await worker.result).code, 0);
  });
});
