import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createApp } from '../../src/app.ts';
import { createPauser } from '../../src/devices/pauser.ts';
import { createPauses } from '../../src/devices/pauses.ts';
import { countedRouters, createRoster } from '../../src/devices/roster.ts';
import { createPauseStore } from '../../src/devices/store/pause-store.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import { makeKey } from '../../src/runtime/vault.ts';
import { parseConfig } from '../../src/settings.ts';
import { freshMysql, freshSqlite, migrated } from '../support/databases.ts';
import { deviceOf } from '../support/devices.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';

for (const [kind, fresh] of [
  ['MariaDB', freshMysql],
  ['SQLite', freshSqlite],
] as const) {
  describe(`pauses in ${kind}`, () => {
    it('are kept once, by names as they are, and end', async (t) => {
      const { database, drop } = await migrated(fresh);
      t.after(drop);
      const book = createPauseStore({ database });
      for (const name of ['edge', 'edge ', 'Edge', 'edge']) await book.pause(name, 5);
      assert.deepEqual([...(await book.list())].sort(), ['Edge', 'edge', 'edge ']);
      await book.resume('edge');
      await book.resume('edge');
      assert.deepEqual([...(await book.list())].sort(), ['Edge', 'edge ']);
    });
  });
}

describe('paused devices', () => {
  it('stay on the roster and are not polled, within 5 s also where another process paused them', async () => {
    const clock = createManualClock(0);
    let stored = new Set<string>();
    let isAway = false;
    const list = () =>
      isAway ? Promise.reject(new TroubleError('DATABASE_UNREACHABLE', 'away', 'Wait.')) : Promise.resolve(stored);
    const pauses = createPauses({ book: { list }, clock, onBug: (error) => assert.fail(String(error)) });
    const devices = [deviceOf('edge'), deviceOf('core')];
    const roster = createRoster([{ devices: () => devices, follow: () => {} }], pauses);
    const routers = countedRouters(roster);
    const polled = () => routers.devices().map(({ name }) => name);
    await pauses.start();
    assert.deepEqual(polled(), ['edge', 'core']);
    stored = new Set(['edge']);
    clock.advance(5_000);
    await turn();
    assert.deepEqual([polled(), roster.devices().map(({ isPaused }) => isPaused)], [['core'], [true, false]]);
    isAway = true;
    clock.advance(5_000);
    await turn();
    assert.deepEqual(polled(), ['core']);
    isAway = false;
    stored = new Set();
    clock.advance(5_000);
    await turn();
    assert.deepEqual(polled(), ['edge', 'core']);
    await pauses.stop();
    assert.equal(clock.pending(), 0);
  });

  it('of the inventory are paused by its own field alone', () => {
    const devices = [deviceOf('edge'), deviceOf('core', { source: 'inventory' })];
    const pauses = { isPaused: () => true, follow: () => {} };
    const roster = createRoster([{ devices: () => devices, follow: () => {} }], pauses);
    assert.deepEqual(
      roster.devices().map(({ isPaused }) => isPaused),
      [true, false],
    );
  });

  it('are noted in the inventory where they come from it, and beside all other sources, on record', async () => {
    const calls: unknown[] = [];
    const sources = { edge: 'config', shop: 'inventory' } as const;
    let paused = false;
    const entry = { host: 'h', model: 'routeros', apiPort: null, apiTls: false, apiCredential: null, sshPort: null };
    const setPaused = createPauser({
      desk: {
        device: async (name) => ({
          ...{ ...entry, name, paused, source: name === 'edge' ? sources.edge : sources.shop },
          ...{ sshCredential: null, terminalCredential: null, username: null, parent: null, tags: [] },
          ...{ usage: true, backup: true, version: null },
        }),
        async setDevice(name, fields) {
          calls.push(['set', name, fields]);
          return { outcome: 'changed', problems: [], columns: [] };
        },
      },
      pauses: {
        list: async () => new Set(),
        async pause(name, at) {
          calls.push(['pause', name, at]);
        },
        async resume(name) {
          calls.push(['resume', name]);
        },
      },
      async note({ action, subject }) {
        calls.push([action, subject]);
      },
      clock: { now: () => 7 },
    });
    assert.equal(await setPaused('shop', true), true);
    assert.equal(await setPaused('edge', false), false);
    assert.equal(await setPaused('edge', true), true);
    paused = true;
    assert.equal(await setPaused('edge', false), true);
    assert.equal(await setPaused('shop', false), true);
    assert.deepEqual(calls, [
      ['set', 'shop', { paused: true }],
      ['pause', 'edge', 7],
      ['device.pause', 'edge'],
      ['resume', 'edge'],
      ['device.resume', 'edge'],
      ['set', 'shop', { paused: false }],
      ['resume', 'shop'],
    ]);
  });

  it('are not polled by a new process either, stay paused when they are taken over, and can be resumed then', async (t) => {
    const { url, drop } = await freshSqlite();
    t.after(drop);
    const key = makeKey();
    async function open(routers: readonly object[]) {
      const raw = { timeZone: 'UTC', database: url, report: [], key, routers };
      const app = await createApp(parseConfig(raw, { env: {}, folder: '/' }, 'a test'), createMemoryLogger());
      t.after(() => app.close());
      await app.migrate();
      const { desk } = app.inventory;
      const setPaused = createPauser({ desk, pauses: app.pauses, note: async () => {}, clock: systemClock });
      const polled = async () =>
        (await app.collect(new AbortController().signal)).map(({ router, status }) => `${router} ${status}`);
      return { app, desk, setPaused, polled };
    }
    const login = { username: 'api', password: 'hunter2-hunter2' };
    const edge = { name: 'edge', host: '127.0.0.1', port: 1, ...login, ssh: login };
    const first = await open([edge]);
    assert.equal(first.app.backups.devices().length, 1);
    await first.setPaused('edge', true);
    const second = await open([edge]);
    await second.app.backups.refresh();
    assert.equal(second.app.backups.devices().length, 0);
    assert.deepEqual(await (await open([edge])).polled(), []);

    await second.desk.takeOver('edge');
    const third = await open([]);
    assert.deepEqual([(await third.desk.device('edge')).paused, await third.polled()], [true, []]);
    assert.equal(await third.setPaused('edge', false), true);
    assert.deepEqual([[...(await third.app.pauses.list())], await third.polled()], [[], ['edge failed']]);
  });
});
