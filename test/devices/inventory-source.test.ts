import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createInventorySource } from '../../src/devices/inventory-source.ts';
import type { Device, DeviceSource, SshAccess } from '../../src/devices/ports.ts';
import { countedRouters, createRoster } from '../../src/devices/roster.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import { mask } from '../../src/runtime/mask.ts';
import { createTroubleLog } from '../../src/runtime/trouble-log.ts';
import { createVault, type Vault } from '../../src/runtime/vault.ts';
import { deviceOf } from '../support/devices.ts';
import { createMemoryInventory, createTestDesk, vault } from '../support/inventory.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';

function setUp(
  options: { vault?: Vault | null; former?: ReturnType<ReturnType<typeof createInventorySource>['remembered']> } = {},
) {
  const book = createMemoryInventory();
  const clock = createManualClock(0);
  const logger = createMemoryLogger();
  let isAway = false;
  const reach = async () => {
    if (isAway) throw new TroubleError('DATABASE_UNREACHABLE', 'it is away', 'Wait.');
  };
  const sourceOver = (ofVault: Vault | null, former = options.former ?? []) =>
    createInventorySource({
      book: {
        revision: () => reach().then(book.revision),
        load: () => reach().then(book.load),
      },
      vault: ofVault,
      former,
      lineMbps: 10_000,
      encoding: 'windows-1252',
      hide: (secret) => ({ reveal: () => secret }),
      clock,
      troubles: createTroubleLog({ logger, clock }),
      onBug: (error) => assert.fail(String(error)),
    });
  const source = sourceOver(options.vault === undefined ? vault : options.vault);
  return {
    book,
    clock,
    logger,
    source,
    sourceOver,
    desk: createTestDesk(book),
    away(is: boolean) {
      isAway = is;
    },
  };
}

const LOGIN = { username: 'api', password: 'hunter22-hunter22' };
const names = (devices: readonly Device[]) => devices.map(({ name }) => name);
const polled = (source: DeviceSource) => names(countedRouters(createRoster([source])).devices());
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** The device of a name, as the source gives it. */
function deviceIn(devices: readonly Device[], name: string): Device {
  return devices.find((device) => device.name === name) ?? assert.fail(`there is no ${name}`);
}

/** A login as it is, with its secrets. */
function opened(access: SshAccess | null) {
  if (access === null) return null;
  const { password, privateKey, passphrase, ...rest } = access;
  return {
    ...rest,
    secrets: [password, privateKey, passphrase].map((secret) => secret?.reveal() ?? null),
  };
}

describe('the inventory as a source of devices', () => {
  it('opens the logins of its routers, and masks them in every text', async () => {
    const { source, desk } = setUp();
    await desk.addCredential('shared', { username: 'api', password: 'shared-secret-1' });
    await desk.addDevice('edge-1', { host: '192.0.2.7', ...LOGIN });
    await desk.addDevice('edge-2', { host: '192.0.2.8', apiCredential: 'shared', apiTls: 'insecure' });
    await source.refresh();
    assert.deepEqual(
      source.devices([]).map(({ api }) => api && [api.port, api.tls, api.username, api.password.reveal()]),
      [
        [8728, false, 'api', 'hunter22-hunter22'],
        [8729, { insecure: true }, 'api', 'shared-secret-1'],
      ],
    );
    assert.equal(mask('said hunter22-hunter22 and shared-secret-1'), 'said *** and ***');
  });

  it('gives every device it has, with an API only where it is a router with a login; others leave it alone', async () => {
    const { source, desk } = setUp();
    await desk.addDevice('web-1', { host: '192.0.2.9', model: 'linux', ...LOGIN });
    await desk.addDevice('counted', { host: '192.0.2.7', parent: 'web-1', tags: ['lte', 'roof'], ...LOGIN });
    await desk.addDevice('no-login', { host: '192.0.2.10' });
    await desk.addDevice('not-counted', { host: '192.0.2.11', usage: false, backup: false, ...LOGIN });
    await desk.addDevice('paused', { host: '192.0.2.12', paused: true, ...LOGIN });
    await source.refresh();
    const devices = source.devices([]);
    assert.deepEqual(
      devices.map(({ name, model, api }) => [name, model, api !== null]),
      [
        ['web-1', 'linux', false],
        ['counted', 'routeros', true],
        ['no-login', 'routeros', false],
        ['not-counted', 'routeros', true],
        ['paused', 'routeros', true],
      ],
    );
    const { parent, tags, hasBackups } = deviceIn(devices, 'counted');
    assert.deepEqual([parent, tags, hasBackups], ['web-1', ['lte', 'roof'], true]);
    assert.equal(deviceIn(devices, 'not-counted').hasBackups, false);
    assert.deepEqual(names(countedRouters(createRoster([source])).devices()), ['counted']);
  });

  it('hands on how each is reached by SSH: by a shared login, or by its own where that is not the API alone', async () => {
    const { source, desk } = setUp();
    const privateKey = '-----BEGIN OPENSSH PRIVATE KEY-----\nkey-of-backup\n-----END OPENSSH PRIVATE KEY-----\n';
    await desk.addCredential('backup', { username: 'backup', privateKey, passphrase: 'pass-of-backup' });
    await desk.addDevice('by-key', { host: '192.0.2.1', sshPort: 2222, sshCredential: 'backup', ...LOGIN });
    await desk.addDevice('api-alone', { host: '192.0.2.2', ...LOGIN });
    await desk.addDevice('router', { host: '192.0.2.3', sshPort: 2200, ...LOGIN });
    await desk.addDevice('server', { host: '192.0.2.4', model: 'linux', ...LOGIN });
    await desk.addDevice('no-login', { host: '192.0.2.5', model: 'ios', sshPort: 22 });
    await source.refresh();
    const devices = source.devices([]);
    const pinned = { hostKey: null, legacy: false };
    const own = { username: 'api', ...pinned, secrets: ['hunter22-hunter22', null, null] };
    assert.deepEqual(opened(deviceIn(devices, 'by-key').ssh), {
      ...{ port: 2222, username: 'backup', ...pinned, secrets: [null, privateKey, 'pass-of-backup'] },
    });
    assert.equal(deviceIn(devices, 'by-key').api?.username, 'api');
    assert.equal(deviceIn(devices, 'api-alone').ssh, null);
    assert.deepEqual(opened(deviceIn(devices, 'router').ssh), { port: 2200, ...own });
    assert.deepEqual(opened(deviceIn(devices, 'server').ssh), { port: 22, ...own });
    assert.equal(deviceIn(devices, 'no-login').ssh, null);
    assert.equal(mask('it said pass-of-backup'), 'it said ***');
  });

  it('looks at a device without an API by the port for SSH that it was given, with a login or without', async () => {
    const { source, desk } = setUp();
    await desk.addDevice('router', { host: '192.0.2.3', sshPort: 2200, ...LOGIN });
    await desk.addDevice('server', { host: '192.0.2.4', model: 'linux' });
    await desk.addDevice('no-login', { host: '192.0.2.5', model: 'ios', sshPort: 2222 });
    await source.refresh();
    const devices = source.devices([]);
    const probes = ['router', 'server', 'no-login'].map((name) => deviceIn(devices, name).probe);
    assert.deepEqual(probes, [null, null, { tcp: 2222 }]);
  });

  it('tells its changes, also those of another process, within 15 s', async () => {
    const { source, desk, clock } = setUp();
    const routers = countedRouters(createRoster([source]));
    const told: string[][] = [];
    routers.follow((devices) => void told.push(names(devices)));
    source.start();
    clock.advance(0);
    await turn();
    await desk.addDevice('edge-1', { host: '192.0.2.7', ...LOGIN });
    clock.advance(15_000);
    await turn();
    assert.deepEqual(told.at(-1), ['edge-1']);
    await desk.setDevice('edge-1', { paused: true });
    clock.advance(15_000);
    await turn();
    assert.deepEqual(told.at(-1), []);
    await source.stop();
  });

  it('looks at once after a change in its own process, but not in one that only edits', async () => {
    const { source, book } = setUp();
    const desk = createTestDesk(book, { onChange: source.changed });
    await desk.addDevice('edge-1', { host: '192.0.2.7', ...LOGIN });
    assert.deepEqual(names(source.devices([])), []);
    source.start();
    await desk.addDevice('edge-2', { host: '192.0.2.8', ...LOGIN });
    assert.deepEqual(names(source.devices([])), ['edge-1', 'edge-2']);
    await source.stop();
  });

  it('is asked for nothing more than its revision while nothing changes', async () => {
    const { source, desk, book } = setUp();
    await desk.addDevice('edge-1', { host: '192.0.2.7', ...LOGIN });
    let tellings = 0;
    source.follow(async () => void tellings++);
    await source.refresh();
    await source.refresh();
    assert.equal(tellings, 1);
    assert.equal(await book.revision(), 1);
  });

  it('comes after the configuration, by name and by address, and before later sources', async () => {
    const { source, desk } = setUp();
    await desk.addDevice('core', { host: '192.0.2.7', ...LOGIN });
    await desk.addDevice('same-address', { host: 'R1.Example.com.', ...LOGIN });
    await desk.addDevice('other-port', { host: 'r1.example.com', apiPort: 8000, ...LOGIN });
    await desk.addDevice('paused', { host: '192.0.2.8', paused: true, ...LOGIN });
    await desk.addDevice('server', { host: 'r1.example.com', model: 'linux', ...LOGIN });
    await source.refresh();
    const seen: string[][] = [];
    const first = [deviceOf('core', { host: '192.0.2.1' }), deviceOf('r1', { host: 'r1.example.com' })];
    const roster = createRoster([
      { devices: () => first, follow: () => {} },
      source,
      {
        devices(before) {
          seen.push(names(before));
          return [];
        },
        follow: () => {},
      },
    ]);
    assert.deepEqual(names(roster.devices()), ['core', 'r1', 'other-port', 'paused', 'server']);
    assert.deepEqual(names(countedRouters(roster).devices()), ['core', 'r1', 'other-port']);
    assert.ok(seen.at(-1)?.includes('paused'), 'a paused device is not polled through another source');
  });

  it('keeps what it knows while the database is away, and says so once', async () => {
    const { source, desk, away, logger } = setUp();
    await desk.addDevice('edge-1', { host: '192.0.2.7', ...LOGIN });
    await source.refresh();
    away(true);
    await source.refresh();
    await source.refresh();
    assert.deepEqual(names(source.devices([])), ['edge-1']);
    assert.equal(logger.entries.filter(({ level }) => level === 'warn').length, 1);
  });

  for (const [what, other, code] of [
    ['another key', createVault(Buffer.alloc(32, 9).toString('base64')), 'KEY_WRONG'],
    ['no key', null, 'KEY_MISSING'],
  ] as const) {
    it(`says so with ${what}, polls what it polled before, and nothing that it never could`, async () => {
      const { source, sourceOver, desk, logger } = setUp();
      await desk.addDevice('edge-1', { host: '192.0.2.7', ...LOGIN });
      await source.refresh();
      const next = sourceOver(other, source.remembered());
      await desk.addDevice('edge-2', { host: '192.0.2.8', ...LOGIN });
      await next.refresh();
      assert.deepEqual(polled(next), ['edge-1']);
      assert.equal(next.trouble()?.code, code);
      assert.ok(logger.entries.some(({ level, fields }) => level === 'warn' && fields['code'] === code));
      const fresh = sourceOver(other, []);
      await fresh.refresh();
      assert.deepEqual(polled(fresh), []);
      assert.deepEqual(names(fresh.devices([])), ['edge-1', 'edge-2'], 'no other source polls them');
    });
  }
});
