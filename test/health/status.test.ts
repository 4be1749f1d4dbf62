import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { windowOf } from '../../src/health/commands/maintenance.ts';
import { printStatus } from '../../src/health/commands/status.ts';
import { printTransitions } from '../../src/health/commands/transitions.ts';
import { printUptime } from '../../src/health/commands/uptime.ts';
import { newRecord } from '../../src/health/judge.ts';
import type { Figures } from '../../src/health/observation.ts';
import type { DeviceRecord, HealthArchive } from '../../src/health/ports.ts';
import { STATES } from '../../src/health/state.ts';
import { readStatus, readTransitions, readUptime, type StatusEntry } from '../../src/health/status.ts';
import { findOnWall, LEVELS, PROBLEMS, type WallQuestion, wallOf } from '../../src/health/wall.ts';
import { createScreen } from '../../src/platform/cli/render/screen.ts';
import { UsageError } from '../../src/platform/cli/usage-error.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { serverOf } from '../support/devices.ts';
import { noHealth } from '../support/no-health.ts';
import { NO_FIGURES, NOON } from './support.ts';

const calendar = createCalendar('Asia/Karachi');
const SECOND = 1000;
const screen = createScreen({ write: () => true }, {});

const FIGURES: Figures = {
  ...NO_FIGURES,
  ...{ version: '7.20', board: 'RB5009', uptimeSeconds: 900, cpuPercent: 7, webfig: 'http://192.0.2.1/' },
  wan: [{ interface: 'lte1', kind: 'lte', address: '100.64.0.9', publicAddress: null, behindNat: true }],
  interfaces: [
    {
      ...{ id: '*1', name: 'lte1', isRunning: true, isDisabled: false, downloadBps: 8, uploadBps: 4 },
      ...{ linkDowns: 1, lastLinkUp: null, sessionSeconds: null },
    },
  ],
};

function record(
  device: string,
  change: Partial<DeviceRecord['health']>,
  figuresAt: number | null = NOON,
): DeviceRecord {
  const made = newRecord(device, NOON - 3_600 * SECOND);
  const link = { linkDowns: 1, lastLinkUp: null, sessionSeconds: null, reconnects: 3 };
  return {
    ...made,
    health: {
      ...made.health,
      ...{ state: 'up', since: NOON - 60 * SECOND, reason: null, latencyMs: 3.963515996932983 },
      lookedAt: { at: NOON, monotonicMs: null },
      answeredAt: { at: NOON, monotonicMs: null },
      ...change,
    },
    links: { ...made.links, wan: { lte1: link } },
    figures: FIGURES,
    figuresAt,
  };
}

function depsOf(archive: Partial<HealthArchive>, devices = [serverOf('r1', { tags: ['north'], parent: 'core' })]) {
  return {
    archive: {
      ...noHealth.archive,
      watched: async () => ({ isWatched: true, seenAt: NOON, blindSince: null }),
      ...archive,
    },
    devices: async () => devices,
    everyMs: 30_000,
    calendar,
    clock: { now: () => NOON + 5 * SECOND },
  };
}

const statusOf = async (records: readonly DeviceRecord[], archive: Partial<HealthArchive> = {}) =>
  (await readStatus(depsOf({ records: async () => [...records], ...archive })))[0];

describe('status', () => {
  it('has exactly these keys', async () => {
    assert.deepEqual(await statusOf([record('r1', {})]), {
      ...{ device: 'r1', host: 'r1', model: 'linux', source: 'config', state: 'up' },
      ...{ since: new Date(NOON - 60 * SECOND).toISOString(), reason: null, latencyMs: 4, uptimeSeconds: 900 },
      ...{ version: '7.20', board: 'RB5009', cpuPercent: 7, memoryPercent: null, diskPercent: null },
      ...{ temperatureC: null, voltageV: null },
      wan: [
        {
          ...{ interface: 'lte1', kind: 'lte', address: '100.64.0.9', publicAddress: null, behindNat: true },
          ...{ downloadBps: 8, uploadBps: 4, reconnects: 3 },
        },
      ],
      ...{ parent: 'core', tags: ['north'], webfig: 'http://192.0.2.1/', lastReadAt: new Date(NOON).toISOString() },
    });
  });

  it('shows no old figures as current: of a device that is down, or whose figures are three rounds old', async () => {
    for (const old of [record('r1', { state: 'down' }), record('r1', {}, NOON - 86 * SECOND), record('r1', {}, null)]) {
      const shown = await statusOf([old]);
      assert.deepEqual([shown?.cpuPercent, shown?.uptimeSeconds, shown?.wan[0]?.downloadBps], [null, null, null]);
      assert.deepEqual([shown?.version, shown?.wan[0]?.reconnects], ['7.20', 3]);
    }
  });

  it('is unknown while no worker runs, and of a device that nobody has looked at', async () => {
    const away = await statusOf([record('r1', {})], {
      watched: async () => ({ isWatched: false, seenAt: NOON, blindSince: null }),
    });
    assert.deepEqual(
      [away?.state, away?.reason, away?.since],
      ['unknown', 'no worker is running', new Date(NOON).toISOString()],
    );
    const unseen = await statusOf([]);
    assert.deepEqual([unseen?.state, unseen?.reason, unseen?.since], ['unknown', 'not checked yet', null]);
  });

  it('is paused where the device is, whatever was known', async () => {
    const [shown] = await readStatus(
      depsOf({ records: async () => [record('r1', {})] }, [serverOf('r1', { isPaused: true })]),
    );
    assert.equal(shown?.state, 'paused');
  });

  it('prints a table, JSON and CSV', async () => {
    const entries = [await statusOf([record('r1', { reason: '=1+1' })])].filter(
      (each): each is StatusEntry => each !== undefined,
    );
    const print = (format: 'table' | 'json' | 'csv') => printStatus(entries, format, { screen, now: NOON });
    assert.match(print('table'), /r1 +up +1 min +4 ms +7%/);
    assert.deepEqual(JSON.parse(print('json')), entries);
    const [head = '', row = ''] = print('csv').split('\r\n');
    assert.equal(head.split(',').length, 21);
    assert.match(row, /^r1,r1,linux,config,up,/);
    assert.match(row, /,'=1\+1,/);
    assert.match(printStatus([], 'table', { screen, now: NOON }), /no devices/);
  });
});

describe('uptime', () => {
  const of = async (up: number, down: number, change: Partial<DeviceRecord['health']> = {}, isWatched = true) => {
    const times = [{ device: 'r1', upMs: up * SECOND, downMs: down * SECOND }];
    const deps = depsOf({
      records: async () => [record('r1', change)],
      times: async () => times,
      outages: async () => new Map([['r1', 2]]),
      watched: async () => ({ isWatched, seenAt: NOON, blindSince: null }),
    });
    return (await readUptime(deps, 7))[0];
  };

  it('is the share of the time that is known; the rest since the first look is unknown', async () => {
    assert.deepEqual(await of(2_700, 300), {
      ...{ device: 'r1', upSeconds: 2_700, downSeconds: 300, unknownSeconds: 600, uptimePercent: 90, incidents: 2 },
    });
  });

  it('is never rounded up to 100, and not known without any time', async () => {
    assert.equal((await of(3_599_999, 1))?.uptimePercent, 99.999);
    assert.equal((await of(0, 0))?.uptimePercent, null);
  });

  it('is no less than it is', async () => {
    assert.equal((await of(23, 17))?.uptimePercent, 57.5);
  });

  it('counts what came after the last look as unknown only where no worker runs', async () => {
    assert.equal((await of(3_600, 0))?.unknownSeconds, 0);
    assert.equal((await of(3_600, 0, {}, false))?.unknownSeconds, 5);
    assert.equal((await of(3_570, 0, { held: [{ endsAt: NOON, ms: 30 * SECOND }] }))?.unknownSeconds, 0);
  });

  it('prints a table, JSON and CSV', async () => {
    const entries = [await of(2_700, 300)].filter((each) => each !== undefined);
    assert.match(printUptime(entries, 'table', screen), /r1 +90% +45 min +5 min +10 min +2/);
    assert.equal(printUptime(entries, 'csv', screen).split('\r\n')[1], 'r1,2700,300,600,90,2');
    assert.deepEqual(JSON.parse(printUptime(entries, 'json', screen)), entries);
  });
});

describe('transitions', () => {
  it('are asked for by local days and come in order of time', async () => {
    const asked: unknown[] = [];
    const move = { device: 'r1', from: 'up', to: 'suspect', reason: 'no answer', latencyMs: null } as const;
    const deps = depsOf({
      async transitions(query) {
        asked.push(query);
        return [
          { ...move, at: NOON + 5 },
          { ...move, at: NOON },
        ];
      },
    });
    const entries = await readTransitions(deps, { device: 'r1', from: '2026-11-27', to: '2026-11-27' });
    assert.deepEqual(asked, [
      { device: 'r1', fromAt: calendar.startOf('2026-11-27'), toAt: calendar.endOf('2026-11-27'), most: 10_000 },
    ]);
    assert.deepEqual(entries[0], { at: new Date(NOON).toISOString(), ...move });
    const csv = printTransitions(entries, 'csv', { screen, timeZone: 'UTC' });
    assert.equal(csv.split('\r\n')[0], 'at,device,from,to,reason,latencyMs');
    assert.match(printTransitions(entries, 'table', { screen, timeZone: 'UTC' }), /12:00 +r1 +up +suspect +no answer/);
  });
});

describe('a maintenance window', () => {
  const FROM = '2026-11-27T22:00';
  it('is given in local time or with an offset', () => {
    const startsAt = Date.parse('2026-11-27T17:00:00Z');
    const rest = { device: 'r1', tag: null, startsAt, endsAt: startsAt + 3_600_000 };
    assert.deepEqual(windowOf('r1', { from: FROM, to: '2026-11-27T18:00:00Z' }, 'Asia/Karachi'), {
      ...rest,
      isWeekly: false,
    });
    assert.deepEqual(
      windowOf('r1', { from: '2026-11-27T17:00Z', to: '2026-11-27T23:00', every: 'week' }, 'Asia/Karachi'),
      {
        ...{ ...rest, isWeekly: true },
      },
    );
  });

  for (const [what, device, options] of [
    ['for nobody', undefined, { from: FROM, to: '2026-11-28T22:00' }],
    ['for a device and a tag', 'r1', { tag: 'x', from: FROM, to: '2026-11-28T22:00' }],
    ['that ends before it begins', 'r1', { from: FROM, to: FROM }],
    ['that is no time', 'r1', { from: 'tomorrow', to: FROM }],
    ['every month', 'r1', { from: FROM, to: '2026-11-28T22:00', every: 'month' }],
    ['every week for more than one', 'r1', { from: FROM, to: '2026-12-28T22:00', every: 'week' }],
  ] as const) {
    it(`is refused ${what}`, () => assert.throws(() => windowOf(device, options, 'Asia/Karachi'), UsageError));
  }
});

describe('the wall', () => {
  const states = fc.constantFrom(...STATES);
  const cards = fc.uniqueArray(
    fc.record({
      device: fc.string({ minLength: 1, maxLength: 6 }),
      ...{ state: states, reason: fc.option(fc.string()), isFlapping: fc.boolean(), isHot: fc.boolean() },
      tags: fc.array(fc.constantFrom('north', 'south', 'core'), { maxLength: 2 }),
    }),
    { selector: ({ device }) => device, maxLength: 12 },
  );

  it('has each device once, the worst first, and finds it by its level, by each of its tags and by its name', async () => {
    const [status] = await readStatus(depsOf({ records: async () => [] }));
    assert.ok(status !== undefined);
    const watched = { isWatched: true, seenAt: NOON, blindSince: null };
    fc.assert(
      fc.property(cards, fc.func(fc.integer()), (given, shuffle) => {
        const read = given.map(({ device, state, reason, isFlapping, isHot, tags }) => {
          const known = record(device, { state, reason, flappingSince: isFlapping ? NOON : null });
          const warnings = { temperatureC: { isOn: isHot, since: NOON, otherForMs: null } };
          return {
            ...{ device: serverOf(device), record: { ...known, warnings }, isFresh: true },
            status: { ...status, device, state, reason, tags },
          };
        });
        const wall = wallOf({ read, watched, at: NOON });
        const names = wall.entries.map((entry) => entry.status.device);
        assert.deepEqual(names.toSorted(), given.map(({ device }) => device).toSorted());
        const ranks = wall.entries.map(({ level }) => LEVELS.indexOf(level));
        assert.ok(ranks.every((rank, index) => rank >= (ranks[index - 1] ?? 0)));
        assert.equal(
          [...wall.counts.values()].reduce((sum, count) => sum + count, 0),
          given.length,
        );
        // Whatever order they are read in, the wall is the same: nothing jumps.
        const other = wallOf({ read: read.toSorted((a, b) => shuffle(a) - shuffle(b)), watched, at: NOON });
        assert.deepEqual(
          other.entries.map((entry) => entry.status.device),
          names,
        );
        for (const {
          level,
          status: { device, tags },
        } of wall.entries) {
          const found = (question: Partial<WallQuestion>) =>
            findOnWall(wall, { state: null, tag: null, q: '', ...question }).map((entry) => entry.status.device);
          assert.ok(found({ state: level, q: device }).includes(device));
          assert.equal(found({ state: level }).length, wall.counts.get(level));
          assert.equal(found({ state: 'problems' }).includes(device), PROBLEMS.includes(level));
          for (const tag of tags) assert.ok(wall.tags.includes(tag) && found({ tag }).includes(device));
        }
      }),
    );
  });
});
