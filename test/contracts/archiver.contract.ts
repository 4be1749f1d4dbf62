import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createArchiveStore } from '../../src/backups/store/archive-store.ts';
import { createBackupStore } from '../../src/backups/store/backup-store.ts';
import type { BackupTables } from '../../src/backups/store/schema.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import { archiverOn, folderArchive } from '../support/archiver.ts';
import { binaryBookOn } from '../support/backup-runner.ts';
import { newVersion } from '../support/backups.ts';
import { type FreshDatabase, migrated, type TestDatabase } from '../support/databases.ts';
import { vault } from '../support/inventory.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';
import { NEVER } from '../support/ssh-shell.ts';

const AT = Date.UTC(2026, 10, 27, 3);
const TABLES = [
  ...(['backup_copies', 'backup_binary_copies', 'backup_archives', 'backup_versions', 'backup_devices'] as const),
  ...(['backup_binaries', 'backup_binary_parts'] as const),
];
const DAY_MS = 86_400_000;
const PROGRAM = fileURLToPath(new URL('../support/copy-and-crash.ts', import.meta.url));

/** What comes of copies to an archive, whatever happens on the way. */
export function describeArchiver(store: string, fresh: FreshDatabase): void {
  describe(`off-site copies, noted in ${store}`, () => {
    let test: TestDatabase & { readonly database: Database };
    let folder: string;
    let clock: ManualClock;
    let runs = 0;
    before(async () => {
      test = await migrated(fresh);
    });
    after(() => test.drop());
    beforeEach(async (t) => {
      folder = mkdtempSync(join(tmpdir(), 'netsentinel-archive-'));
      if ('after' in t) t.after(() => rmSync(folder, { recursive: true }));
      clock = createManualClock(AT);
      await test.database.transaction(async (transaction) => {
        const tables = transaction.withTables<BackupTables>();
        for (const table of TABLES) {
          await tables.deleteFrom(table).execute();
        }
      });
    });

    const notices = () => createNoticeWriter({ database: test.database });
    const book = () => createArchiveStore({ database: test.database, notices: notices() });
    const texts = () => createBackupStore({ database: test.database, vault, notices: notices(), keep: 100 });
    /** The next version of a device, a second after the one before. */
    const addVersion = (device: string, text: string) =>
      texts().keep(device, `run-${++runs}`, () => newVersion(text, { sight: { at: AT + runs * 1000, clockMs: null } }));
    const filesOf = (device: string) => {
      try {
        return readdirSync(join(folder, device)).sort();
      } catch {
        return [];
      }
    };
    const versionsOf = (device: string) => filesOf(device).map((name) => Number(/-(\d+)\.age$/.exec(name)?.[1]));
    const copy = async (keep = 100) => {
      const archiver = archiverOn(test.database, [folderArchive(folder, { keep })], clock);
      const [made] = await archiver.tryOnce(NEVER);
      return made?.result;
    };
    /** What the worker's own loop does, older versions among it. */
    const copyAll = async (given: Parameters<typeof archiverOn>[3] = {}, archive = folderArchive(folder)) => {
      const tried = Promise.withResolvers<void>();
      const noted = book();
      const release: typeof noted.release = async (...args) => {
        await noted.release(...args);
        tried.resolve();
      };
      const archiver = archiverOn(test.database, [archive], clock, { book: { ...noted, release }, ...given });
      archiver.start();
      await tried.promise;
      await archiver.stop();
      return archiver;
    };

    it('copies the text of a version byte for byte, under a name that tells device, instant and version', async () => {
      await addVersion('edge-1', 'first \u00ff\r\n');
      assert.deepEqual(await copy(), { state: 'done', copied: 1, removed: 0 });
      const [name = ''] = filesOf('edge-1');
      assert.match(name, /^20261127T0300\d\dZ-1\.age$/);
      assert.deepEqual(readFileSync(join(folder, 'edge-1', name)), Buffer.from('sealed first \u00ff\r\n', 'latin1'));
      assert.deepEqual(await copy(), { state: 'done', copied: 0, removed: 0 });
      assert.deepEqual((await book().sum('nas')).copies, 1);
    });

    it('beats differently once there is another version, and only then', async () => {
      const pulses = [await book().pulse()];
      for (const device of ['edge-1', 'edge-2', 'edge-1']) {
        await addVersion(device, `text ${runs}`);
        pulses.push(await book().pulse());
      }
      assert.equal(new Set(pulses).size, pulses.length);
      assert.equal(await book().pulse(), pulses.at(-1));
    });

    it('copies all that is kept to an archive that comes late, and never more than it keeps: the oldest goes', async () => {
      for (const text of ['1', '2', '3', '4']) await addVersion('edge-1', text);
      await addVersion('edge-2', '1');
      assert.deepEqual(await copy(3), { state: 'done', copied: 2, removed: 0 });
      await copyAll({}, folderArchive(folder, { keep: 3 }));
      assert.deepEqual([versionsOf('edge-1'), versionsOf('edge-2')], [[2, 3, 4], [1]]);
      await addVersion('edge-1', '5');
      await copyAll({}, folderArchive(folder, { keep: 3 }));
      assert.deepEqual([versionsOf('edge-1'), versionsOf('edge-2')], [[3, 4, 5], [1]]);
    });

    it('copies the binary backup of a version beside its text, once that is there, and removes it with that', async () => {
      for (const text of ['1', '2', '3']) await addVersion('edge-1', text);
      const bytes = Buffer.from([0, 255, 13, 10]);
      const binaries = binaryBookOn(test.database);
      const before = await book().pulse();
      for (const version of [1, 3])
        await binaries.keep({ device: 'edge-1', version, bytes, takenAt: 7, isLeft: false });
      assert.notEqual(await book().pulse(), before);
      assert.deepEqual(await copy(), { state: 'done', copied: 2, removed: 0 });
      await copyAll();
      const names = () => filesOf('edge-1').map((name) => name.replace(/^\d{8}T\d{6}Z-/, ''));
      assert.deepEqual(names(), ['1.age', '1.backup.age', '2.age', '3.age', '3.backup.age'].sort());
      const file = filesOf('edge-1').find((name) => name.endsWith('-3.backup.age')) ?? '';
      assert.ok(readFileSync(join(folder, 'edge-1', file)).equals(Buffer.concat([Buffer.from('sealed '), bytes])));
      const { copies, bytes: sum } = await book().sum('nas');
      assert.deepEqual([copies, sum], [5, 3 * 8 + 2 * 11]);
      // What is missing is copied again, of both kinds.
      rmSync(join(folder, 'edge-1', file));
      clock.advance(DAY_MS);
      assert.deepEqual(await copy(), { state: 'done', copied: 1, removed: 0 });
      // One that was made for a version that is not to be copied any more does not wait.
      await binaries.keep({ device: 'edge-1', version: 2, bytes, takenAt: 7, isLeft: false });
      assert.deepEqual(await copy(1), { state: 'done', copied: 0, removed: 3 });
      assert.deepEqual(names(), ['3.age', '3.backup.age']);
      assert.deepEqual(await copy(1), { state: 'done', copied: 0, removed: 0 });
      await book().forget('nas');
      assert.deepEqual(await copy(1), { state: 'done', copied: 2, removed: 0 });
    });

    it('keeps copies of versions that the database has forgotten, and touches nothing that it did not copy', async () => {
      for (const text of ['1', '2']) await addVersion('edge-1', text);
      await copyAll();
      writeFileSync(join(folder, 'edge-1', '20200101T000000Z-77.age'), 'of another installation');
      await texts().forget('edge-1', 1);
      await addVersion('edge-1', '3');
      await copyAll({}, folderArchive(folder, { keep: 2 }));
      assert.deepEqual(versionsOf('edge-1'), [77, 2, 3]);
    });

    it('removes nothing while a new copy cannot be made: the newest stays', async () => {
      await addVersion('edge-1', '1');
      await copy(1);
      await addVersion('edge-1', '2');
      const full = folderArchive(folder, { keep: 1 });
      const open = async () => ({
        ...(await full.open(NEVER)),
        put: () => Promise.reject(new TroubleError('ARCHIVE_FULL', 'no room', 'Free space.')),
      });
      await copyAll({}, { ...full, open });
      assert.deepEqual(versionsOf('edge-1'), [1]);
    });

    it('counts no copy that is shorter in the archive than what was sent', async () => {
      await addVersion('edge-1', 'a long text');
      const honest = folderArchive(folder);
      const lying = {
        ...honest,
        async open(signal: AbortSignal) {
          const session = await honest.open(signal);
          return { ...session, put: (path: string, bytes: Buffer) => session.put(path, bytes.subarray(0, 5), signal) };
        },
      };
      const archiver = archiverOn(test.database, [lying], clock);
      const [made] = await archiver.tryOnce(NEVER);
      assert.equal(made?.result.state === 'failed' && made.result.trouble.code, 'ARCHIVE_INCOMPLETE');
      assert.equal((await book().sum('nas')).copies, 0);
      assert.deepEqual(await copy(), { state: 'done', copied: 1, removed: 0 });
    });

    it('writes nothing where all copies are gone, as where a disk is not mounted, until it is told to copy again', async () => {
      for (const device of ['edge-1', 'edge-2']) await addVersion(device, '1');
      await copy();
      rmSync(folder, { recursive: true });
      await addVersion('edge-3', '1');
      const result = await copy();
      assert.equal(result?.state === 'failed' && result.trouble.code, 'ARCHIVE_EMPTY');
      assert.deepEqual(filesOf('edge-3'), []);
      await book().forget('nas');
      assert.deepEqual(await copy(), { state: 'done', copied: 3, removed: 0 });
      assert.deepEqual([versionsOf('edge-1'), versionsOf('edge-3')], [[1], [1]]);
    });

    it('looks once a day for what is missing, and copies it again', async () => {
      for (const device of ['edge-1', 'edge-2']) await addVersion(device, '1');
      await copy();
      rmSync(join(folder, 'edge-1'), { recursive: true });
      clock.advance(DAY_MS);
      assert.deepEqual(await copy(), { state: 'done', copied: 1, removed: 0 });
      assert.deepEqual(versionsOf('edge-1'), [1]);
    });

    it('lets a version that cannot be read hold up no other', async () => {
      for (const device of ['edge-1', 'edge-2']) await addVersion(device, '1');
      await test.database.read((queries) =>
        queries
          .withTables<BackupTables>()
          .updateTable('backup_versions')
          .set({ content: 'AAAA' })
          .where('device', '=', 'edge-1')
          .execute(),
      );
      const archiver = await copyAll();
      assert.deepEqual([versionsOf('edge-1'), versionsOf('edge-2')], [[], [1]]);
      assert.deepEqual(
        archiver.logger.entries.filter(({ level }) => level === 'warn').map(({ fields }) => fields['code']),
        ['SECRET_DAMAGED'],
      );
    });

    it('lets one process at a time copy to an archive', async () => {
      assert.equal(await book().take('nas', 'other', 60_000, AT), true);
      assert.deepEqual(await copy(), { state: 'held' });
      await book().release('nas', 'other');
      assert.equal((await copy())?.state, 'done');
    });

    it('copies each version once though three workers begin at the same time', async () => {
      await addVersion('edge-1', '1');
      const made = await Promise.all([copy(), copy(), copy()]);
      assert.deepEqual(
        [made.filter((each) => each?.state === 'done' && each.copied === 1).length, versionsOf('edge-1')],
        [1, [1]],
      );
    });

    it('notes trouble with how long it lasts, tells of it once after three tries, and again after it worked', async () => {
      await addVersion('edge-1', '1');
      let told = 0;
      const tell = () => {
        told += 1;
        return [];
      };
      const trouble = new TroubleError('ARCHIVE_FULL', 'no room', 'Free space.');
      const fail = () => book().failed('nas', trouble, clock.now(), tell);
      assert.equal((await copy())?.state, 'done');
      await fail();
      clock.advance(60_000);
      await fail();
      assert.deepEqual((await book().standing('nas'))?.failing, {
        ...{ since: AT, tries: 2, code: 'ARCHIVE_FULL', trouble: 'no room', advice: 'Free space.' },
      });
      assert.equal(told, 0);
      await fail();
      assert.equal(told, 1);
      await book().succeeded('nas');
      assert.equal((await book().standing('nas'))?.failing, null);
    });

    it('says how much waits and since when: of an archive that came late, since it was there', async () => {
      const created = AT + 10 * DAY_MS;
      await addVersion('edge-1', '1');
      clock.advance(10 * DAY_MS);
      assert.equal(await book().take('nas', 'one', 1, created), true);
      await book().release('nas', 'one');
      await copyAll({ encrypt: () => Promise.reject(new Error('stop here')) });
      const { waiting, waitingSince } = (await book().standing('nas')) ?? {};
      assert.deepEqual([waiting, waitingSince], [1, created]);
    });

    for (const [point, when, left] of [
      ['put', 'after a copy and before its note', [1, 2]],
      ['note', 'after the note of a copy and before an older one is removed', [1, 2]],
      ['remove', 'after an older copy is removed and before that is noted', [2]],
    ] as const) {
      it(`goes on after a kill −9 ${when}: nothing is lost, nothing is there twice`, async () => {
        await addVersion('edge-1', '1');
        assert.equal((await copy(1))?.state, 'done');
        await addVersion('edge-1', '2');
        const child = fork(PROGRAM, [test.url, folder, point]);
        const [, signal] = await once(child, 'exit');
        assert.equal(signal, 'SIGKILL');
        assert.deepEqual(versionsOf('edge-1'), left);
        // The lease of the killed one ends by itself.
        await test.database.read((queries) =>
          queries.withTables<BackupTables>().updateTable('backup_archives').set({ lease_until: 0n }).execute(),
        );
        assert.equal((await copy(1))?.state, 'done');
        assert.deepEqual(versionsOf('edge-1'), [2]);
        assert.equal((await book().sum('nas')).copies, 1);
      });
    }
  });
}
