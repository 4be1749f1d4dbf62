import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createSimulatedRouter, type SimulatedRouter } from '../../src/demo/simulated-router.ts';
import { openDatabase } from '../../src/platform/store/database.ts';
import { createUsageLedger } from '../../src/usage/store/usage-store.ts';
import { bookingAt, NOON, partOf } from '../support/bookings.ts';
import { type CliResult, runCli, startCli } from '../support/cli.ts';
import { freshMysql } from '../support/databases.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';

const GB = 1024n ** 3n;
const PASSWORD = 'api-password';

interface Place {
  readonly folder: string;
  readonly clock: ManualClock;
  readonly router: SimulatedRouter;
  readonly port: number;
}

/** A router of two queues that has been up for nine days, and an empty folder. */
async function setUp(t: TestContext): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'netsentinel-e2e-'));
  const clock = createManualClock(Date.now());
  const router = createSimulatedRouter({ clock, version: '7.20.1', password: PASSWORD });
  router.addQueue({ name: 'bob', comment: 'flat 3' });
  router.addQueue({ name: 'ann' });
  const { port } = await router.start();
  t.after(async () => {
    await router.stop();
    await rm(folder, { recursive: true, force: true });
  });
  return { folder, clock, router, port };
}

function configText(port: number, more: Record<string, unknown> = {}): string {
  const config = {
    timeZone: 'Asia/Karachi',
    routers: [{ name: 'edge-1', host: '127.0.0.1', port, username: 'librenms_api', password: 'PLACEHOLDER' }],
    collect: { everySeconds: 1, timeoutSeconds: 2 },
    ...more,
  };
  const body = JSON.stringify(config).replace('"PLACEHOLDER"', "secret('ROUTER_PASSWORD')");
  return `import { defineConfig, secret } from 'netsentinel/config';\nexport default defineConfig(${body});\n`;
}

const env = { ROUTER_PASSWORD: PASSWORD };

/** Lets the simulated router's uptime go on, as it would between two polls. */
function pass({ clock }: Place): void {
  clock.advance(60_000);
}

function noStack(result: CliResult): void {
  assert.doesNotMatch(result.stderr + result.stdout, /\n\s+at .*:\d+/, 'a stack trace was shown for expected trouble');
  assert.doesNotMatch(result.stderr + result.stdout, new RegExp(PASSWORD), 'a secret was shown');
}

describe('the command line, from the first poll to the first total', () => {
  it('accounts a router into SQLite with nothing but a config file', async (t) => {
    const place = await setUp(t);
    await writeFile(join(place.folder, 'config.ts'), configText(place.port));
    const at = { cwd: place.folder, env };

    assert.equal((await runCli(['collect'], at)).code, 0);
    place.router.move('bob', 10n, 3n * GB + 7n);
    place.router.move('ann', 0n, GB);
    pass(place);
    const second = await runCli(['collect'], at);
    assert.equal(second.code, 0);
    assert.match(second.stdout, /edge-1: read and booked, 2 queues/);

    const usage = await runCli(['usage', '--format', 'json'], at);
    assert.equal(usage.code, 0);
    const rows: { user: string; totalBytes: number; queues: string[] }[] = JSON.parse(usage.stdout);
    assert.deepEqual(
      rows.map(({ user, totalBytes, queues }) => ({ user, totalBytes, queues })),
      [
        { user: 'bob', totalBytes: Number(3n * GB + 17n), queues: ['bob'] },
        { user: 'ann', totalBytes: Number(GB), queues: ['ann'] },
      ],
    );
    const table = await runCli(['usage'], at);
    assert.match(table.stdout, /bob .*3\.00/);
    const told = await runCli(['explain', '--queue', 'bob'], at);
    assert.equal(told.code, 0);
    assert.match(told.stdout, /3\.00 GB/);
  });

  it('prints usage until its reader closes the pipe, and ends quietly', async (t) => {
    const place = await setUp(t);
    await writeFile(join(place.folder, 'config.ts'), configText(place.port));
    const at = { cwd: place.folder, env };
    assert.equal((await runCli(['migrate'], at)).code, 0);
    const database = openDatabase({ url: 'sqlite:data/netsentinel.db', configDir: place.folder });
    const days = ['2026-11-17', '2026-11-18', '2026-11-19'];
    const usage = days.flatMap((day) => Array.from({ length: 2_000 }, (_, queue) => partOf(`queue-${queue}`, { day })));
    await createUsageLedger({ database }).book('edge-1', () => bookingAt(NOON, { usage }));
    await database.close();

    const args = ['usage', '--by', 'queue', '--from', '2000-01-01', '--to', '2026-11-19', '--format'];
    let hint = '';
    for (const [format, entries] of [
      ['json', 6_000],
      ['csv', 6_001],
    ] as const) {
      const { stdout, stderr } = await runCli([...args, format], at);
      hint = stderr;
      assert.match(hint, /^(usage before .* is deleted: .*\n)?$/);
      assert.equal(format === 'json' ? JSON.parse(stdout).length : stdout.split('\r\n').length - 1, entries);
    }
    for (const format of ['json', 'csv', 'table']) {
      const { code, stderr } = await runCli([...args, format], { ...at, readsFirstOnly: true });
      assert.deepEqual([code, stderr], [0, hint]);
    }
    // Linux has a disk that is always full.
    if (process.platform !== 'linux') return;
    const full = await runCli([...args, 'csv'], { ...at, stdoutFile: '/dev/full' });
    assert.equal(full.code, 1);
    assert.equal(full.stderr.slice(0, hint.length), hint);
    assert.match(
      full.stderr.slice(hint.length),
      /^error: the output cannot be written \(ENOSPC: no space left on device.*\)\n.* incomplete\.\n$/,
    );
    noStack(full);
  });

  it('accounts into MariaDB over a reboot, a reset and a reconnect, with a config file in another folder', async (t) => {
    const place = await setUp(t);
    const database = await freshMysql();
    t.after(() => database.drop());
    await mkdir(join(place.folder, 'elsewhere'));
    await writeFile(join(place.folder, 'elsewhere', 'my.config.ts'), configText(place.port));
    const at = { cwd: place.folder, env: { ...env, DATABASE_URL: database.url } };
    const config = ['--config', 'elsewhere/my.config.ts'];
    const poll = async () => {
      pass(place);
      const result = await runCli([...config, 'collect'], at);
      assert.equal(result.code, 0, result.stderr);
    };

    const dynamic = place.router.connectPppoe('carl');
    await poll();
    place.router.move('bob', 0n, 100n);
    place.router.move(dynamic, 5n, 50n);
    await poll();
    place.router.resetCounters('bob');
    place.router.move('bob', 0n, 30n);
    place.router.reconnect('carl');
    place.router.move(dynamic, 1n, 2n);
    await poll();
    place.router.reboot(1_000);
    pass(place);
    place.router.move('bob', 0n, 7n);
    await poll();

    const usage = await runCli([...config, 'usage', '--by', 'queue', '--format', 'json'], at);
    const rows: { queue: string; user: string; totalBytes: number; restarts: number }[] = JSON.parse(usage.stdout);
    const said = rows.map(({ queue, user, totalBytes, restarts }) => ({ queue, user, totalBytes, restarts }));
    assert.deepEqual(said, [
      { queue: 'bob', user: 'bob', totalBytes: 137, restarts: 2 },
      { queue: '<pppoe-carl>', user: 'carl', totalBytes: 58, restarts: 2 },
      { queue: 'ann', user: 'ann', totalBytes: 0, restarts: 1 },
    ]);
  });

  it('runs until SIGTERM, polling all the while, and ends with 0', async (t) => {
    const place = await setUp(t);
    await writeFile(join(place.folder, 'config.ts'), configText(place.port));
    const worker = startCli(['run'], { cwd: place.folder, env });
    await worker.said('worker started');
    while (place.router.activity().listsServed < 6) {
      place.clock.advance(2_000);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    worker.kill('SIGTERM');
    const result = await worker.result;
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stderr, /worker stopped/);
  });

  it('waits for a database that comes later, says so once, and loses nothing', async (t) => {
    const place = await setUp(t);
    await writeFile(join(place.folder, 'config.ts'), configText(place.port));
    const nowhere = 'mysql://netsentinel:x@127.0.0.1:9/netsentinel';
    const worker = startCli(['run'], { cwd: place.folder, env: { ...env, DATABASE_URL: nowhere } });
    await worker.said('DATABASE_UNAVAILABLE');
    while (place.router.activity().listsServed < 6) {
      place.clock.advance(2_000);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    worker.kill('SIGTERM');
    const result = await worker.result;
    assert.equal(result.code, 0, result.stderr);
    assert.equal(result.stderr.match(/DATABASE_UNAVAILABLE/g)?.length, 1, result.stderr);
  });
});

describe('the command line, when something is wrong', () => {
  it('says how to begin when there is no configuration', async (t) => {
    const { folder } = await setUp(t);
    const result = await runCli(['run'], { cwd: folder });
    assert.equal(result.code, 2);
    assert.match(result.stderr, /config\.example\.ts/);
    noStack(result);
  });

  it('lists every problem of a bad configuration with its path', async (t) => {
    const { folder } = await setUp(t);
    const bad = { timeZone: 'Mars/Olympus', routers: [{ name: '', host: '' }], colect: {} };
    await writeFile(join(folder, 'config.json'), JSON.stringify(bad));
    const result = await runCli(['--config', 'config.json', 'usage'], { cwd: folder });
    assert.equal(result.code, 2);
    for (const path of ['timeZone', 'routers[0].host', 'routers[0].username', 'colect']) {
      assert.ok(result.stderr.includes(path), `${path} is not in:\n${result.stderr}`);
    }
    noStack(result);
  });

  it('goes on with the other routers when one is away and another refuses the password', async (t) => {
    const place = await setUp(t);
    const router = { username: 'librenms_api', host: '127.0.0.1' };
    const config = {
      timeZone: 'UTC',
      routers: [
        { ...router, name: 'away', port: 9, password: PASSWORD },
        { ...router, name: 'locked', port: place.port, password: 'wrong' },
        { ...router, name: 'well', port: place.port, password: PASSWORD },
      ],
    };
    await writeFile(join(place.folder, 'config.json'), JSON.stringify(config));
    const result = await runCli(['--config', 'config.json', 'collect'], { cwd: place.folder });
    assert.equal(result.code, 1);
    assert.match(result.stdout, /away: not read.*ROUTER_REFUSED/);
    assert.match(result.stdout, /locked: not read.*ROUTER_LOGIN_FAILED/);
    assert.match(result.stdout, /well: read and booked/);
    noStack(result);
  });

  it('ends with 1 and what to do when the database cannot be reached', async (t) => {
    const place = await setUp(t);
    await writeFile(join(place.folder, 'config.ts'), configText(place.port));
    const nowhere = { ...env, DATABASE_URL: 'mysql://netsentinel:hidden-pass@127.0.0.1:9/netsentinel' };
    for (const command of [['usage'], ['collect'], ['purge'], ['migrate']]) {
      const result = await runCli(command, { cwd: place.folder, env: nowhere });
      assert.equal(result.code, 1, result.stderr);
      assert.match(result.stderr, /DATABASE_UNAVAILABLE/);
      assert.doesNotMatch(result.stderr, /hidden-pass/);
      noStack(result);
    }
  });

  it('ends with 2 for an unknown option, an impossible day and an unknown command', async (t) => {
    const { folder } = await setUp(t);
    for (const args of [['usage', '--dai', 'x'], ['usage', '--day', '2026-02-30'], ['frobnicate'], ['explain']]) {
      const result = await runCli(args, { cwd: folder });
      assert.equal(result.code, 2, `${args.join(' ')}: ${result.stderr}`);
      noStack(result);
    }
  });

  it('prints hostile names harmlessly', async (t) => {
    const place = await setUp(t);
    const names = [
      '\u001b[31mred',
      '=1+1',
      '<script>',
      'a,b"c',
      'x\u202egnp.exe',
      `${'ü'.repeat(255)}`,
      "'; DROP TABLE queues; --",
      '{{x}}',
      'tab\there',
    ];
    for (const name of names) place.router.addQueue({ name });
    await writeFile(join(place.folder, 'config.ts'), configText(place.port));
    const at = { cwd: place.folder, env };
    await runCli(['collect'], at);
    for (const name of names) place.router.move(name, 1n, 2n);
    pass(place);
    assert.equal((await runCli(['collect'], at)).code, 0);

    const json: { queue: string; totalBytes: number }[] = JSON.parse(
      (await runCli(['usage', '--by', 'queue', '--format', 'json'], at)).stdout,
    );
    assert.deepEqual(json.map((row) => row.queue).sort(), [...names].sort());
    const table = (await runCli(['usage', '--by', 'queue'], at)).stdout;
    assert.ok(!table.includes('\u001b') && !table.includes('\u202e') && !table.includes('\t'));
    const csv = (await runCli(['usage', '--by', 'queue', '--format', 'csv'], at)).stdout;
    assert.match(csv, /,'=1\+1,/);
  });
});
