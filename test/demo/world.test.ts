import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { totalOf } from '../../src/demo/books.ts';
import { DAILY_SCRIPT, type Happening } from '../../src/demo/happenings.ts';
import { createRandom, trafficOf } from '../../src/demo/traffic.ts';
import { createDemoWorld } from '../../src/demo/world.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';

const HOUR_MS = 3_600_000;
/** 06:00 in Karachi. */
const MORNING_AT = Date.UTC(2026, 10, 20, 1);

describe('the traffic of the demo', () => {
  it('is the same for the same seed', () => {
    const habit = { rhythm: 'home', dailyBytes: 1e9, uploadShare: 0.1 } as const;
    const [one, two] = [createRandom(7), createRandom(7)];
    for (let hour = 0; hour < 24; hour += 0.25) {
      assert.deepEqual(trafficOf(habit, hour, 60_000, one), trafficOf(habit, hour, 60_000, two));
    }
  });

  it('follows the hours of the day and comes to what the user moves on an average day', () => {
    for (const [rhythm, busyHour] of [
      ['office', 10],
      ['home', 20],
    ] as const) {
      const random = createRandom(1);
      const habit = { rhythm, dailyBytes: 1e12, uploadShare: 0.2 };
      const hourly = Array.from({ length: 24 }, (_, hour) => {
        let bytes = 0n;
        for (let minute = 0; minute < 60; minute += 1) {
          bytes += totalOf(trafficOf(habit, hour + minute / 60, 60_000, random));
        }
        return Number(bytes);
      });
      const day = hourly.reduce((sum, bytes) => sum + bytes, 0);
      assert.ok(day > 0.85e12 && day < 1.15e12, `${rhythm}: ${day}`);
      assert.ok((hourly[busyHour] ?? 0) > 5 * (hourly[3] ?? 0), rhythm);
    }
  });
});

describe('the world of the demo', () => {
  async function liveFor(hours: number, see: (world: ReturnType<typeof createDemoWorld>, clock: ManualClock) => void) {
    const clock = createManualClock(MORNING_AT);
    const happenings: Happening[] = [];
    const world = createDemoWorld({
      clock,
      timeZone: 'Asia/Karachi',
      seed: 1,
      credentials: { username: 'u', password: 'p' },
      sshCredentials: { username: 's', password: 'q' },
      healerCredentials: { username: 'h', password: 'r' },
      onHappening: (happening) => happenings.push(happening),
    });
    await world.start();
    try {
      clock.advance(hours * HOUR_MS);
      see(world, clock);
      return happenings;
    } finally {
      await world.stop();
    }
  }

  it('has some 70 users on seven routers of different versions, and all of them move bytes', async () => {
    await liveFor(12, ({ routers }) => {
      const list = [...routers.values()];
      assert.deepEqual(
        list.map(({ version }) => version),
        ['6.49.18', '7.20.1', '6.40.9', '7.12.1', '7.12.1', '7.12.1', '7.12.1'],
      );
      const queues = list.flatMap(({ device }) => [...device.truth().values()]);
      assert.equal(queues.length, 69);
      for (const { moved } of queues) assert.ok(totalOf(moved) > 0n);
    });
  });

  it('lets a reset, reboots, reconnects and an unreachable router happen every day at their time', async () => {
    const happenings = await liveFor(48, () => undefined);
    const [first, second] = [happenings.slice(0, DAILY_SCRIPT.length), happenings.slice(DAILY_SCRIPT.length)];
    const told = first.map(({ text }) => text).join('\n');
    for (const what of ['resets all counters', 'reboots', 'reconnects', 'not reachable', 'reachable again']) {
      assert.ok(told.includes(what), what);
    }
    assert.deepEqual(
      second.map(({ at }) => at - 24 * HOUR_MS),
      first.map(({ at }) => at),
    );
  });

  it('is calm when asked: nothing moves or happens any more, and every router can be reached', async () => {
    const happenings = await liveFor(7.5, (world, clock) => {
      const village = world.routers.get('village')?.device;
      assert.equal(village?.state(), 'unreachable');
      world.calm();
      assert.equal(village?.state(), 'up');
      const before = village?.truth();
      clock.advance(24 * HOUR_MS);
      assert.deepEqual(village?.truth(), before);
      assert.equal(clock.pending(), 0);
    });
    assert.ok(happenings.every(({ at }) => at < MORNING_AT + 7.5 * HOUR_MS));
  });
});
