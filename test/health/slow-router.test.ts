import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { createSimulatedRouter } from '../../src/demo/simulated-router.ts';
import { createHealth } from '../../src/health/capability.ts';
import { createLines } from '../../src/platform/routeros/lines.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import { createBeat, createRounds } from '../../src/runtime/rounds.ts';
import { createQueueReader } from '../../src/usage/reader/queue-reader.ts';
import { deviceOf } from '../support/devices.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';

const NAME = 'edge-1';
const EVERY_MS = 10_000;
/** More than the slow lane of a round gives to a router whose answers it does not know. */
const CONNECT_MS = 4_000;

/** A way to the router on which each connection takes 4 s of the clock until anything passes. */
async function startSlowWay(t: TestContext, { clock, port }: { readonly clock: ManualClock; readonly port: number }) {
  const sockets = new Set<Socket>();
  let isDown = false;
  let accepted = 0;
  let taken = Promise.withResolvers<void>();
  const server = createServer((client) => {
    accepted += 1;
    sockets.add(client);
    client.on('error', () => {});
    client.on('close', () => sockets.delete(client));
    client.pause();
    if (isDown) client.destroy();
    clock.after(CONNECT_MS, () => {
      if (client.destroyed) return;
      const router = connect(port, '127.0.0.1');
      router.on('error', () => client.destroy());
      router.on('close', () => client.destroy());
      client.on('close', () => router.destroy());
      client.pipe(router).pipe(client);
    });
    taken.resolve();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  t.after(() => {
    cut();
    server.close();
  });
  return {
    port: address.port,
    accepted: () => accepted,
    taken: () => taken.promise,
    expectNext() {
      taken = Promise.withResolvers();
    },
    cut,
    setDown(down: boolean) {
      isDown = down;
    },
  };
}

async function setUp(t: TestContext) {
  const clock = createManualClock(Date.UTC(2026, 10, 20, 12));
  const logger = createMemoryLogger();
  const onBug = (error: unknown): void => assert.fail(String(error));
  const router = createSimulatedRouter({ clock, version: '7.20.1', username: 'api', password: 'secret' });
  router.addQueue({ name: 'bob' });
  const way = await startSlowWay(t, { clock, port: (await router.start()).port });
  const lines = createLines({ clock, logger });
  const access = { host: '127.0.0.1', port: way.port, tls: false, username: 'api', password: 'secret' } as const;
  const take = () => lines.take({ name: NAME, ...access, timeoutMs: EVERY_MS });
  const device = deviceOf(NAME, {});
  let polled = Promise.withResolvers<string>();
  let observed = Promise.withResolvers<unknown>();
  const usage = createRounds({
    name: 'usage',
    subjects: [device],
    createVisitor() {
      const reader = createQueueReader({ line: take(), clock, logger, readerId: 'me' });
      return {
        async visit(visit) {
          try {
            polled.resolve(`${(await reader.read(visit)).queues.length} queue`);
          } catch (error) {
            polled.resolve(error instanceof TroubleError ? error.code : String(error));
          }
        },
        close: reader.close,
      };
    },
    isSame: () => true,
    ...{ everyMs: EVERY_MS, phase: 0, places: 1, clock, graceMs: 0, onBug },
  });
  const health = await createHealth(
    { registry: new Registry(), clock, onBug },
    { collect: { everySeconds: EVERY_MS / 1000, concurrency: 1 } },
    {
      roster: { devices: () => [device], follow: () => {} },
      lineOf() {
        const line = take();
        return {
          ...line,
          useOpen(signal, work) {
            const use = line.useOpen(signal, work);
            use.then(observed.resolve, observed.resolve);
            return use;
          },
        };
      },
    },
  );
  const [observing] = health.early ?? [];
  assert.ok(observing !== undefined);
  t.after(async () => {
    await Promise.all([usage.stop(), observing.stop()]);
    usage.close();
    await health.close?.();
    await router.stop();
  });
  const beat = createBeat({ name: NAME, everyMs: EVERY_MS, phase: 0 });
  // Both begin just before a usage poll.
  clock.advance(beat(clock.now()) - clock.now() - 1);
  await observing.start();
  await usage.start();
  return {
    way,
    /** What the next usage poll reads. */
    async poll(): Promise<string> {
      polled = Promise.withResolvers();
      way.expectNext();
      clock.advance(beat(clock.now()) - clock.now());
      await way.taken();
      clock.advance(CONNECT_MS);
      const result = await polled.promise;
      await turn();
      return result;
    },
    /** Half an interval after the poll, health. */
    async observe(): Promise<unknown> {
      observed = Promise.withResolvers();
      clock.advance(EVERY_MS / 2 - CONNECT_MS);
      const result = await observed.promise;
      await turn();
      return result;
    },
  };
}

describe('health of a router that takes 4 s to connect to', () => {
  it('leaves the usage poll all connections: each poll of a router that cuts them reads', async (t) => {
    const { way, poll, observe } = await setUp(t);
    for (let round = 1; round <= 5; round += 1) {
      assert.equal(await poll(), '1 queue');
      way.cut();
      await observe();
      assert.equal(way.accepted(), round);
    }
  });

  it('leaves the usage poll the first try after an outage', async (t) => {
    const { way, poll, observe } = await setUp(t);
    assert.equal(await poll(), '1 queue');
    way.setDown(true);
    way.cut();
    await observe();
    for (let round = 2; round <= 3; round += 1) {
      assert.equal(await poll(), 'ROUTER_CLOSED');
      assert.equal(await observe(), null);
      assert.equal(way.accepted(), round);
    }
    way.setDown(false);
    assert.equal(await poll(), '1 queue');
    const resource = await observe();
    assert.ok(resource !== null && !(resource instanceof Error), 'read over the connection of the poll');
    assert.equal(way.accepted(), 4);
  });
});
