import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { type BackupAccessOptions, renderBackupAccess } from '../../../src/hardening/backup-access.ts';
import type { Dialect } from '../../support/rsc/dialect.ts';
import {
  customRouter,
  defaultRouter,
  dialects,
  emptyRouter,
  hardening,
  undo as hardeningUndo,
  listConnections,
  password,
} from '../../support/rsc/example-routers.ts';
import { walk } from '../../support/rsc/packet-walk.ts';
import { addRow, type Router, removeRow, rowsOf, snapshot, textIn } from '../../support/rsc/router.ts';
import { importScript, letMinutesPass, statesOfImport } from '../../support/rsc/run.ts';

const fileOf = (name: string) => readFileSync(new URL(`../../../routeros/${name}`, import.meta.url), 'utf8');
const template = fileOf('backup_access.rsc');
const undo = fileOf('backup_access_undo.rsc');
const RSA = 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7';
const ED25519 = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEJJAj';
const SERVER = '192.0.2.10';

function scriptWith(change: Partial<BackupAccessOptions> = {}): string {
  return renderBackupAccess({
    ...{ template, undo, password, publicKey: null, allowsBinary: false, rollbackMinutes: 10 },
    serverAddresses: [SERVER, '2001:db8::10'],
    adminNetworks: ['198.51.100.0/24', '2001:db8:aa::/48'],
    ...change,
  });
}

/** The menus of keys and files; RouterOS 6 takes a key from a file only. */
function withMenus(of: Dialect): Dialect {
  const keys = { find: ['where'], remove: ['numbers'], import: ['public-key-file', 'user'] };
  return {
    ...of,
    commands: {
      ...of.commands,
      '/user/ssh-keys': of.version === '6.49' ? keys : { ...keys, add: ['comment', 'copy-from', 'key', 'user'] },
      '/file': { find: ['where'], print: ['file'], set: ['contents', 'numbers'], remove: ['numbers'] },
    },
  };
}

/** Gives a router its version, and what reads and writes files; `takesKeys` false: every key is refused. */
function furnish(router: Router, { takesKeys = true } = {}): Router {
  router.singles.set('/system/resource', new Map([['version', `${router.dialect.version}.1 (stable)`]]));
  router.actions.set('/file print', (on, given) => {
    addRow(on, '/file', { name: `${String(given.get('file'))}.txt` });
    return undefined;
  });
  router.actions.set('/user/ssh-keys import', (on, given) => {
    const file = rowsOf(on, '/file').find((row) => textIn(row, 'name') === given.get('public-key-file'));
    if (file === undefined || !takesKeys) return undefined;
    addRow(on, '/user/ssh-keys', { user: String(given.get('user')), key: textIn(file, 'contents') });
    removeRow(on, '/file', file.id);
    return undefined;
  });
  if (!takesKeys) router.actions.set('/user/ssh-keys add', () => undefined);
  return router;
}

/** An admin's router: SSH limited and moved, a group of the right rights, live connections among the services. */
function limitedRouter(of: Dialect): Router {
  const router = customRouter(of);
  addRow(router, '/user/group', { name: 'backup_readonly', policy: 'ssh,read,sensitive' });
  for (const row of rowsOf(router, '/ip/service')) {
    row.values.set('address', '203.0.113.0/24,198.51.100.9/32');
    if (textIn(row, 'name') === 'ssh') row.values.set('port', '2222');
  }
  if (of.listsConnections) listConnections(router);
  return router;
}

const rowNamed = (router: Router, menu: string, name: string) =>
  rowsOf(router, menu).find((row) => textIn(row, 'name') === name && row.values.get('dynamic') !== true);
const inRow = (router: Router, menu: string, name: string, property: string) => {
  const row = rowNamed(router, menu, name);
  return row === undefined ? undefined : textIn(row, property);
};
const keysOf = (router: Router) => rowsOf(router, '/user/ssh-keys').map((row) => textIn(row, 'key'));

for (const [name, usual] of Object.entries(dialects)) {
  const of = withMenus(usual);
  const hasIpv6 = of.commands['/ipv6/firewall/filter'] !== undefined;
  const states = {
    'an empty router': () => furnish(emptyRouter(of)),
    'the default configuration': () => furnish(defaultRouter(of)),
    "an admin's router": () => furnish(limitedRouter(of)),
  };
  const scripts = { 'with a password': scriptWith(), 'with a key': scriptWith({ publicKey: RSA }) };
  const forBinary = scriptWith({ allowsBinary: true });

  describe(`the access for backups on RouterOS ${name}`, () => {
    it('is a user with the three policies and no other, bound to the server', () => {
      const router = states['the default configuration']();
      importScript(router, scripts['with a key']);
      assert.equal(inRow(router, '/user', 'netsentinel_backup', 'group'), 'backup_readonly');
      assert.equal(inRow(router, '/user', 'netsentinel_backup', 'disabled'), 'no');
      const bound = inRow(router, '/user', 'netsentinel_backup', 'address');
      assert.equal(bound, hasIpv6 && of.userTakesManyNetworks ? '192.0.2.10/32,2001:db8::10/128' : '192.0.2.10/32');
      assert.deepEqual(inRow(router, '/user/group', 'backup_readonly', 'policy')?.split(',').sort(), [
        'read',
        'sensitive',
        'ssh',
      ]);
      assert.deepEqual(keysOf(router), [RSA]);
      assert.deepEqual(rowsOf(router, '/file'), []);
    });

    it('may also save and fetch binary backups where that is asked for, by a group of its own', () => {
      const router = states['the default configuration']();
      importScript(router, scripts['with a key']);
      importScript(router, forBinary);
      const after = snapshot(router);
      importScript(router, forBinary);
      assert.deepEqual(snapshot(router), after);
      assert.equal(inRow(router, '/user', 'netsentinel_backup', 'group'), 'backup_binary');
      assert.equal(inRow(router, '/user/group', 'backup_binary', 'policy'), 'ssh,ftp,read,write,sensitive');
      assert.equal(inRow(router, '/user/group', 'backup_readonly', 'policy'), 'ssh,read,sensitive');
      importScript(router, undo);
      assert.deepEqual(
        ['backup_readonly', 'backup_binary'].map((each) => rowNamed(router, '/user/group', each)),
        [undefined, undefined],
      );
    });

    it('uses no group of that name that has other rights', () => {
      const groups = [
        ['backup_binary', 'ssh,ftp,read,write,policy,sensitive', forBinary],
        // As many as there should be, but others.
        ['backup_binary', 'ssh,ftp,read,write,policy', forBinary],
        ['backup_readonly', 'ssh,read,write', scriptWith()],
      ] as const;
      for (const [group, policy, script] of groups) {
        const router = states['the default configuration']();
        addRow(router, '/user/group', { name: group, policy });
        const before = snapshot(router);
        assert.throws(() => importScript(router, script), new RegExp(`group ${group} with other policies`), policy);
        assert.deepEqual(snapshot(router), before);
      }
    });

    it('limits SSH to the server and the networks given, and keeps who was allowed before', () => {
      const given = hasIpv6
        ? '192.0.2.10/32,2001:db8::10/128,198.51.100.0/24,2001:db8:aa::/48'
        : '192.0.2.10/32,198.51.100.0/24';
      const open = states['an empty router']();
      importScript(open, scripts['with a password']);
      assert.equal(inRow(open, '/ip/service', 'ssh', 'address'), given);
      const limited = states["an admin's router"]();
      importScript(limited, scripts['with a password']);
      assert.equal(inRow(limited, '/ip/service', 'ssh', 'address'), `${given},203.0.113.0/24,198.51.100.9/32`);
    });

    it('lets the server through the firewall, at the port SSH has, and changes nothing for others', () => {
      const [before, router] = [states["an admin's router"](), states["an admin's router"]()];
      importScript(router, scripts['with a password']);
      for (const source of hasIpv6 ? [SERVER, '2001:db8::10'] : [SERVER]) {
        assert.equal(walk(router, { source, port: 2222, state: 'new', from: 'WAN' }), 'accepted');
      }
      for (const source of [SERVER, '203.0.113.9', '198.51.100.66', '192.0.2.11']) {
        for (const port of source === SERVER ? [22, 80, 8728] : [22, 2222, 80, 8728]) {
          const packet = { source, port, state: 'new', from: 'WAN' } as const;
          assert.equal(walk(router, packet), walk(before, packet), `${source} to ${port}`);
        }
      }
    });

    for (const [state, build] of Object.entries(states)) {
      for (const [how, script] of Object.entries(scripts)) {
        const what = `${state}, ${how}`;
        const imported = () => {
          const router = build();
          importScript(router, script);
          return router;
        };

        it(`${what}: is the same after a second import, also when the rollback was cancelled`, () => {
          const router = imported();
          const before = snapshot(router);
          importScript(router, script);
          assert.deepEqual(snapshot(router), before);
          importScript(router, router.printed.at(-1) ?? '');
          const kept = snapshot(router);
          letMinutesPass(router, 1000);
          importScript(router, script);
          assert.deepEqual(snapshot(router), kept);
          assert.notDeepEqual(kept, before);
        });

        it(`${what}: is undone without a trace, by hand or by the rollback after its minutes`, () => {
          const before = snapshot(build());
          const byHand = imported();
          importScript(byHand, undo);
          assert.deepEqual(snapshot(byHand), before);
          const byItself = imported();
          letMinutesPass(byItself, 9);
          assert.deepEqual(snapshot(byItself), snapshot(imported()));
          letMinutesPass(byItself, 10);
          assert.deepEqual(snapshot(byItself), before);
        });

        it(`${what}: is undone wherever the power fails in the import, in a second one or in the undo`, () => {
          const before = snapshot(build());
          const other = scriptWith({ serverAddresses: ['192.0.2.77'], adminNetworks: [], publicKey: RSA.slice(0, -1) });
          for (const [from, cut] of [
            [build, script],
            [imported, other],
            [imported, undo],
          ] as const) {
            for (const [changes, router] of statesOfImport(from(), cut).entries()) {
              importScript(router, undo);
              assert.deepEqual(snapshot(router), before, `power lost after ${changes} changes`);
            }
          }
        });
      }
    }

    it('drops what an earlier import gave and this one does not', () => {
      const router = states["an admin's router"]();
      importScript(router, scriptWith({ publicKey: RSA }));
      importScript(router, scriptWith({ serverAddresses: ['192.0.2.77'], adminNetworks: [] }));
      assert.equal(inRow(router, '/ip/service', 'ssh', 'address'), '192.0.2.77/32,203.0.113.0/24,198.51.100.9/32');
      assert.equal(inRow(router, '/user', 'netsentinel_backup', 'address'), '192.0.2.77/32');
      assert.deepEqual(keysOf(router), []);
      const ours = rowsOf(router, '/ip/firewall/filter').filter((row) => /^NetSentinel/.test(textIn(row, 'comment')));
      assert.deepEqual(
        ours.map((row) => [textIn(row, 'src-address'), textIn(row, 'dst-port')]),
        [['192.0.2.77/32', '2222']],
      );
    });

    it('lives beside the hardening, in either order; neither undo touches the other', () => {
      for (const backupFirst of [false, true]) {
        const router = states["an admin's router"]();
        const both = backupFirst ? [scriptWith(), hardening()] : [hardening(), scriptWith()];
        for (const script of [...both, ...both]) importScript(router, script);
        const settled = snapshot(router);
        for (const script of both) importScript(router, script);
        assert.deepEqual(snapshot(router), settled);
        assert.equal(walk(router, { source: SERVER, port: 2222, state: 'new', from: 'WAN' }), 'accepted');
        assert.equal(walk(router, { source: '203.0.113.9', port: 8728, state: 'new', from: 'WAN' }), 'dropped');
        importScript(router, hardeningUndo);
        assert.ok(rowNamed(router, '/user', 'netsentinel_backup'));
        assert.equal(walk(router, { source: SERVER, port: 2222, state: 'new', from: 'WAN' }), 'accepted');
        importScript(router, undo);
        assert.deepEqual(snapshot(router), snapshot(states["an admin's router"]()));
      }
    });

    it('changes nothing where a user or a group of that name is not its own, or the key is one it cannot take', () => {
      const foreignUser = states['an empty router']();
      addRow(foreignUser, '/user', { name: 'netsentinel_backup', group: 'full', password: 'of the admin' });
      const foreignGroup = states['an empty router']();
      addRow(foreignGroup, '/user/group', { name: 'backup_readonly', policy: 'ssh,read,sensitive,write' });
      const cases: [Router, string, RegExp][] = [
        [foreignUser, scriptWith(), /there is a user netsentinel_backup already/],
        [foreignGroup, scriptWith(), /there is a group backup_readonly with other policies/],
        [states['an empty router'](), template, /first let "netsentinel hardening --backup" put the values in/],
      ];
      if (of.version === '6.49')
        cases.push([states['an empty router'](), scriptWith({ publicKey: ED25519 }), /takes no ed25519 key/]);
      for (const [router, script, message] of cases) {
        const before = snapshot(router);
        assert.throws(() => importScript(router, script), message);
        assert.deepEqual(snapshot(router), before);
      }
    });

    it('leaves SSH open and the user off when the router does not take the key', () => {
      const router = furnish(emptyRouter(of), { takesKeys: false });
      const before = snapshot(router);
      assert.throws(() => importScript(router, scriptWith({ publicKey: RSA })), /does not take the key/);
      assert.equal(inRow(router, '/user', 'netsentinel_backup', 'disabled'), 'yes');
      assert.equal(inRow(router, '/ip/service', 'ssh', 'address'), '');
      importScript(router, undo);
      assert.deepEqual(snapshot(router), before);
    });
  });
}

describe('the versions that take an ed25519 key', () => {
  for (const [version, takes] of [
    ['6.49.18 (long-term)', false],
    ['7.1beta6', false],
    ['7.9', false],
    ['7.11.3 (stable)', false],
    ['7.12rc1 (testing)', true],
    ['7.12', true],
    ['7.20.8 (stable)', true],
    ['8.0', true],
  ] as const) {
    it(`${takes ? 'have' : 'do not have'} ${version} among them`, () => {
      const router = furnish(emptyRouter(withMenus(dialects['7.24'] ?? assert.fail())));
      router.singles.set('/system/resource', new Map([['version', version]]));
      const load = () => importScript(router, scriptWith({ publicKey: ED25519 }));
      if (takes) {
        load();
        assert.deepEqual(keysOf(router), [ED25519]);
      } else assert.throws(load, /takes no ed25519 key/);
    });
  }
});
