import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createInventorySource } from '../../src/devices/inventory-source.ts';
import type { Device } from '../../src/devices/ports.ts';
import { createRoster } from '../../src/devices/roster.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import { mask } from '../../src/runtime/mask.ts';
import { createTroubleLog } from '../../src/runtime/trouble-log.ts';
import { createVault, type Vault } from '../../src/runtime/vault.ts';
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
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function configured(given: Partial<Device>): Device {
  const api = {
    port: 8728,
    tls: false,
    username: 'api',
    password: { reveal: () => 'x' },
    encoding: 'windows-1252',
  } as const;
  return { name: 'core', host: '192.0.2.1', model: 'routeros', source: 'config', api, lineMbps: 10_000, ...given };
}

describe('the inventory as a source of devices', () => {
  it('gives routers with a login, with their password opened and masked in every text', async () => {
    const { source, desk } = setUp();
    await desk.addCredential('shared', { username: 'api', password: 'shared-secret-1' });
    await desk.addDevice('edge-1', { host: '192.0.2.7', ...LOGIN });
    await desk.addDevice('edge-2', { host: '192.0.2.8', apiCredential: 'shared', apiTls: 'insecure' });
    await desk.addDevice('web-1', { host: '192.0.2.9', model: 'linux', ...LOGIN });
    await desk.addDevice('no-login', { host: '192.0.2.10' });
    await desk.addDevice('not-counted', { host: '192.0.2.11', usage: false, ...LOGIN });
    await source.refresh();
    const devices = source.devices([]);
    assert.deepEqual(names(devices), ['edge-1', 'edge-2']);
    assert.deepEqual(
      devices.map(({ api }) => [api.port, api.tls, api.username, api.password.reveal()]),
      [
        [8728, false, 'api', 'hunter22-hunter22'],
        [8729, { insecure: true }, 'api', 'shared-secret-1'],
      ],
    );
    assert.equal(mask('said hunter22-hunter22 and shared-secret-1'), 'said *** and ***');
  });

  it('tells its changes, also those of another process, within 15 s', async () => {
    const { source, desk, clock } = setUp();
    const roster = createRoster([source]);
    const told: string[][] = [];
    roster.follow((devices) => void told.push(names(devices)));
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
    await source.refresh();
    const seen: string[][] = [];
    const first = [configured({}), configured({ name: 'r1', host: 'r1.example.com' })];
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
    assert.deepEqual(names(roster.devices()), ['core', 'r1', 'other-port']);
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
      assert.deepEqual(names(next.devices([])), ['edge-1']);
      assert.equal(next.trouble()?.code, code);
      assert.ok(logger.entries.some(({ level, fields }) => level === 'warn' && fields['code'] === code));
      const fresh = sourceOver(other, []);
      await fresh.refresh();
      assert.deepEqual(names(fresh.devices([])), []);
    });
  }
});
