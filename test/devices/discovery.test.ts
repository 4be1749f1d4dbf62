import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createDiscovery } from '../../src/devices/discovery.ts';
import type { KnownDevice, ListedDevice, SkippedDevice } from '../../src/devices/ports.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import { createTroubleLog } from '../../src/runtime/trouble-log.ts';
import { deviceOf } from '../support/devices.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';

const MINUTE = 60_000;
const never = new AbortController().signal;
const librenmsAway = new TroubleError('LIBRENMS_UNREACHABLE', 'no answer', 'look at it');
const databaseAway = new TroubleError('DATABASE_UNAVAILABLE', 'no answer', 'look at it');

function device(deviceId: number, hostname: string): ListedDevice {
  return { deviceId, hostname, host: hostname, ip: null };
}

const core = device(1, 'core');
const edge = device(2, 'edge');
const known = (...devices: ListedDevice[]): KnownDevice[] =>
  devices.map((each) => ({ ...each, router: each.hostname }));

/** Lets everything that is already resolved go on. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve));
}

function setUp(options: { stored?: ListedDevice[]; before?: ListedDevice[] } = {}) {
  const clock = createManualClock(Date.UTC(2026, 5, 10, 12));
  const logger = createMemoryLogger();
  const world = {
    listed: [core, edge] as readonly ListedDevice[] | TroubleError,
    skipped: [] as readonly SkippedDevice[],
    stored: known(...(options.stored ?? [])),
    bookIsAway: false,
    writes: 0,
  };
  const followed: string[][] = [];
  let asked = 0;
  const discovery = createDiscovery({
    directory: {
      async routers() {
        asked++;
        if (world.listed instanceof TroubleError) throw world.listed;
        return { devices: world.listed, skipped: world.skipped };
      },
    },
    book: {
      async load() {
        if (world.bookIsAway) throw databaseAway;
        return world.stored;
      },
      async replace(devices) {
        if (world.bookIsAway) throw databaseAway;
        world.stored = [...devices];
        world.writes++;
      },
    },
    assignment: { match: '*', exclude: ['lab-*'] },
    deviceOf: ({ hostname, host }) => deviceOf(hostname, { host, source: 'librenms' }),
    devices: options.before ?? [],
    everyMs: 10 * MINUTE,
    clock,
    logger,
    troubles: createTroubleLog({ logger, clock }),
    onBug: (bug) => assert.fail(String(bug)),
  });
  discovery.follow(async () => void followed.push(discovery.devices([]).map(({ name }) => name)));
  return {
    discovery,
    world,
    followed,
    asked: () => asked,
    /** Codes of the troubles that were said, and `ok` for each that ended. */
    said: () => logger.entries.flatMap(({ level, fields }) => (fields['subject'] ? [said(level, fields)] : [])),
    logger,
    async pass(ms: number) {
      clock.advance(ms);
      await settle();
    },
  };
}

function said(level: string, fields: Record<string, unknown>): string {
  return level === 'warn' ? String(fields['code']) : `${fields['code']} is over`;
}

describe('discovery', () => {
  it('asks at its start and then in its interval, and follows devices that come and go', async () => {
    const { discovery, world, followed, asked, pass } = setUp();
    discovery.start();
    await pass(0);
    assert.deepEqual(followed.at(-1), ['core', 'edge']);
    world.listed = [edge];
    await pass(10 * MINUTE - 1);
    assert.equal(asked(), 1);
    await pass(1);
    assert.deepEqual(followed.at(-1), ['edge']);
    await discovery.stop();
    await pass(60 * MINUTE);
    assert.equal(asked(), 2);
  });

  it('says in the log which routers came and went, and nothing when none did', async () => {
    const { discovery, world, logger } = setUp();
    await discovery.refresh(never);
    await discovery.refresh(never);
    world.listed = [core];
    await discovery.refresh(never);
    assert.deepEqual(
      logger.entries.map(({ fields }) => fields),
      [
        { added: ['core', 'edge'], removed: [] },
        { added: [], removed: ['edge'] },
      ],
    );
  });

  it('keeps the list, writing it only when it changed', async () => {
    const { discovery, world } = setUp();
    world.listed = [edge, core, device(3, 'lab-1')];
    await discovery.refresh(never);
    assert.deepEqual(world.stored, [...known(core, edge), { ...device(3, 'lab-1'), router: null }]);
    await discovery.refresh(never);
    assert.equal(world.writes, 1);
  });

  it('goes on with the stored list while LibreNMS is away, also from the start, and says so once', async () => {
    const { discovery, world, followed, said, pass } = setUp({ stored: [core] });
    world.listed = librenmsAway;
    discovery.start();
    await pass(0);
    await pass(MINUTE);
    await pass(MINUTE);
    assert.deepEqual(followed, [['core']]);
    assert.deepEqual(said(), ['LIBRENMS_UNREACHABLE']);
    world.listed = [core, edge];
    await pass(MINUTE);
    assert.deepEqual(followed.at(-1), ['core', 'edge']);
    assert.deepEqual(said(), ['LIBRENMS_UNREACHABLE', 'LIBRENMS_UNREACHABLE is over']);
  });

  it('uses the list of LibreNMS while the database is away, and keeps it as soon as it is back', async () => {
    const { discovery, world, followed, said } = setUp();
    world.bookIsAway = true;
    await discovery.refresh(never);
    await discovery.refresh(never);
    assert.deepEqual(followed.at(-1), ['core', 'edge']);
    world.bookIsAway = false;
    await discovery.refresh(never);
    assert.deepEqual(world.stored, known(core, edge));
    assert.deepEqual(said(), ['DATABASE_UNAVAILABLE', 'DATABASE_UNAVAILABLE is over']);
  });

  it('reads the stored list as soon as the database is back, while LibreNMS is still away', async () => {
    const { discovery, world, followed } = setUp({ stored: [core] });
    world.bookIsAway = true;
    world.listed = librenmsAway;
    await discovery.refresh(never);
    assert.deepEqual(followed, []);
    world.bookIsAway = false;
    await discovery.refresh(never);
    assert.deepEqual(followed, [['core']]);
  });

  it('does not take an empty list for the end of all routers until it has come three times in a row', async () => {
    const { discovery, world, followed, said } = setUp({ stored: [core] });
    world.listed = [];
    await discovery.refresh(never);
    await discovery.refresh(never);
    world.listed = [core];
    await discovery.refresh(never);
    world.listed = [];
    await discovery.refresh(never);
    await discovery.refresh(never);
    assert.ok(followed.every((routers) => routers.length === 1));
    assert.deepEqual(world.stored, known(core));
    assert.deepEqual(said(), ['LIBRENMS_LIST_EMPTY', 'LIBRENMS_LIST_EMPTY is over', 'LIBRENMS_LIST_EMPTY']);
    await discovery.refresh(never);
    assert.deepEqual(followed.at(-1), []);
    assert.deepEqual(world.stored, []);
  });

  it('does not let an empty list wipe out a stored one that it could not read', async () => {
    const { discovery, world } = setUp({ stored: [core] });
    world.bookIsAway = true;
    world.listed = [];
    for (let times = 0; times < 5; times++) await discovery.refresh(never);
    world.bookIsAway = false;
    world.listed = librenmsAway;
    await discovery.refresh(never);
    assert.deepEqual(world.stored, known(core));
    assert.deepEqual(discovery.listed(), [core]);
  });

  it('begins with the list of the discovery before it, with nothing else at hand', async () => {
    const { discovery, world } = setUp({ before: [core] });
    world.bookIsAway = true;
    world.listed = librenmsAway;
    await discovery.refresh(never);
    assert.deepEqual(discovery.listed(), [core]);
  });

  const odd: SkippedDevice = { deviceId: 3, hostname: 'pop 3\u202e\u009b', fault: 'its hostname is no host name' };

  it('names a device that cannot be polled once, not at each list, and follows the others', async () => {
    const { discovery, world, followed, said, logger } = setUp();
    world.skipped = [odd];
    await discovery.refresh(never);
    await discovery.refresh(never);
    assert.deepEqual(followed.at(-1), ['core', 'edge']);
    assert.deepEqual(said(), ['LIBRENMS_DEVICES_SKIPPED']);
    const [warned] = logger.entries.filter(({ level }) => level === 'warn');
    assert.equal(
      warned?.fields['reason'],
      '1 device of LibreNMS cannot be polled: device 3 "pop 3\ufffd\ufffd": its hostname is no host name',
    );
    world.skipped = [odd, { ...odd, deviceId: 4 }];
    await discovery.refresh(never);
    world.skipped = [];
    await discovery.refresh(never);
    assert.deepEqual(said().slice(1), ['LIBRENMS_DEVICES_SKIPPED', 'LIBRENMS_DEVICES_SKIPPED is over']);
  });

  it('names a few of many, in a text of bounded length', async () => {
    const { discovery, world, logger } = setUp();
    world.skipped = Array.from({ length: 20_000 }, (_, at) => ({
      ...odd,
      deviceId: at + 10,
      hostname: 'x'.repeat(255),
    }));
    await discovery.refresh(never);
    const [warned] = logger.entries.filter(({ level }) => level === 'warn');
    const reason = String(warned?.fields['reason']);
    assert.match(reason, /^20,000 devices of LibreNMS cannot be polled: device 10 .*; and 19,995 more$/);
    assert.ok(reason.length < 1000, reason);
  });

  it('goes on polling a known device whose row cannot be read any more', async () => {
    const { discovery, world, followed } = setUp();
    await discovery.refresh(never);
    world.listed = [edge];
    world.skipped = [{ deviceId: 1, hostname: null, fault: 'its hostname is not what it should be' }];
    await discovery.refresh(never);
    assert.deepEqual(followed.at(-1), ['core', 'edge']);
    world.skipped = [];
    await discovery.refresh(never);
    assert.deepEqual(followed.at(-1), ['edge']);
  });
});
