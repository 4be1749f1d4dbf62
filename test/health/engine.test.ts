import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Device } from '../../src/devices/ports.ts';
import { createKeeper } from '../../src/health/keeper.ts';
import { createLedger } from '../../src/health/ledger.ts';
import type { Observer, Outcome } from '../../src/health/observation.ts';
import { createOwnLine } from '../../src/health/own-line.ts';
import { createHealthArchive, createMaintenanceStore } from '../../src/health/store/health-archive.ts';
import { createHealthStore } from '../../src/health/store/health-store.ts';
import { createTeller } from '../../src/health/teller.ts';
import type { WarnRule } from '../../src/health/thresholds.ts';
import { createWatch } from '../../src/health/watch.ts';
import { createIncidentWriter } from '../../src/incidents/store/incident-writer.ts';
import { createNoticeMaker } from '../../src/notices/make-notice.ts';
import type { OutgoingNotice } from '../../src/notices/notice.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { freshSqlite, migrated, type TestDatabase } from '../support/databases.ts';
import { serverOf } from '../support/devices.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { visitUntil } from '../support/visits.ts';
import { ANSWER, DEAD, NO_FIGURES, NOON } from './support.ts';

const EVERY_MS = 30_000;
const calendar = createCalendar('Asia/Karachi');

interface World {
  readonly clock: ManualClock;
  readonly database: TestDatabase;
  devices: readonly Device[];
  /** Who does not answer. */
  readonly dead: Set<string>;
  temperatureC: number | null;
  isLineUp: boolean;
  /** Looks at all devices. */
  readonly looks: Map<string, number>;
}

async function createWorld(t: TestContext, devices: readonly Device[]): Promise<World> {
  const database = await migrated(freshSqlite);
  t.after(() => database.drop());
  const clock = createManualClock(NOON);
  return { clock, database, devices, dead: new Set(), temperatureC: null, isLineUp: true, looks: new Map() };
}

/** One worker in that world. */
function createWorker(world: World, warnRules: readonly WarnRule[] = [], failures = 3) {
  const { clock } = world;
  const database = world.database.open();
  const told: OutgoingNotice[] = [];
  const writer = createNoticeWriter({ database });
  const makeNotice = createNoticeMaker({ calendar, newId: randomUUID });
  const ledger = createLedger(calendar);
  const witness = { name: 'gateway', answers: () => Promise.resolve(world.isLineUp) };
  const watch = createWatch({
    devices: () => world.devices,
    find: (name) => world.devices.find((device) => device.name === name) ?? null,
    ...{ ledger, warnRules, clock, timeoutMs: 5_000, timeZone: calendar.timeZone, onChange: () => {} },
    ownLine: createOwnLine({ witnesses: [witness], clock }),
    rules: { everyMs: EVERY_MS, failures, answers: 1 },
  });
  const keeper = createKeeper({
    routers: () => 1,
    book: createHealthStore({
      database,
      notices: {
        async write(transaction, notices) {
          await writer.write(transaction, notices);
          told.push(...notices);
        },
      },
      incidents: createIncidentWriter({ database }),
    }),
    windows: createMaintenanceStore({ database }),
    ...{ watch, ledger, clock, onTold: () => {}, newId: randomUUID },
    tell: createTeller({
      devices: () => world.devices,
      find: (name) => world.devices.find((device) => device.name === name) ?? null,
      records: ledger.records,
      noticeOf: (composition, { event, devices, now }) =>
        makeNotice(composition, {
          ...{ kind: 'device', event: `device.${event}`, devices, now, periodEnd: calendar.dayOf(now) },
          to: [{ channel: 'mail', address: 'a@example.net' }],
        }),
      ...{ everyMs: EVERY_MS, timeZone: calendar.timeZone, clock },
    }),
    logger: createMemoryLogger(),
    onBug: (error) => assert.fail(String(error)),
  });

  function observerOf({ name }: Device): Observer {
    return {
      observe() {
        world.looks.set(name, (world.looks.get(name) ?? 0) + 1);
        const outcome: Outcome = world.dead.has(name) || !world.isLineUp ? DEAD : ANSWER;
        const figures = outcome === DEAD ? null : { ...NO_FIGURES, temperatureC: world.temperatureC };
        return Promise.resolve({ device: name, at: clock.now(), monotonicMs: clock.monotonicMs(), outcome, figures });
      },
      close() {},
    };
  }

  /** Work that needs the clock to go on in between, as a burst does. */
  async function finish(work: Promise<unknown>): Promise<void> {
    let isOver = false;
    void work.finally(() => {
      isOver = true;
    });
    for (;;) {
      await turn();
      if (isOver) return void (await work);
      clock.advance(100);
    }
  }

  return {
    told,
    keeper,
    archive: createHealthArchive({ database }),
    windows: createMaintenanceStore({ database }),
    /** So many rounds; each ends with what is to be written and told. */
    async rounds(count: number) {
      for (let round = 0; round < count; round += 1) {
        const until = clock.monotonicMs() + EVERY_MS;
        await finish(
          Promise.all(
            world.devices
              .filter(({ isPaused }) => !isPaused)
              .map((device) => watch.look(device, observerOf(device), visitUntil())),
          ),
        );
        await keeper.pass();
        clock.advance(Math.max(0, until - clock.monotonicMs()));
      }
      await keeper.pass();
    },
  };
}

const said = (notices: readonly OutgoingNotice[]) => notices.map(({ event, subject }) => `${event}: ${subject}`);
const fleet = (count: number) => Array.from({ length: count }, (_, index) => serverOf(`r${index + 1}`));

describe('the watch over the devices', () => {
  it('tells of a DOWN once, and of the UP as its answer', async (t) => {
    const world = await createWorld(t, fleet(4));
    const { rounds, told, archive, keeper } = createWorker(world);
    await keeper.pass();
    await rounds(2);
    world.dead.add('r1');
    await rounds(6);
    assert.deepEqual(said(told), ['device.down: r1 is down']);
    assert.ok(told[0]?.incident !== null);
    world.dead.clear();
    await rounds(3);
    assert.deepEqual(
      told.slice(1).map(({ event, answers, incident }) => [event, answers, incident]),
      [['device.up', told[0]?.id, told[0]?.incident]],
    );
    const moves = await archive.transitions({ device: 'r1', most: 10 });
    assert.deepEqual(moves.map(({ to }) => to).toReversed(), ['up', 'suspect', 'down', 'up']);
    const [day] = (await archive.times(0)).filter(({ device }) => device === 'r1');
    assert.ok(Math.abs((day?.downMs ?? 0) - 6 * EVERY_MS) < 1_000, String(day?.downMs));
    assert.ok(Math.abs((day?.upMs ?? 0) - 4 * EVERY_MS) < 1_000, String(day?.upMs));
    assert.equal((await archive.outages(0)).get('r1'), 1);
  });

  it('looks again twice within 2 s before it says DOWN, and says nothing when that is answered', async (t) => {
    const world = await createWorld(t, fleet(1));
    const { rounds, told, archive, keeper } = createWorker(world);
    await keeper.pass();
    await rounds(1);
    world.dead.add('r1');
    await rounds(2);
    const before = world.looks.get('r1') ?? 0;
    const startedMs = world.clock.monotonicMs();
    world.clock.after(700, () => world.dead.clear());
    await rounds(1);
    assert.equal(world.looks.get('r1'), before + 3);
    assert.ok(world.clock.monotonicMs() - startedMs <= EVERY_MS);
    assert.deepEqual(said(told), []);
    assert.equal((await archive.records())[0]?.health.state, 'up');
  });

  it('tells of a dead tower, and of what is behind it only that it is unreachable', async (t) => {
    const behind = ['a', 'b', 'c'].map((name) => serverOf(name, { parent: 'tower' }));
    const world = await createWorld(t, [...behind, serverOf('tower')]);
    const { rounds, told, archive, keeper } = createWorker(world);
    await keeper.pass();
    await rounds(2);
    for (const name of ['a', 'b', 'c', 'tower']) world.dead.add(name);
    await rounds(5);
    assert.deepEqual(said(told), ['device.down: tower is down']);
    const states = (await archive.records()).map(({ health }) => health.state).sort();
    assert.deepEqual(states, ['down', 'unreachable', 'unreachable', 'unreachable']);
  });

  it('blames nobody behind a tower that was not looked at yet, even where one failure is enough', async (t) => {
    const world = await createWorld(t, [serverOf('a', { parent: 'tower' }), serverOf('tower')]);
    for (const name of ['a', 'tower']) world.dead.add(name);
    const first = createWorker(world, [], 1);
    await first.keeper.pass();
    await first.rounds(3);
    await first.keeper.stop();
    world.clock.advance(20 * EVERY_MS);
    const next = createWorker(world, [], 1);
    await next.keeper.pass();
    await next.rounds(3);
    assert.deepEqual(said([...first.told, ...next.told]), ['device.down: tower is down']);
    const moves = await next.archive.transitions({ device: 'a', most: 10 });
    assert.deepEqual(
      moves.map(({ to }) => to),
      ['unreachable', 'unknown', 'unreachable'],
    );
  });

  it('tells once that our own line is down, and of no device', async (t) => {
    const world = await createWorld(t, fleet(10));
    const { rounds, told, archive, keeper } = createWorker(world);
    await keeper.pass();
    await rounds(2);
    world.isLineUp = false;
    await rounds(6);
    assert.ok((await archive.records()).every(({ health }) => health.state === 'unknown'));
    world.isLineUp = true;
    await rounds(4);
    assert.deepEqual(said(told), ['device.blind: The line of the NetSentinel server is down']);
    assert.ok((await archive.records()).every(({ health }) => health.state === 'up'));
    assert.ok((await archive.times(0)).every(({ downMs }) => downMs === 0));
  });

  it('tells of 30 % of the fleet in one notice that lists all, two rounds later', async (t) => {
    const world = await createWorld(t, fleet(40));
    const { rounds, told, keeper } = createWorker(world);
    await keeper.pass();
    await rounds(1);
    for (let index = 1; index <= 30; index += 1) world.dead.add(`r${index}`);
    await rounds(8);
    assert.deepEqual(said(told), ['device.mass: 30 of 40 devices are down']);
    const [notice] = told;
    const rows = notice !== undefined && 'letter' in notice.content ? notice.content.letter.table?.rows : [];
    assert.equal(rows?.length, 30);
    assert.equal(notice?.devices.length, 30);
    assert.ok((notice?.createdAt ?? 0) >= NOON + (1 + 2 + 2) * EVERY_MS);
  });

  it('judges nothing in maintenance, and leaves a paused device alone', async (t) => {
    const world = await createWorld(t, [
      serverOf('core', { tags: ['north'] }),
      serverOf('home', { parent: 'core' }),
      serverOf('off'),
    ]);
    const { rounds, told, archive, windows, keeper } = createWorker(world);
    const start = NOON + 2 * EVERY_MS;
    await windows.add({ device: null, tag: 'north', startsAt: start, endsAt: start + 10 * EVERY_MS, isWeekly: false });
    await keeper.pass();
    await rounds(2);
    world.devices = world.devices.map((device) => ({ ...device, isPaused: device.name === 'off' }));
    for (const name of ['core', 'home', 'off']) world.dead.add(name);
    await rounds(6);
    const states = () =>
      archive.records().then((all) => all.map(({ health }) => `${health.device} ${health.state}`).sort());
    assert.deepEqual(await states(), ['core maintenance', 'home maintenance', 'off paused']);
    assert.deepEqual(said(told), []);
    await rounds(8);
    assert.deepEqual(await states(), ['core down', 'home unreachable', 'off paused']);
    assert.deepEqual(said(told), ['device.down: core is down']);
  });

  it('warns of a figure and tells when that is over', async (t) => {
    const world = await createWorld(t, fleet(1));
    const { rounds, told, keeper } = createWorker(world, [
      { key: 'temperatureC', watched: { temperatureC: 70 }, forMinutes: 1, tags: [] },
    ]);
    await keeper.pass();
    world.temperatureC = 75;
    await rounds(4);
    world.temperatureC = 50;
    await rounds(4);
    assert.deepEqual(said(told), [
      'device.warning: r1: temperature 75 °C (limit 70 °C)',
      'device.cleared: r1: within limits again after 2 min',
    ]);
    assert.equal(told[1]?.answers, told[0]?.id);
  });

  it('goes on where a killed worker was, and tells nothing twice', async (t) => {
    const world = await createWorld(t, fleet(4));
    const killed = createWorker(world);
    await killed.keeper.pass();
    await killed.rounds(2);
    world.dead.add('r1');
    await killed.rounds(4);
    const next = createWorker(world);
    await next.keeper.pass();
    // The lease is of the database's clock: it is ended as if its time had passed.
    await createHealthStoreOf(world).end();
    await next.rounds(3);
    world.dead.clear();
    await next.rounds(2);
    assert.deepEqual(
      said([...killed.told, ...next.told]).map((each) => each.split(':')[0]),
      ['device.down', 'device.up'],
    );
    // The one that was taken for dead comes back, and writes nothing.
    const before = await next.archive.times(0);
    await killed.rounds(1);
    assert.deepEqual(await next.archive.times(0), before);
    assert.equal(killed.told.length, 1);
  });

  it('knows nothing of the time in which no worker ran', async (t) => {
    const world = await createWorld(t, fleet(1));
    const first = createWorker(world);
    await first.keeper.pass();
    await first.rounds(2);
    await first.keeper.stop();
    world.clock.advance(3_600_000);
    const second = createWorker(world);
    await second.keeper.pass();
    assert.equal((await second.archive.records())[0]?.health.state, 'unknown');
    await second.rounds(2);
    const [{ upMs = 0 } = {}] = await second.archive.times(0);
    assert.ok(upMs <= 3 * EVERY_MS, String(upMs));
    assert.deepEqual(
      (await second.archive.transitions({ most: 9 })).map(({ to }) => to),
      ['up', 'unknown', 'up'],
    );
  });
});

/** Ends the lease, whoever has it. */
function createHealthStoreOf({ database }: World) {
  const queries = database.open();
  return {
    end: () =>
      queries.read((each) =>
        each
          .withTables<{ health_watch: { until_at: bigint } }>()
          .updateTable('health_watch')
          .set({ until_at: 0n })
          .execute(),
      ),
  };
}
