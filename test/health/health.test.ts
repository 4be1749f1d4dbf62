import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { createSimulatedRouter } from '../../src/demo/simulated-router.ts';
import type { RouterDevice } from '../../src/devices/ports.ts';
import { createHealth } from '../../src/health/capability.ts';
import type { RouterLine } from '../../src/platform/routeros/line.ts';
import { createLines } from '../../src/platform/routeros/lines.ts';
import { createBeat } from '../../src/runtime/rounds.ts';
import { createQueueReader } from '../../src/usage/reader/queue-reader.ts';
import { deviceOf } from '../support/devices.ts';
import { parseExposition } from '../support/exposition.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { visitUntil } from '../support/visits.ts';

const MINUTE_MS = 60_000;
const TIMEOUT_MS = 5_000;
const NAME = 'edge "1"';
const nextAfter = createBeat({ name: NAME, everyMs: MINUTE_MS, phase: 0.5 });

async function setUp(t: TestContext) {
  const clock = createManualClock(Date.UTC(2026, 10, 20, 12));
  const logger = createMemoryLogger();
  const router = createSimulatedRouter({ clock, version: '7.20.1', username: 'api', password: 'secret' });
  router.addQueue({ name: 'bob' });
  const device = deviceOf(NAME, {});
  const { host, port } = await router.start();
  let devices: readonly RouterDevice[] = [{ ...device, host, api: { ...device.api, port } }];
  const listeners: ((devices: readonly RouterDevice[]) => Promise<void>)[] = [];
  const lines = createLines({ clock, logger });
  const lineOf = ({ name, host, api }: RouterDevice): RouterLine =>
    lines.take({ name, host, port: api.port, tls: false, username: 'api', password: 'secret', timeoutMs: TIMEOUT_MS });
  let asked = Promise.withResolvers<void>();
  let visited = Promise.withResolvers<unknown>();
  /** Tells when a visit has used the line, which it never opens. */
  const watched = (line: RouterLine): RouterLine => ({
    ...line,
    use: () => assert.fail('health connects'),
    useOpen(signal, work) {
      const use = line.useOpen(signal, work);
      asked.resolve();
      use.then(visited.resolve, visited.resolve);
      return use;
    },
  });
  const queues = createQueueReader({ line: lineOf(devices[0] ?? assert.fail()), clock, logger, readerId: 'me' });
  const registry = new Registry();
  const health = await createHealth(
    { registry, clock, onBug: (error) => assert.fail(String(error)) },
    { collect: { everySeconds: 60, concurrency: 4 } },
    {
      roster: { devices: () => devices, follow: (listener) => listeners.push(listener) },
      lineOf: (each) => watched(lineOf(each)),
    },
  );
  const [rounds] = health.early ?? [];
  assert.ok(rounds !== undefined);
  await rounds.start();
  t.after(async () => {
    await rounds.stop();
    await health.close?.();
    queues.close();
    await router.stop();
  });
  return {
    clock,
    logger,
    router,
    /** The next visit begins. */
    begin() {
      asked = Promise.withResolvers();
      visited = Promise.withResolvers();
      clock.advance(nextAfter(clock.now()) - clock.now());
    },
    /** The router is asked, if there is a connection. */
    asked: () => asked.promise,
    /** The visit is over. */
    async end() {
      await visited.promise;
      await turn();
    },
    async metrics() {
      const all = parseExposition(await registry.metrics());
      return Object.fromEntries(
        all.map(({ name, labels, value }) => [name.replace('netsentinel_router_', ''), { ...labels, value }]),
      );
    },
    /** A usage poll, which opens the connection when there is none. */
    poll: () => queues.read(visitUntil()),
    /** Begins a stop. */
    stop: () => rounds.stop(),
    async change(changed: (device: RouterDevice) => RouterDevice[]) {
      devices = devices.flatMap(changed);
      for (const listener of listeners) await listener(devices);
    },
  };
}

describe('health of routers', () => {
  it('shows what each says of itself', async (t) => {
    const { begin, end, metrics, poll } = await setUp(t);
    await poll();
    begin();
    await end();
    const { cpu_load_ratio: cpu, memory_used_ratio: memory, uptime_seconds: uptime, info } = await metrics();
    assert.deepEqual(cpu, { router: NAME, value: 0.07 });
    assert.ok(Math.abs((memory?.value ?? 0) - 0.2539) < 0.001);
    assert.ok((uptime?.value ?? 0) >= 9 * 86_400);
    assert.deepEqual(info, { router: NAME, version: '7.20.1 (stable)', board: 'RB4011iGS+', value: 1 });
  });

  it('reads over the connection of the usage poll: one login', async (t) => {
    const { begin, end, router, poll } = await setUp(t);
    await poll();
    begin();
    await Promise.all([end(), poll()]);
    begin();
    await end();
    assert.equal((await poll()).queues.length, 1);
    assert.equal(router.activity().logins, 1);
  });

  it('shows nothing of a router that could not be read last time, and tells of it no more than usage does', async (t) => {
    const { begin, end, metrics, router, logger, poll } = await setUp(t);
    await poll();
    begin();
    await end();
    router.setReachable(false);
    begin();
    await end();
    assert.deepEqual(await metrics(), {});
    assert.deepEqual(
      logger.entries.filter(({ level }) => level === 'warn'),
      [],
    );
    router.setReachable(true);
  });

  it('never connects: without a connection it reads nothing, until the usage poll has opened one', async (t) => {
    const { begin, end, metrics, router, poll } = await setUp(t);
    for (let visit = 0; visit < 5; visit += 1) {
      begin();
      await end();
      assert.deepEqual(await metrics(), {});
    }
    assert.equal(router.activity().logins, 0);
    await poll();
    // Visits that read nothing are no silence: the next one comes after one interval.
    begin();
    await end();
    assert.equal((await metrics())['cpu_load_ratio']?.value, 0.07);
    assert.equal(router.activity().logins, 1);
  });

  it('lets the usage poll connect at once after a reading that the router cut or left unanswered', async (t) => {
    const { begin, asked, end, metrics, router, poll, clock } = await setUp(t);
    await poll();
    router.setFaults({ cut: 'rst' });
    begin();
    await end();
    assert.deepEqual(await metrics(), {});
    router.setFaults({});
    assert.equal((await poll()).queues.length, 1);
    router.setFaults({ stall: 'before-reply' });
    begin();
    await asked();
    clock.advance(TIMEOUT_MS);
    await end();
    router.setFaults({});
    assert.equal((await poll()).queues.length, 1);
    assert.equal(router.activity().logins, 3);
  });

  it('delays no stop: a reading that hangs is given up at once', async (t) => {
    const { begin, asked, end, router, poll, clock, stop } = await setUp(t);
    await poll();
    router.setFaults({ stall: 'before-reply' });
    begin();
    await asked();
    const stopped = stop();
    clock.advance(0);
    await Promise.all([end(), stopped]);
  });

  it('shows nothing of a router that is no longer polled', async (t) => {
    const { begin, end, metrics, change, poll } = await setUp(t);
    await poll();
    begin();
    await end();
    await change(() => []);
    assert.deepEqual(await metrics(), {});
  });

  it('goes on showing a router whose tags change, and forgets what was read of another login', async (t) => {
    const { begin, end, metrics, change, poll } = await setUp(t);
    await poll();
    begin();
    await end();
    await change((device) => [{ ...device, tags: ['lte'], parent: 'core' }]);
    assert.equal((await metrics())['cpu_load_ratio']?.value, 0.07);
    await change((device) => [{ ...device, api: { ...device.api, username: 'other' } }]);
    assert.deepEqual(await metrics(), {});
  });

  it('shows what can be understood of a router that talks nonsense', async (t) => {
    const { begin, end, metrics, router, poll } = await setUp(t);
    await poll();
    router.setMenu('/system/resource', [
      { 'cpu-load': '200', 'free-memory': '9', 'total-memory': '5', uptime: 'long', version: 'x'.repeat(5_000) },
    ]);
    begin();
    await end();
    assert.deepEqual(await metrics(), { info: { router: NAME, version: `${'x'.repeat(63)}…`, board: '', value: 1 } });
  });

  it('reads nothing where nobody reads metrics', async () => {
    const clock = createManualClock(0);
    const nothing = await createHealth(
      { registry: null, clock, onBug: () => {} },
      { collect: { everySeconds: 60, concurrency: 4 } },
      {
        roster: { devices: () => assert.fail('no device is asked for'), follow: () => {} },
        lineOf: () => assert.fail(),
      },
    );
    assert.deepEqual(nothing, {});
  });

  it('never falls on the instant of the usage poll', () => {
    for (const name of ['edge-1', 'core', 'hill', 'x'.repeat(255)]) {
      const [usage, health] = [0, 0.5].map((phase) => createBeat({ name, everyMs: MINUTE_MS, phase }));
      assert.equal(Math.abs((usage?.(0) ?? 0) - (health?.(0) ?? 0)), MINUTE_MS / 2);
    }
  });
});
