import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { renderWatchdog, type WatchdogOptions } from '../../../src/hardening/watchdog.ts';
import { type Dialect, dialect, type KnownVersion } from '../../support/rsc/dialect.ts';
import { emptyRouter, hardening, undo as hardeningUndo } from '../../support/rsc/example-routers.ts';
import { addRow, rowsOf, snapshot, textIn } from '../../support/rsc/router.ts';
import { importScript, letMinutesPass, statesOfImport } from '../../support/rsc/run.ts';
import { textOf } from '../../support/rsc/values.ts';

const undo = readFileSync(new URL('../../../routeros/watchdog_undo.rsc', import.meta.url), 'utf8');
const GATEWAY = '192.0.2.254';
const TOWER = '192.0.2.33';

function scriptWith(change: Partial<WatchdogOptions> = {}): string {
  const ports = [{ port: 'ether3', address: TOWER }];
  return renderWatchdog({ watched: GATEWAY, ports, afterMinutes: 10, times: 2, ...change });
}

/** Every version has these menus on hardware; a virtual machine has no ports that give power. */
function withMenus(version: KnownVersion, hasPoe: boolean): Dialect {
  const usual = dialect(version);
  const poe = {
    add: ['name'],
    find: ['where'],
    set: ['numbers'],
    get: ['number', 'value-name'],
    'power-cycle': ['numbers', 'duration'],
  };
  return {
    ...usual,
    commands: {
      ...usual.commands,
      '/tool': { ping: ['address', 'count'] },
      '/system': { reboot: [] },
      '/system/watchdog': { get: ['value-name'], set: ['watchdog-timer', 'watch-address'] },
      ...(hasPoe ? { '/interface/ethernet/poe': poe } : {}),
    },
  };
}

/** A router with two ports that give power. What does not answer is `silent`; what it did is `done`. */
function watchingRouter(version: KnownVersion, { hasPoe = true } = {}) {
  const router = emptyRouter(withMenus(version, hasPoe));
  router.singles.set('/system/watchdog', new Map([['watchdog-timer', 'no']]));
  if (hasPoe) for (const name of ['ether3', 'ether4']) addRow(router, '/interface/ethernet/poe', { name });
  const silent = new Set<string>();
  const done: string[] = [];
  router.actions.set('/tool ping', (_, given) => (silent.has(String(given.get('address'))) ? 0 : 3));
  router.actions.set('/system reboot', (on) => {
    done.push('reboot');
    on.globals.clear();
    return undefined;
  });
  router.actions.set('/interface/ethernet/poe power-cycle', (on, given) => {
    const port = rowsOf(on, '/interface/ethernet/poe').find(({ id }) => id === textOf(given.get('numbers')));
    done.push(`cycle ${port === undefined ? '?' : textIn(port, 'name')} ${textOf(given.get('duration'))}`);
    return undefined;
  });
  const minutes = (count: number) => {
    for (let minute = 0; minute < count; minute += 1) letMinutesPass(router, 1);
  };
  return { router, silent, done, minutes };
}

for (const version of ['6.49', '7.12.2', '7.18.2', '7.24'] as const) {
  describe(`a router that mends itself, on RouterOS ${version}`, () => {
    it('leaves what answers alone', () => {
      const { router, done, minutes } = watchingRouter(version);
      importScript(router, scriptWith());
      minutes(100);
      assert.deepEqual(done, []);
    });

    it('reboots and cycles the port after its minutes, twice, and then never again, whatever a reboot forgets', () => {
      const { router, silent, done, minutes } = watchingRouter(version);
      importScript(router, scriptWith());
      silent.add(GATEWAY).add(TOWER);
      minutes(9);
      assert.deepEqual(done, []);
      minutes(1);
      assert.deepEqual(done, ['reboot']);
      minutes(500);
      assert.deepEqual(done.sort(), ['cycle ether3 5s', 'cycle ether3 5s', 'reboot', 'reboot']);
      assert.ok(router.logged.some((line) => line.includes('the limit is reached: 2 reboots')));
    });

    it('counts no failure twice, and a recovery does not give new tries; a whole day does', () => {
      const { router, silent, done, minutes } = watchingRouter(version);
      importScript(router, scriptWith({ watched: null, times: 1 }));
      silent.add(TOWER);
      minutes(10);
      silent.clear();
      minutes(1439);
      silent.add(TOWER);
      minutes(30);
      assert.deepEqual(done, ['cycle ether3 5s']);
      silent.clear();
      minutes(1440);
      silent.add(TOWER);
      minutes(10);
      assert.deepEqual(done, ['cycle ether3 5s', 'cycle ether3 5s']);
    });

    it('is the same after a second import, keeps what it counted, and drops what is not given any more', () => {
      const { router, silent, minutes } = watchingRouter(version);
      importScript(router, scriptWith());
      silent.add(TOWER);
      minutes(10);
      const before = snapshot(router);
      importScript(router, scriptWith());
      assert.deepEqual(snapshot(router), before);
      importScript(router, scriptWith({ ports: [{ port: 'ether4', address: TOWER }] }));
      const names = rowsOf(router, '/system/scheduler')
        .map((row) => textIn(row, 'name'))
        .sort();
      assert.deepEqual(names, [
        ...['netsentinel-watchdog-ether4', 'netsentinel-watchdog-ether4-count', 'netsentinel-watchdog-reboot'],
        ...['netsentinel-watchdog-reboot-count', 'netsentinel-watchdog-timer'],
      ]);
    });

    it('counts for each port by its name: in whichever order ports are imported, none gets the minutes of another', () => {
      const { router, silent, done, minutes } = watchingRouter(version);
      const [third, fourth] = [
        { port: 'ether3', address: TOWER },
        { port: 'ether4', address: '192.0.2.44' },
      ];
      importScript(router, scriptWith({ watched: null, ports: [third, fourth] }));
      silent.add(TOWER);
      minutes(9);
      importScript(router, scriptWith({ watched: null, ports: [fourth, third] }));
      silent.clear();
      silent.add(fourth.address);
      minutes(9);
      assert.deepEqual(done, []);
      minutes(1);
      assert.deepEqual(done, ['cycle ether4 5s']);
      importScript(router, scriptWith({ watched: null, ports: [third] }));
      silent.add(TOWER);
      minutes(10);
      assert.deepEqual(done, ['cycle ether4 5s', 'cycle ether3 5s']);
    });

    it('is undone without a trace, also beside the hardening, whose undo leaves it', () => {
      const { router } = watchingRouter(version);
      const before = snapshot(router);
      importScript(router, scriptWith());
      importScript(router, undo);
      assert.deepEqual(snapshot(router), before);
      importScript(router, scriptWith());
      const watched = snapshot(router);
      importScript(router, hardening());
      importScript(router, hardeningUndo);
      assert.deepEqual(snapshot(router), watched);
    });

    it('is undone wherever the power fails in the import', () => {
      const { router: unwatched } = watchingRouter(version);
      const before = snapshot(unwatched);
      for (const [changes, router] of statesOfImport(unwatched, scriptWith()).entries()) {
        importScript(router, undo);
        assert.deepEqual(snapshot(router), before, `after ${changes} changes`);
      }
    });

    it('changes nothing where a port gives no power, or there is none', () => {
      for (const [ports, hasPoe] of [
        [[{ port: 'ether9', address: TOWER }], true],
        [[{ port: 'ether3', address: TOWER }], false],
      ] as const) {
        const { router } = watchingRouter(version, { hasPoe });
        const before = snapshot(router);
        assert.throws(
          () => importScript(router, scriptWith({ ports })),
          /there is no port ether\d that gives power; nothing was changed/,
        );
        assert.deepEqual(snapshot(router), before);
      }
    });
  });
}

describe('the script of the watchdog', () => {
  it('has variables of letters and digits, other ones for each port', () => {
    const names = ['a-b', 'a_b', 'a.b', 'ax2db', 'sfp-sfpplus1', 'Reboot'];
    const ports = names.map((port) => ({ port, address: TOWER }));
    const script = scriptWith({ ports });
    const counters = new Set([...script.matchAll(/:global (nsMissing[^\\\s"]*)/g)].map(([, name]) => name));
    assert.equal(counters.size, ports.length + 1);
    for (const name of counters) assert.match(name ?? '', /^nsMissing[A-Za-z0-9]+$/);
  });

  it('is refused for values that no router could use', () => {
    const port = { port: 'ether3', address: TOWER };
    for (const [change, code] of [
      [{ watched: 'gateway' }, 'HARDENING_ADDRESS'],
      [{ watched: '192.0.2.0/24' }, 'HARDENING_ADDRESS'],
      [{ ports: [{ ...port, address: '"; /system reset' }] }, 'HARDENING_ADDRESS'],
      [{ ports: [{ ...port, port: 'a "b"' }] }, 'HARDENING_WATCHDOG'],
      [{ ports: [port, port] }, 'HARDENING_WATCHDOG'],
      [{ watched: null, ports: [] }, 'HARDENING_WATCHDOG'],
      [{ afterMinutes: 0 }, 'HARDENING_WATCHDOG'],
      [{ times: 1.5 }, 'HARDENING_WATCHDOG'],
    ] as const) {
      assert.throws(() => scriptWith(change), { name: 'TroubleError', code });
    }
  });
});
