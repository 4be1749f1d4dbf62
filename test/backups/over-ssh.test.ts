import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createApp } from '../../src/app.ts';
import { binaryFault } from '../../src/backups/routeros/binary-file.ts';
import { type ExportFacts, exportOf } from '../../src/demo/configuration.ts';
import type { RouterOsVersion } from '../../src/demo/router-versions.ts';
import { createSshRouter, type ExportFaults, type SshRouter } from '../../src/demo/ssh-router.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { parseConfig } from '../../src/settings.ts';
import { backupBookOn, backupRunnerOn } from '../support/backup-runner.ts';
import { freshSqlite, migrated, type TestDatabase } from '../support/databases.ts';
import { KEY } from '../support/inventory.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { aDevice } from '../support/shells.ts';
import { hidden, NEVER, shellTo } from '../support/ssh-shell.ts';

const LOGIN = { username: 'backup', password: 'ssh-password-7' };
const TWO_MIB = 2_097_152;
const EDGE: ExportFacts = {
  ...({ version: '7.20.1', board: 'RB5009UG+S+', serial: 'HGQ09ABCDEF' } as const),
  ...{ at: Date.UTC(2026, 10, 26), showsSecrets: true, failedMenu: null },
};

function exportsOf(router: SshRouter): number {
  return router.activity().commands.filter((line) => line.startsWith('/export')).length;
}

describe('the configured SSH of a device', () => {
  it('is what counts: no other host key is accepted beside it, and its old algorithms are warned of once', async (t) => {
    const database = await freshSqlite();
    t.after(() => database.drop());
    const clock = createManualClock(Date.UTC(2026, 10, 26, 3));
    const router = createSshRouter({ clock, version: '7.20.1', identity: 'old', ...LOGIN });
    const { port } = await router.start();
    t.after(() => router.stop());
    const ssh = { port, ...LOGIN, legacy: true };
    const device = { name: 'old', host: '127.0.0.1', model: 'linux', ssh };
    const pinned = { ...device, name: 'pinned', ssh: { ...ssh, hostKey: `SHA256:${'A'.repeat(43)}` } };
    const config = { timeZone: 'UTC', database: database.url, key: KEY, devices: [device, pinned] };
    const logger = createMemoryLogger();
    const app = await createApp(parseConfig(config, { env: {}, folder: '/' }, 'test'), logger);
    t.after(() => app.close());
    await app.migrate();

    await assert.rejects(app.backups.trust('pinned', router.fingerprint()), { code: 'SSH_HOST_KEY_CONFIGURED' });
    await app.backups.trust('old', router.fingerprint());
    for (let login = 0; login < 2; login += 1) {
      const [found] = app.backups.devices();
      (await found?.shell.open(NEVER))?.close();
    }
    assert.deepEqual(
      logger.entries.filter(({ level }) => level === 'warn').map(({ fields }) => fields['device']),
      ['old'],
    );
  });
});

describe('binary backups in a configuration', () => {
  const PASSWORD = 'binary-password-9';

  it('are made of the devices that are named, by name and tag, and of RouterOS alone', async (t) => {
    const database = await freshSqlite();
    t.after(() => database.drop());
    const clock = createManualClock(Date.UTC(2026, 10, 26, 3));
    const router = createSshRouter({ clock, version: '7.20.1', identity: 'edge-1', ...LOGIN });
    const { port } = await router.start();
    t.after(() => router.stop());
    const api = { username: 'api', password: 'p' };
    const place = { host: '127.0.0.1', tags: ['binary'], ssh: { port, ...LOGIN } };
    const config = {
      ...{ timeZone: 'UTC', database: database.url, key: KEY },
      routers: [
        { ...api, ...place, name: 'edge-1' },
        { ...api, ...place, name: 'edge-2', tags: [] },
        { ...api, ...place, name: 'core-1' },
      ],
      devices: [{ ...place, name: 'edge-3', model: 'linux' }],
      backup: { binary: { password: PASSWORD, tags: ['binary'], device: 'edge-*' } },
    };
    const logger = createMemoryLogger();
    const app = await createApp(parseConfig(config, { env: {}, folder: '/' }, 'test'), logger);
    t.after(() => app.close());
    await app.migrate();
    const devices = app.backups.devices();
    assert.deepEqual(
      devices.filter(({ binary }) => binary !== null).map(({ name }) => name),
      ['edge-1'],
    );
    const report = await app.backups.run(devices.slice(0, 1), NEVER);
    const { outcome, binary } = report.devices[0] ?? assert.fail('no outcome');
    assert.deepEqual([outcome, binary?.outcome, binary?.code], ['first', 'stored', null]);
    assert.equal(binaryFault((await app.backups.desk().binary('edge-1')).bytes, PASSWORD), null);
    assert.deepEqual(router.files.names(), []);
    assert.ok(!JSON.stringify([logger.entries, report]).includes(PASSWORD));
  });

  for (const [what, binary] of [
    ['of no device', { password: PASSWORD }],
    ['without a password', { device: '*' }],
    ['with a short password', { password: 'short', device: '*' }],
    ['with a password that not every router reads alike', { password: 'pässword-of-many', device: '*' }],
  ] as const) {
    it(`are refused ${what}, and the password is not repeated`, () => {
      const config = { timeZone: 'UTC', database: 'sqlite:x', key: KEY, routers: [], backup: { binary } };
      assert.throws(
        () => parseConfig(config, { env: {}, folder: '/' }, 'test'),
        (error) =>
          error instanceof Error && /backup\.binary/.test(error.message) && !error.message.includes('pässword'),
      );
    });
  }
});

describe('backups over SSH', () => {
  let test: TestDatabase & { readonly database: Database };
  const routers: SshRouter[] = [];
  before(async () => {
    test = await migrated(freshSqlite);
  });
  after(async () => {
    for (const router of routers) await router.stop();
    await test.drop();
  });

  const clock = createManualClock(Date.UTC(2026, 10, 26, 3));

  async function start(name: string, version: RouterOsVersion) {
    const router = createSshRouter({ clock, version, identity: name, ...LOGIN });
    routers.push(router);
    const { port } = await router.start();
    const sshClock = createManualClock(0);
    const shell = shellTo({ port, username: LOGIN.username, password: hidden(LOGIN.password), clock: sshClock });
    const book = backupBookOn(test.database);
    const runner = backupRunnerOn(test.database, {
      ...{ clock, limits: { idleMs: 60_000, totalMs: 600_000, mostBytes: 16_777_216 } },
    });

    /** Backs up, letting the pauses between tries pass, and for one that stalls the time until it is given up. */
    async function backUp(faults: ExportFaults = {}) {
      router.setFaults(faults);
      let isOver = false;
      let seen = exportsOf(router);
      const report = runner.run([aDevice(name, shell)], NEVER).finally(() => {
        isOver = true;
      });
      while (!isOver) {
        await new Promise((resolve) => setImmediate(resolve));
        // More than the heartbeats of the two leases, of the run and of the device: a pause between tries, which is shorter than they are.
        if (clock.pending() > 2) clock.advance(20_000);
        if (faults.wire?.end !== 'stall' || exportsOf(router) === seen) continue;
        seen = exportsOf(router);
        sshClock.advance(60_000);
      }
      const [outcome] = (await report).devices;
      assert.ok(outcome !== undefined);
      return outcome;
    }
    const newest = async () => (await book.versions(name)).at(-1)?.version;
    return { router, backUp, newest };
  }

  for (const version of ['6.49.18', '7.12.1', '7.20.1'] as const) {
    it(`keep what RouterOS ${version} has, secrets too, and see that nothing changed`, async () => {
      const { router, backUp } = await start(`of ${version}`, version);
      const first = await backUp();
      assert.deepEqual([first.outcome, first.advice], ['first', null]);
      assert.equal((await backUp()).outcome, 'unchanged');
      router.change('ali', '/system identity', ['set name=core']);
      assert.equal((await backUp()).outcome, 'changed');
    });
  }

  it('never take anything for the newest good version that is not whole, and tell each fault from the others', async () => {
    const { router, backUp, newest } = await start('edge-1', '7.20.1');
    const small = await backUp();
    const whole = small.bytes ?? 0;
    const inSecret = exportOf(router.configuration(), EDGE).indexOf('hunter2') + 4;
    const cases: [string, ExportFaults, string, string][] = [
      ['cut in the middle of a secret', { wire: { bytes: inSecret, end: 'close' } }, 'failed', 'BACKUP_INCOMPLETE'],
      ['cut at its last line end', { wire: { bytes: whole, end: 'close' } }, 'failed', 'BACKUP_INCOMPLETE'],
      ['broken off', { wire: { bytes: 300, end: 'drop' } }, 'failed', 'BACKUP_INCOMPLETE'],
      ['broken off after its last line', { wire: { bytes: whole, end: 'drop' } }, 'failed', 'BACKUP_INCOMPLETE'],
      ['stalled', { wire: { bytes: 300, end: 'stall' } }, 'failed', 'BACKUP_INCOMPLETE'],
      ['refused', { errorText: 'expected end of command (line 1 column 9)' }, 'failed', 'BACKUP_INCOMPLETE'],
      ['without a menu', { failedMenu: '/ip address' }, 'quarantined', 'BACKUP_PART_FAILED'],
      ['without secrets', { hidesSecrets: true }, 'quarantined', 'BACKUP_SECRETS_GONE'],
      ['of another router', { serial: 'OTHER123' }, 'quarantined', 'BACKUP_OTHER_SERIAL'],
    ];
    for (const [what, faults, outcome, code] of cases) {
      const found = await backUp(faults);
      assert.deepEqual([found.outcome, found.code, found.tries], [outcome, code, outcome === 'failed' ? 3 : 1], what);
      assert.equal(await newest(), 1, what);
    }
    assert.equal((await backUp()).outcome, 'unchanged', 'it is well again');

    const comment = 'from a list of somebody else that is long and has a comment on each row of it';
    const row = (_: unknown, index: number) =>
      `add address=10.0.${index >> 8}.${index & 255} comment="${comment} ${index}" list=blocked`;
    const list = Array.from({ length: 20_000 }, row);
    router.change('ali', '/ip firewall address-list', list);
    const cut = await backUp({ wire: { bytes: TWO_MIB, end: 'close' } });
    assert.deepEqual([cut.outcome, cut.code], ['failed', 'BACKUP_INCOMPLETE'], 'cut at 2 MiB');
    assert.equal(await newest(), 1);
    const large = await backUp();
    assert.deepEqual([large.outcome, large.version], ['changed', 2]);
    assert.ok((large.bytes ?? 0) > TWO_MIB);

    const { passwords } = router.activity();
    router.renewHostKey();
    const changed = await backUp();
    assert.deepEqual([changed.outcome, changed.code, changed.tries], ['failed', 'SSH_HOST_KEY_CHANGED', 1]);
    assert.deepEqual(router.activity().passwords, passwords, 'no password went to who has another key');
  });
});
