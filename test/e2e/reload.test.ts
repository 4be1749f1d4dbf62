import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import mysql from 'mysql2/promise';
import { createSimulatedRouter, type SimulatedRouter } from '../../src/demo/simulated-router.ts';
import { type CliProcess, runCli, startCli } from '../support/cli.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { startMariadb } from '../support/mariadb-server.ts';

const PASSWORD = 'api-password';
const DEADLINE_MS = 30_000;

interface TestRouter {
  readonly simulated: SimulatedRouter;
  readonly settings: object;
}

/** Two routers of one queue each, and an empty folder. */
async function setUp(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'netsentinel-reload-'));
  const clock = createManualClock(Date.now());
  async function addRouter(name: string): Promise<TestRouter> {
    const simulated = createSimulatedRouter({ clock, version: '7.20.1', password: PASSWORD });
    simulated.addQueue({ name: 'bob' });
    const { port } = await simulated.start();
    t.after(() => simulated.stop());
    return {
      simulated,
      settings: { name, host: '127.0.0.1', port, username: 'librenms_api', password: PASSWORD },
    };
  }
  const [one, two] = [await addRouter('one'), await addRouter('two')];
  t.after(() => rm(folder, { recursive: true, force: true }));

  return {
    one,
    two,
    at: { cwd: folder },
    async configure(routers: readonly TestRouter[], more: object = {}) {
      const config = {
        timeZone: 'UTC',
        collect: { everySeconds: 1, timeoutSeconds: 2 },
        routers: routers.map(({ settings }) => settings),
        ...more,
      };
      await writeFile(join(folder, 'config.ts'), `export default ${JSON.stringify(config)};\n`);
    },
    breakConfig: () => writeFile(join(folder, 'config.ts'), 'export default { timeZone: 1, routers: [] };\n'),
    /** Waits until a router was read so often that a sample of now is settled, in the books or held. */
    async polled({ simulated }: TestRouter) {
      const deadline = Date.now() + DEADLINE_MS;
      // A connection begins with four lists, of which the queues come last; each poll after it has two.
      const wanted = simulated.activity().listsServed + 5;
      while (simulated.activity().listsServed < wanted) {
        assert.ok(Date.now() < deadline, 'the router is not polled');
        clock.advance(1_000);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}

async function stop(worker: CliProcess): Promise<string> {
  worker.kill('SIGTERM');
  const { code, stderr } = await worker.result;
  assert.equal(code, 0, stderr);
  assert.match(stderr, /worker stopped/);
  assert.ok(!stderr.includes(PASSWORD), 'a secret was shown');
  return stderr;
}

/** `{ router: bytes }` of today and yesterday, for a test may run over midnight. */
async function totals(options: Parameters<typeof runCli>[1]): Promise<Record<string, number>> {
  const { stdout } = await runCli(['usage', '--from', 'yesterday', '--format', 'json'], options);
  const rows: { router: string; totalBytes: number }[] = JSON.parse(stdout);
  const sums: Record<string, number> = {};
  for (const { router, totalBytes } of rows) sums[router] = (sums[router] ?? 0) + totalBytes;
  return sums;
}

describe('a worker that gets SIGHUP', () => {
  it('polls a router that was added, one that was removed no longer, and applies other limits', async (t) => {
    const { one, two, at, configure, polled } = await setUp(t);
    await configure([one]);
    const worker = startCli(['run'], at);
    t.after(() => worker.kill('SIGKILL'));
    await worker.said('worker started');
    await polled(one);
    one.simulated.move('bob', 0n, 700n);
    await polled(one);

    await configure([two], { quotas: [{ dailyGb: 0.000_001 }] });
    worker.kill('SIGHUP');
    await polled(two);
    two.simulated.move('bob', 0n, 5_000n);
    const before = one.simulated.activity().listsServed;
    await polled(two);
    assert.equal(one.simulated.activity().listsServed, before, 'it is still polled');

    const stderr = await stop(worker);
    assert.match(stderr, /"added":\["two"\],"removed":\["one"\],"changed":\[\],"parts":\["quotas"\]/);
    assert.deepEqual(await totals(at), { one: 700, two: 5_000 });
    const usage = await runCli(['usage', '--router', 'two', '--format', 'json'], at);
    assert.match(usage.stdout, /"breached": ?true/);
  });

  it('reads .env of its working directory again, and says so without the values', async (t) => {
    const { one, at, polled } = await setUp(t);
    const router = JSON.stringify({ ...one.settings, password: 'SECRET' }).replace(
      '"SECRET"',
      "secret('ROUTER_PASSWORD')",
    );
    const config = `{ timeZone: 'UTC', collect: { everySeconds: 1, timeoutSeconds: 2 }, routers: [${router}] }`;
    await writeFile(
      join(at.cwd, 'config.ts'),
      `import { secret } from 'netsentinel/config';\nexport default ${config};\n`,
    );
    const formerPassword = 'a-former-password';
    await writeFile(join(at.cwd, '.env'), `ROUTER_PASSWORD=${formerPassword}\n`);
    const worker = startCli(['run'], at);
    t.after(() => worker.kill('SIGKILL'));
    await worker.said('ROUTER_LOGIN_FAILED');

    await writeFile(join(at.cwd, '.env'), `ROUTER_PASSWORD=${PASSWORD}\n`);
    worker.kill('SIGHUP');
    await polled(one);
    const stderr = await stop(worker);
    const said =
      /"file":"[^"]*\/\.env","variables":\["ROUTER_PASSWORD"\],"msg":"environment variables read from a file"/g;
    assert.equal(stderr.match(said)?.length, 2, stderr);
    assert.ok(!stderr.includes(formerPassword), 'a secret was shown');
  });

  it('goes on as before with a file that is not usable, and lists what is wrong with it', async (t) => {
    const { one, at, configure, breakConfig, polled } = await setUp(t);
    await configure([one]);
    const worker = startCli(['run'], at);
    t.after(() => worker.kill('SIGKILL'));
    await worker.said('worker started');
    await polled(one);
    await breakConfig();
    worker.kill('SIGHUP');
    await worker.said('the configuration is not usable');
    one.simulated.move('bob', 0n, 300n);
    await polled(one);
    const stderr = await stop(worker);
    assert.match(stderr, /timeZone: must be text/);
    assert.match(stderr, /routers: must have at least one entry/);
    await configure([one]);
    assert.deepEqual(await totals(at), { one: 300 });
  });

  it('loses nothing that waits for the database, not even of a router that is removed', async (t) => {
    const { one, two, at, configure, polled } = await setUp(t);
    const server = await startMariadb({ keepsCommits: true });
    t.after(() => server.remove());
    const admin = await mysql.createConnection({ uri: server.url });
    await admin.query('CREATE DATABASE netsentinel');
    await admin.end();
    const url = new URL(server.url);
    url.pathname = '/netsentinel';
    const database = { database: url.href };

    await configure([one, two], database);
    const worker = startCli(['run'], at);
    t.after(() => worker.kill('SIGKILL'));
    await worker.said('worker started');
    await polled(one);
    await polled(two);
    one.simulated.move('bob', 0n, 1_000n);
    two.simulated.move('bob', 0n, 2_000n);
    await polled(one);
    await polled(two);

    await server.kill();
    one.simulated.move('bob', 0n, 500n);
    two.simulated.move('bob', 0n, 600n);
    await polled(one);
    await polled(two);
    await worker.said('DATABASE_UNAVAILABLE');
    // What was counted before it is known from the held samples alone.
    one.simulated.reboot(1_000);
    two.simulated.reboot(1_000);
    await polled(one);
    await polled(two);

    await configure([one], { ...database, quotas: [{ dailyGb: 1 }] });
    worker.kill('SIGHUP');
    await worker.said('configuration changed');
    await polled(one);
    one.simulated.move('bob', 0n, 70n);
    await polled(one);
    await server.start();
    await worker.said('trouble is over');

    const deadline = Date.now() + DEADLINE_MS;
    const wanted = { one: 1_570, two: 2_600 };
    for (;;) {
      const found = await totals(at);
      if (found['one'] === wanted.one && found['two'] === wanted.two) break;
      assert.ok(Date.now() < deadline, `${JSON.stringify(found)} is in the books`);
      await polled(one);
    }
    await stop(worker);
    assert.deepEqual(await totals(at), wanted);
  });
});
