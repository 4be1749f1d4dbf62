import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Registry } from 'prom-client';
import type { Device } from '../../src/devices/ports.ts';
import { createHealth } from '../../src/health/capability.ts';
import type { Figures, Outcome } from '../../src/health/observation.ts';
import { createIncidentWriter } from '../../src/incidents/store/incident-writer.ts';
import { createNoticeMaker } from '../../src/notices/make-notice.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import { createJobStore } from '../../src/platform/store/job-store.ts';
import { createBeat } from '../../src/runtime/rounds.ts';
import { createTroubleLog } from '../../src/runtime/trouble-log.ts';
import { parseConfig } from '../../src/settings.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { freshSqlite, migrated } from '../support/databases.ts';
import { deviceOf } from '../support/devices.ts';
import { parseExposition } from '../support/exposition.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { NO_SSH } from '../support/no-ssh.ts';
import { ANSWER, DEAD, NO_FIGURES, NOON } from './support.ts';

const NAME = 'edge "1"';
const SAID: Figures = {
  ...NO_FIGURES,
  cpuPercent: 7,
  memoryPercent: 25,
  uptimeSeconds: 900,
  version: '7.20',
  board: 'RB',
};

async function setUp(t: TestContext) {
  const { database, drop } = await migrated(freshSqlite);
  const clock = createManualClock(NOON);
  const logger = createMemoryLogger();
  const registry = new Registry();
  const calendar = createCalendar('Asia/Karachi');
  const world = {
    devices: [deviceOf(NAME)] as readonly Device[],
    outcome: ANSWER as Outcome,
    figures: SAID as Figures | null,
  };
  const listeners: ((devices: readonly Device[]) => Promise<void>)[] = [];
  let closed = 0;
  const { health: settings } = parseConfig(
    { timeZone: 'Asia/Karachi', routers: [{ name: 'a', host: 'a', username: 'b', password: 'c' }] },
    { env: {}, folder: '/' },
    'test',
  );
  const health = await createHealth(
    {
      ...{ database, clock, logger, registry, calendar, graceMs: 0, ssh: NO_SSH },
      schema: { enter() {}, guard: (store) => store },
      jobs: createJobStore({ database }),
      troubles: createTroubleLog({ logger, clock }),
      onBug: (error) => assert.fail(String(error)),
    },
    { health: settings },
    {
      roster: {
        devices: () => world.devices,
        named: (wanted) => world.devices.find(({ name }) => name === wanted) ?? null,
        follow: (listener) => listeners.push(listener),
      },
      allKnown: async () => world.devices,
      record: async () => {},
      lineOf: () => assert.fail('a line is asked for'),
      isCounted: () => true,
      notices: createNoticeWriter({ database }),
      incidents: createIncidentWriter({ database }),
      recipients: { of: () => [] },
      makeNotice: createNoticeMaker({ calendar, newId: () => 'id' }),
      postman: { wake() {} },
      observerOf: ({ name }) => ({
        observe: () =>
          Promise.resolve({
            ...{ device: name, at: clock.now(), monotonicMs: clock.monotonicMs() },
            ...{ outcome: world.outcome, figures: world.figures },
          }),
        close: () => {
          closed += 1;
        },
      }),
    },
  );
  const [rounds] = health.early ?? [];
  const [keeper] = health.parts ?? [];
  assert.ok(rounds !== undefined && keeper !== undefined);
  await rounds.start();
  await keeper.start();
  t.after(async () => {
    await rounds.stop();
    const stopped = keeper.stop();
    await turn();
    clock.advance(5_000);
    await stopped;
    await health.close?.();
    await drop();
  });
  return {
    world,
    health,
    closed: () => closed,
    /** One round of looks. */
    async round() {
      for (let second = 0; second < 30; second += 1) {
        clock.advance(1_000);
        await turn();
      }
    },
    async metrics() {
      health.metrics?.refresh?.();
      const all = parseExposition(await registry.metrics());
      return Object.fromEntries(
        all.map(({ name, labels, value }) => [name.replace('netsentinel_', ''), { ...labels, value }]),
      );
    },
    async change(devices: readonly Device[]) {
      world.devices = devices;
      for (const listener of listeners) await listener(devices);
    },
  };
}

const OF_STATES = [
  ...['device_down_seconds_total', 'device_latency_seconds', 'device_state', 'device_up_seconds_total', 'own_line_up'],
];

describe('metrics of health', () => {
  it('show what each router says of itself, and its state', async (t) => {
    const { round, metrics } = await setUp(t);
    await round();
    await round();
    assert.deepEqual(await metrics(), {
      router_cpu_load_ratio: { router: NAME, value: 0.07 },
      router_memory_used_ratio: { router: NAME, value: 0.25 },
      router_uptime_seconds: { router: NAME, value: 900 },
      router_info: { router: NAME, version: '7.20', board: 'RB', value: 1 },
      device_state: { device: NAME, state: 'up', value: 1 },
      device_latency_seconds: { device: NAME, value: 0.004 },
      device_up_seconds_total: { device: NAME, value: 30 },
      device_down_seconds_total: { device: NAME, value: 0 },
      own_line_up: { value: 1 },
    });
  });

  it('show no old figures of a router that could not be read last time', async (t) => {
    const { world, round, metrics } = await setUp(t);
    await round();
    Object.assign(world, { outcome: DEAD, figures: null });
    await round();
    assert.deepEqual(Object.keys(await metrics()).sort(), OF_STATES);
    assert.deepEqual((await metrics())['device_state'], { device: NAME, state: 'suspect', value: 1 });
  });

  it('leave out what is not known', async (t) => {
    const { world, round, metrics } = await setUp(t);
    world.figures = { ...NO_FIGURES, cpuPercent: 7 };
    await round();
    const figures = ['router_cpu_load_ratio', 'router_info'];
    assert.deepEqual(Object.keys(await metrics()).sort(), [...OF_STATES, ...figures]);
  });

  it('go on when tags change, and begin anew with another way to reach it', async (t) => {
    const { world, change, round, metrics, closed } = await setUp(t);
    await round();
    const [device = deviceOf(NAME)] = world.devices;
    await change([{ ...device, tags: ['lte'], parent: 'core' }]);
    assert.equal((await metrics())['router_cpu_load_ratio']?.value, 0.07);
    assert.equal(closed(), 0);
    await change([{ ...device, host: '192.0.2.7' }]);
    assert.equal((await metrics())['router_cpu_load_ratio'], undefined);
    assert.equal(closed(), 1);
  });

  it('show nothing of a router that is paused or gone', async (t) => {
    const { change, round, metrics } = await setUp(t);
    await round();
    await change([deviceOf(NAME, { isPaused: true })]);
    assert.equal((await metrics())['router_cpu_load_ratio'], undefined);
  });
});

describe('looks and usage polls', () => {
  it('never fall on the same instant', () => {
    for (const name of ['edge-1', 'core', 'hill', 'x'.repeat(255)]) {
      const usage = createBeat({ name, everyMs: 60_000, phase: 0 });
      const health = createBeat({ name, everyMs: 30_000, phase: 0.5 });
      assert.equal((usage(0) - health(0) + 60_000) % 30_000, 15_000);
    }
  });
});
