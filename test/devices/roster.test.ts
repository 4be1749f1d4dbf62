import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Device, DeviceSource } from '../../src/devices/ports.ts';
import { countedRouters, createRoster } from '../../src/devices/roster.ts';
import { configuredDevices, listedDevice } from '../../src/devices/settings.ts';
import { parseConfig } from '../../src/settings.ts';
import { deviceOf, serverOf } from '../support/devices.ts';

/** A source that gives all it has, but for names that are taken. */
function sourceOf(...names: string[]) {
  let known = names;
  let tell = async () => {};
  const source: DeviceSource = {
    devices: (before) =>
      known.filter((name) => before.every((device) => device.name !== name)).map((name) => deviceOf(name)),
    follow(listener) {
      tell = listener;
    },
  };
  return {
    ...source,
    async change(...next: string[]) {
      known = next;
      await tell();
    },
  };
}

const namesOf = (devices: readonly Device[]) => devices.map(({ name }) => name);

describe('the roster', () => {
  it('joins its sources in their order, and tells each which devices are known before it', () => {
    const roster = createRoster([sourceOf('b', 'a'), sourceOf('a', 'c'), sourceOf('c', 'b', 'd')]);
    assert.deepEqual(namesOf(roster.devices()), ['b', 'a', 'c', 'd']);
  });

  it('tells its followers of every change, in order, and waits for each', async () => {
    const second = sourceOf('b');
    const roster = createRoster([sourceOf('a'), second]);
    const told: string[] = [];
    roster.follow(async (devices) => {
      await new Promise((resolve) => setImmediate(resolve));
      told.push(`first: ${namesOf(devices).join(' ')}`);
    });
    roster.follow((devices) => void told.push(`second: ${namesOf(devices).join(' ')}`));
    await second.change('b', 'c');
    await second.change();
    assert.deepEqual(told, ['first: a b c', 'second: a b c', 'first: a', 'second: a']);
    assert.deepEqual(namesOf(roster.devices()), ['a']);
  });

  it('gives a later source a device that an earlier one no longer has', async () => {
    const [first, second] = [sourceOf('a', 'b'), sourceOf('b')];
    const roster = createRoster([first, second]);
    await first.change('a');
    assert.deepEqual(namesOf(roster.devices()), ['a', 'b']);
  });

  it('finds a device by its name, in any case, and then by its host', () => {
    const devices = [
      deviceOf('Edge'),
      deviceOf('edge'),
      deviceOf('hill', { host: 'Core.example' }),
      deviceOf('core.example'),
    ];
    const roster = createRoster([{ devices: () => devices, follow: () => {} }]);
    assert.deepEqual(
      ['edge', 'EDGE', 'core.example', 'CORE.example', 'stranger'].map((name) => roster.find(name)?.name ?? null),
      ['edge', 'Edge', 'core.example', 'core.example', null],
    );
    assert.equal(
      createRoster([{ devices: () => devices.slice(0, 3), follow: () => {} }]).find('core.EXAMPLE')?.name,
      'hill',
    );
  });
});

describe('the routers that usage is counted of', () => {
  const devices = [
    deviceOf('edge'),
    serverOf('web', { host: 'shared' }),
    deviceOf('resting', { isPaused: true }),
    deviceOf('spare', { countsUsage: false }),
    deviceOf('hill', { host: 'shared' }),
  ];

  it('are those that can be logged in to, are not paused, and are to be counted', () => {
    const routers = countedRouters(createRoster([{ devices: () => devices, follow: () => {} }]));
    assert.deepEqual(namesOf(routers.devices()), ['edge', 'hill']);
    assert.deepEqual(
      ['EDGE', 'shared', 'web', 'resting', 'spare'].map((name) => routers.find(name)?.name ?? null),
      ['edge', 'hill', null, null, null],
    );
  });

  it('follow the roster', async () => {
    let known = devices;
    let tell = async () => {};
    const source: DeviceSource = {
      devices: () => known,
      follow(listener) {
        tell = listener;
      },
    };
    const routers = countedRouters(createRoster([source]));
    const told: string[] = [];
    routers.follow((each) => void told.push(namesOf(each).join(' ')));
    known = devices.map((device) => ({ ...device, isPaused: !device.isPaused }));
    await tell();
    assert.deepEqual(told, ['resting']);
    assert.deepEqual(namesOf(routers.devices()), ['resting']);
  });
});

describe('a device of the configuration', () => {
  const config = parseConfig(
    {
      timeZone: 'UTC',
      database: 'sqlite:test.db',
      routers: [{ name: 'edge', host: '192.0.2.1', username: 'api', password: 'hunter2-hunter2', lineMbps: 50 }],
      devices: [
        {
          ...{ name: 'web', host: '192.0.2.80', model: 'linux', probe: { tcp: 443 }, parent: 'edge', tags: ['roof'] },
          ssh: { username: 'root', password: 'hunter4-hunter4' },
        },
      ],
      librenms: { url: 'https://n.example', token: 'abcdef', username: 'all', password: 'hunter3-hunter3', tls: true },
    },
    { env: {}, folder: '.' },
    'a test',
  );

  it('is reached as it says there, and shows its password to nobody who prints it', () => {
    const [edge] = configuredDevices(config).devices([]);
    assert.ok(edge?.api);
    const { password, ...api } = edge.api;
    assert.equal(password.reveal(), 'hunter2-hunter2');
    assert.doesNotMatch(JSON.stringify(edge), /hunter/);
    assert.deepEqual(
      { ...edge, api },
      {
        ...{ name: 'edge', host: '192.0.2.1', model: 'routeros', source: 'config' },
        api: { port: 8728, tls: false, username: 'api', encoding: 'windows-1252', lineMbps: 50 },
        ...{ ssh: null, probe: null, parent: null, tags: [] },
        ...{ countsUsage: true, hasBackups: true, isPaused: false },
      },
    );
  });

  it('may be no router: then it has no API, and usage is not counted of it', () => {
    const source = configuredDevices(config);
    const { ssh, ...web } = source.devices([]).find(({ name }) => name === 'web') ?? assert.fail();
    assert.ok(ssh);
    const { password, ...access } = ssh;
    assert.equal(password?.reveal(), 'hunter4-hunter4');
    assert.deepEqual(access, {
      ...{ port: 22, username: 'root', privateKey: null, passphrase: null, hostKey: null, legacy: false },
    });
    assert.deepEqual(web, {
      ...{ name: 'web', host: '192.0.2.80', model: 'linux', source: 'config', api: null },
      ...{ probe: { tcp: 443 }, parent: 'edge', tags: ['roof'] },
      ...{ countsUsage: true, hasBackups: true, isPaused: false },
    });
    assert.deepEqual(namesOf(countedRouters(createRoster([source])).devices()), ['edge']);
  });

  it('may come from LibreNMS, and is then reached as all of its devices are', () => {
    assert.ok(config.librenms !== undefined);
    const listed = { deviceId: 7, hostname: 'core', host: '192.0.2.7', ip: null };
    const { name, host, source, api } = listedDevice(listed, config.librenms);
    assert.deepEqual([name, host, source, api.port, api.username], ['core', '192.0.2.7', 'librenms', 8729, 'all']);
  });
});
