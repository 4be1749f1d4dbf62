import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { pino } from 'pino';
import { createApp } from '../../src/app.ts';
import { compareBooks, findMismatches } from '../../src/demo/books.ts';
import type { RouterOsVersion } from '../../src/demo/router-versions.ts';
import { createSimulatedRouter, type SimulatedRouter } from '../../src/demo/simulated-router.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { parseConfig } from '../../src/settings.ts';
import { createManualClock } from '../support/manual-clock.ts';

const ROUTER = 'edge-1';
const CREDENTIALS = { username: 'reader', password: 'secret' };
const USERS = ['amy', 'bob'];
/** Tries after the history: the reader waits a while before it asks a router again that was away. */
const LAST_POLLS = 6;
const LONGER_THAN_ANY_PAUSE_MS = 120_000;

/** What may happen to a router; `pick` chooses the queue, `number` is another each time. */
const EVENTS = {
  reset(router, pick) {
    const names = router.queueNames();
    router.resetCounters(names[pick % names.length] ?? 'all');
  },
  resetAll: (router) => router.resetCounters('all'),
  reboot: (router, pick) => router.reboot((pick % 3) * 30_000),
  reconnect: (router, pick) => router.reconnect(USERS[pick % USERS.length] ?? ''),
  add: (router, _pick, number) => router.addQueue({ name: `new-${number}` }),
  remove(router, pick) {
    const name = staticQueue(router, pick);
    if (name !== undefined) router.removeQueue(name);
  },
  remake(router, pick) {
    const name = staticQueue(router, pick);
    if (name === undefined) return;
    router.removeQueue(name);
    router.addQueue({ name });
  },
  vanish: (router) => router.setReachable(false),
  return: (router) => router.setReachable(true),
  replace: (router, _pick, number) =>
    router.replaceDevice({ kind: 'routerboard', board: 'RB750Gr3', serial: `serial-${number}` }),
} satisfies Record<string, (router: SimulatedRouter, pick: number, number: number) => void>;

function staticQueue(router: SimulatedRouter, pick: number): string | undefined {
  const names = router.queueNames().filter((name) => !name.startsWith('<'));
  return names[pick % names.length];
}

const step = fc.record({
  pauseMs: fc.integer({ min: 2_000, max: 120_000 }),
  event: fc.option(fc.constantFrom(...Object.values(EVENTS))),
  pick: fc.nat(),
  bytes: fc.array(fc.nat({ max: 5_000_000 }), { minLength: 1, maxLength: 6 }),
  isPolled: fc.boolean(),
});

function passTraffic(router: SimulatedRouter, bytes: readonly number[]): void {
  router.queueNames().forEach((name, index) => {
    const amount = BigInt(bytes[index % bytes.length] ?? 0);
    router.move(name, amount / 10n, amount);
  });
}

describe('the worker against a simulated router', () => {
  it('books the true bytes less what no reader could have seen, per queue and to the byte, whatever happens', async () => {
    const versions = fc.constantFrom<RouterOsVersion>('6.40.9', '6.49.18', '7.12.1', '7.20.1');
    await fc.assert(
      fc.asyncProperty(versions, fc.array(step, { minLength: 5, maxLength: 30 }), async (version, history) => {
        const time = createManualClock(Date.UTC(2026, 4, 4, 3));
        const router = createSimulatedRouter({ clock: time, version, ...CREDENTIALS });
        const folder = await mkdtemp(join(tmpdir(), 'worker-property-'));
        const { host, port } = await router.start();
        const config = parseConfig(
          {
            timeZone: 'Europe/London',
            database: `sqlite:${join(folder, 'books.db')}`,
            routers: [{ name: ROUTER, host, port, ...CREDENTIALS }],
          },
          { env: {}, folder },
          'test',
        );
        // Time is turned by hand; the deadlines of real sockets stay real.
        const app = await createApp(config, pino({ enabled: false }), { clock: { ...time, after: systemClock.after } });
        const poll = async () => (await app.collect(new AbortController().signal))[0]?.status;
        try {
          await app.migrate();
          for (const name of ['office', 'lab']) {
            router.addQueue({ name, counter: { uploadBytes: 10_000n, downloadBytes: 900_000n } });
          }
          for (const user of USERS) router.connectPppoe(user);
          await poll();
          for (const [number, { pauseMs, event, pick, bytes, isPolled }] of history.entries()) {
            time.advance(pauseMs / 2);
            passTraffic(router, bytes);
            event?.(router, pick, number);
            time.advance(pauseMs / 2);
            passTraffic(router, bytes.toReversed());
            if (isPolled) await poll();
          }
          router.setReachable(true);
          let status: string | undefined;
          for (let tries = 0; tries < LAST_POLLS && status !== 'booked'; tries += 1) {
            time.advance(LONGER_THAN_ANY_PAUSE_MS);
            status = await poll();
          }
          assert.equal(status, 'booked');
          const days = await app.archive.queueDays({ fromDay: '2026-05-01', toDay: '2026-06-01' });
          assert.deepEqual(findMismatches(compareBooks(days, new Map([[ROUTER, router.truth()]]))), []);
        } finally {
          await app.close();
          await router.stop();
          await rm(folder, { recursive: true });
        }
      }),
      { numRuns: 25 },
    );
  });
});
