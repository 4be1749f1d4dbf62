import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createPauser } from '../../src/devices/pauser.ts';
import { createPauses } from '../../src/devices/pauses.ts';
import { countedRouters, createRoster } from '../../src/devices/roster.ts';
import { createPauseStore } from '../../src/devices/store/pause-store.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import { freshMysql, freshSqlite, migrated } from '../support/databases.ts';
import { deviceOf } from '../support/devices.ts';
import { createManualClock } from '../support/manual-clock.ts';

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
    assert.deepEqual(calls, [
      ['set', 'shop', { paused: true }],
      ['pause', 'edge', 7],
      ['device.pause', 'edge'],
      ['resume', 'edge'],
      ['device.resume', 'edge'],
    ]);
  });
});
