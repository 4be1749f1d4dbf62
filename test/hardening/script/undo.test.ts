import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  customRouter,
  defaultRouter,
  dialects,
  emptyRouter,
  hardening,
  listConnections,
  undo,
} from '../../support/rsc/example-routers.ts';
import { addRow, copyRouter, type Router, rowsOf, snapshot, textIn } from '../../support/rsc/router.ts';
import { importScript, letMinutesPass, statesOfImport } from '../../support/rsc/run.ts';

/** An admin's router on which everything the script could touch has a value of the admin's own. */
function touchedRouter(of: (typeof dialects)[string]): Router {
  const router = customRouter(of);
  addRow(router, '/user/group', { name: 'staff "night" $1', policy: 'read,ssh' });
  addRow(router, '/user/group', { name: 'api_readonly', policy: 'read,write,api,test' });
  addRow(router, '/user', {
    name: 'librenms_api',
    group: 'staff "night" $1',
    password: 'a-password-of-old',
    address: '203.0.113.0/24',
    disabled: true,
  });
  for (const row of rowsOf(router, '/ip/service')) row.values.set('address', '203.0.113.0/24,198.51.100.9/32');
  addRow(router, '/system/scheduler', {
    name: 'nightly',
    interval: '1d',
    'on-event': ':log info hello',
    comment: 'netsentinel is not ours',
  });
  if (of.listsConnections) listConnections(router);
  return router;
}

const forgettingPasswords = (router: Router) => {
  for (const row of rowsOf(router, '/user')) row.values.delete('password');
  return snapshot(router);
};

for (const [name, of] of Object.entries(dialects)) {
  const states = {
    'an empty router': () => emptyRouter(of),
    'the default configuration': () => defaultRouter(of),
    "an admin's router": () => touchedRouter(of),
  };
  describe(`the undo on RouterOS ${name}`, () => {
    for (const [state, build] of Object.entries(states))
      for (const optional of [false, true]) {
        const what = `${state}${optional ? ', optional part too' : ''}`;

        it(`${what}: brings everything back but the password of a user that was there`, () => {
          const router = build();
          importScript(router, hardening({ optional }));
          importScript(router, undo);
          assert.deepEqual(forgettingPasswords(router), forgettingPasswords(build()));
        });

        it(`${what}: is done by the safety net after its minutes, not before`, () => {
          const router = build();
          importScript(router, hardening({ optional, rollbackMinutes: 7 }));
          const hardened = snapshot(router);
          letMinutesPass(router, 6);
          assert.deepEqual(snapshot(router), hardened);
          letMinutesPass(router, 7);
          assert.deepEqual(forgettingPasswords(router), forgettingPasswords(build()));
        });

        it(`${what}: stays hardened once the shown line was run`, () => {
          const router = build();
          importScript(router, hardening({ optional, rollbackMinutes: 7 }));
          importScript(router, router.printed.at(-1) ?? '');
          const kept = snapshot(router);
          letMinutesPass(router, 1000);
          assert.deepEqual(snapshot(router), kept);
          assert.ok(rowsOf(router, '/user').some((row) => textIn(row, 'name') === 'librenms_api'));
        });
      }

    /** Mends each router whose power failed before one of its changes, and the one whose script was through: then it must be as before. */
    function mendEach(cut: readonly Router[], mend: (router: Router) => void, before: unknown): void {
      // Between two changes a router is the same after each statement, so these cuts stand for all of them.
      for (const [changes, router] of cut.entries()) {
        const mended = copyRouter(router);
        mend(mended);
        assert.deepEqual(forgettingPasswords(mended), before, `power lost after ${changes} changes`);
      }
    }

    for (const [state, build] of Object.entries(states))
      for (const optional of [false, true]) {
        const what = `${state}${optional ? ', optional part too' : ''}`;
        const undoIt = (router: Router) => importScript(router, undo);
        const hardened = () => {
          const router = build();
          importScript(router, hardening({ optional }));
          return router;
        };

        it(`${what}: brings everything back wherever the import lost its power, by hand or by the safety net`, () => {
          const before = forgettingPasswords(build());
          const cut = statesOfImport(build(), hardening({ optional }));
          assert.ok(cut.length > 11, `only ${cut.length - 1} changes`);
          mendEach(cut, undoIt, before);
          mendEach(cut, (router) => letMinutesPass(router, 10), before);
        });

        it(`${what}: brings everything back wherever a second import with other values lost its power`, () => {
          const second = hardening({ serverAddresses: ['192.0.2.77', '2001:db8::77'], adminNetworks: [], optional });
          mendEach(statesOfImport(hardened(), second), undoIt, forgettingPasswords(build()));
        });

        it(`${what}: brings everything back wherever the undo itself lost its power, when it is run again`, () => {
          mendEach(statesOfImport(hardened(), undo), undoIt, forgettingPasswords(build()));
        });

        it(`${what}: an import that lost its power is completed by importing again`, () => {
          const rules = (router: Router) => rowsOf(router, '/ip/firewall/filter').map((row) => textIn(row, 'comment'));
          const [before, whole] = [forgettingPasswords(build()), rules(hardened())];
          for (const [changes, router] of statesOfImport(build(), hardening({ optional })).entries()) {
            importScript(router, hardening({ optional }));
            assert.deepEqual(rules(router), whole, `power lost after ${changes} changes`);
            importScript(router, undo);
            assert.deepEqual(forgettingPasswords(router), before);
          }
        });
      }

    it('does nothing where nothing is to be undone, also the second time', () => {
      const router = touchedRouter(of);
      const before = snapshot(router);
      importScript(router, undo);
      assert.deepEqual(snapshot(router), before);
    });

    it('keeps what the admin found before the first import, however often it was imported with other values', () => {
      const router = touchedRouter(of);
      importScript(router, hardening());
      importScript(router, hardening({ serverAddresses: ['192.0.2.77'], optional: true }));
      importScript(router, undo);
      assert.deepEqual(forgettingPasswords(router), forgettingPasswords(touchedRouter(of)));
    });
  });
}

describe('the safety net', () => {
  it('is not set with 0 minutes', () => {
    const router = emptyRouter();
    importScript(router, hardening({ rollbackMinutes: 0 }));
    assert.deepEqual(
      rowsOf(router, '/system/scheduler').filter((row) => row.values.get('disabled') !== true),
      [],
    );
  });

  it('is there before anything else is changed, so that an import that breaks off is undone too', () => {
    const router = emptyRouter();
    addRow(router, '/ip/firewall/address-list', { list: 'other', address: '192.0.2.10' });
    const before = forgettingPasswords(router);
    const broken = hardening().replace(
      '  # Rows of the older script',
      '    :error "the line went dead"\n  # Rows of the older script',
    );
    assert.throws(() => importScript(router, broken), /the line went dead/);
    letMinutesPass(router, 10);
    assert.deepEqual(forgettingPasswords(router), before);
  });
});

describe('what the undo cannot put back', () => {
  it('is said with the command that failed, and kept', () => {
    const router = emptyRouter();
    addRow(router, '/user/group', { name: 'staff', policy: 'read' });
    addRow(router, '/user', { name: 'librenms_api', group: 'staff', password: 'a-password-of-old' });
    importScript(router, hardening());
    const groups = rowsOf(router, '/user/group');
    groups.splice(
      groups.findIndex((row) => textIn(row, 'name') === 'staff'),
      1,
    );
    importScript(router, undo);
    assert.ok(
      router.printed.some(
        (line) => line.startsWith('NetSentinel: could not put back') && line.includes('group="staff"'),
      ),
    );
    assert.deepEqual(
      rowsOf(router, '/system/scheduler').map((row) => textIn(row, 'name')),
      ['netsentinel-saved-user'],
    );
  });

  it('leaves a group that other users are in, and says so', () => {
    const router = emptyRouter();
    importScript(router, hardening());
    addRow(router, '/user', { name: 'graphs', group: 'api_readonly', password: 'another-password' });
    importScript(router, undo);
    assert.ok(router.printed.includes('NetSentinel: the group api_readonly stays, other users are in it'));
    assert.deepEqual(
      rowsOf(router, '/user').map((row) => textIn(row, 'name')),
      ['admin', 'graphs'],
    );
  });
});
