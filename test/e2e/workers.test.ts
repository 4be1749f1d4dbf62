import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { createSimulatedRouter } from '../../src/demo/simulated-router.ts';
import { createRedisLink } from '../../src/platform/redis/link.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { WorkerEntry } from '../../src/workers/entries.ts';
import { createRollStore } from '../../src/workers/store/roll-store.ts';
import { runCli, startCli } from '../support/cli.ts';
import { freshMysql } from '../support/databases.ts';
import { startRedis } from '../support/redis-server.ts';

const PASSWORD = 'api-password';
const ROUTERS = 12;
const DEADLINE_MS = 120_000;
const LOOK_MS = 100;
/** As docs/workers.md promises. */
const TAKEN_UP_WITHIN_MS = 45_000;

async function setUp(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'netsentinel-workers-'));
  const [redis, books] = [await startRedis(), await freshMysql()];
  const routers = await Promise.all(
    Array.from({ length: ROUTERS }, async (_, index) => {
      const simulated = createSimulatedRouter({ clock: systemClock, version: '7.20.1', password: PASSWORD });
      simulated.addQueue({ name: 'bob' });
      const { port } = await simulated.start();
      return { name: `edge-${index}`, port, simulated };
    }),
  );
  const config = {
    ...{ timeZone: 'UTC', database: books.url, workers: { redis: redis.url } },
    collect: { everySeconds: 2, timeoutSeconds: 10 },
    routers: routers.map(({ name, port }) => ({
      ...{ name, port, host: '127.0.0.1', username: 'librenms_api', password: PASSWORD },
    })),
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  t.after(async () => {
    for (const { simulated } of routers) await simulated.stop();
    await redis.remove();
    await books.drop();
    await rm(folder, { recursive: true });
  });

  const link = createRedisLink({ url: redis.url });
  t.after(() => link.close());
  const roll = createRollStore({ link, key: 'netsentinel:workers' });
  /** Whether two workers have a fair share each, all of it read. */
  async function haveHalf(): Promise<boolean> {
    await link.reached(AbortSignal.timeout(DEADLINE_MS));
    const { now, members } = await roll.read();
    return members.filter(({ lastSeenAt, read }) => now - lastSeenAt < 10_000 && read.length === 32).length === 2;
  }

  const at = { cwd: folder };
  function start() {
    const worker = startCli(['run', '--config', 'config.json'], at);
    t.after(() => worker.kill('SIGKILL'));
    return worker;
  }
  async function print<Row>(...args: readonly string[]): Promise<Row[]> {
    const { code, stdout, stderr } = await runCli([...args, '--config', 'config.json', '--format', 'json'], at);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  }
  return { redis, routers, haveHalf, start, print };
}

async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const untilAt = Date.now() + DEADLINE_MS;
  while (!(await isSo())) {
    assert.ok(Date.now() < untilAt, what);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

it('shares the routers between two workers, goes on without the one that is killed, and counts every byte once', async (t) => {
  const { redis, routers, haveHalf, start, print } = await setUp(t);
  const activity = () => routers.map(({ simulated }) => simulated.activity());
  const areRead = (times: number, since = routers.map(() => 0)) =>
    activity().every(({ listsServed }, index) => listsServed >= (since[index] ?? 0) + times);
  const [one, two] = [start(), start()];
  // The first connection begins with four lists, and each poll after it has two.
  await until(() => areRead(8), 'all routers are read');

  await until(haveHalf, 'both have a fair share');
  const workers = await print<WorkerEntry>('workers');
  assert.deepEqual(workers.flatMap((each) => each.routers).toSorted(), routers.map(({ name }) => name).toSorted());
  await until(() => activity().every(({ openConnections }) => openConnections === 1), 'one session a router');

  for (const { simulated } of routers) simulated.move('bob', 0n, 1_000n);
  const before = activity();
  one.kill('SIGKILL');
  await one.result;
  const killedAt = Date.now();
  for (const { simulated } of routers) simulated.move('bob', 0n, 500n);
  await until(
    () =>
      areRead(
        4,
        before.map(({ listsServed }) => listsServed),
      ),
    'the survivor reads all routers',
  );
  assert.ok(Date.now() - killedAt <= TAKEN_UP_WITHIN_MS, `taken up after ${Date.now() - killedAt} ms`);
  const moved = activity().filter(({ logins }, index) => logins > (before[index]?.logins ?? 0)).length;
  assert.ok(moved < ROUTERS, 'routers of the survivor keep their session');

  const three = start();
  await three.said('this worker is one of several');
  await until(haveHalf, 'it gets a share');
  const stopping = activity().map(({ listsServed }) => listsServed);
  two.kill('SIGTERM');
  const stopped = await two.result;
  assert.equal(stopped.code, 0, stopped.stderr);
  await until(() => areRead(4, stopping), 'the successor reads all routers');
  three.kill('SIGTERM');
  const last = await three.result;
  assert.equal(last.code, 0, last.stderr);

  const usage = await print<{ router: string; totalBytes: number; unobservedSeconds: number }>(
    ...['usage', '--from', 'yesterday', '--to', 'today', '--sum'],
  );
  assert.deepEqual(
    usage.map(({ totalBytes, unobservedSeconds }) => [totalBytes, unobservedSeconds]),
    routers.map(() => [1_500, 0]),
  );
  for (const { stderr } of [stopped, last]) {
    assert.ok(
      !stderr.includes(redis.password) && !stderr.includes(encodeURIComponent(redis.password)),
      'a secret was shown',
    );
    assert.ok(!stderr.includes('"level":50'), stderr);
  }
});
