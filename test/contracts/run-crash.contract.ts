import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { BackupTables } from '../../src/backups/store/schema.ts';
import { noticeQueries } from '../../src/notices/store/schema.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { bookOf, CHANGED, makeRun, OLD, type Point } from '../support/backed-up-run.ts';
import { newVersion } from '../support/backups.ts';
import { type FreshDatabase, migrated, type TestDatabase } from '../support/databases.ts';

const PROGRAM = fileURLToPath(new URL('../support/back-up-and-crash.ts', import.meta.url));

/** What a worker that dies by SIGKILL in the middle of a run may not lose, double or call good. */
export function runCrashContract(kind: string, fresh: FreshDatabase, points: readonly Point[]): void {
  describe(`a run of backups that is killed, in ${kind}`, () => {
    let test: TestDatabase & { readonly database: Database };
    before(async () => {
      test = await migrated(fresh);
    });
    after(() => test.drop());

    async function prepare(): Promise<void> {
      await test.database.read(async (queries) => {
        const tables = queries.withTables<BackupTables>();
        for (const table of ['backup_versions', 'backup_quarantines', 'backup_devices', 'backup_outcomes'] as const)
          await tables.deleteFrom(table).execute();
        await tables.deleteFrom('backup_runs').execute();
        await noticeQueries(queries).deleteFrom('deliveries').execute();
        await noticeQueries(queries).deleteFrom('notices').execute();
      });
      for (const device of ['a', 'c']) await bookOf(test.database).keep(device, 'before', () => newVersion(OLD));
    }

    /** The leases of the killed one end by themselves. */
    async function endLeases(): Promise<void> {
      await test.database.read(async (queries) => {
        const tables = queries.withTables<BackupTables>();
        await tables.updateTable('backup_runs').set({ lease_until: 0n }).execute();
        await tables.updateTable('backup_devices').set({ lease_until: 0n }).execute();
      });
    }

    async function told(): Promise<readonly string[]> {
      const rows = await test.database.read((queries) =>
        noticeQueries(queries).selectFrom('notices').select('subject').execute(),
      );
      return rows.map(({ subject }) => String(subject)).sort();
    }

    for (const point of points) {
      it(`is gone on with after a kill −9 at '${point}': nothing is lost, doubled, called good or told twice`, async () => {
        await prepare();
        const child = fork(PROGRAM, [test.url, 'night', point]);
        const [, signal] = await once(child, 'exit');
        assert.equal(signal, 'SIGKILL');
        await endLeases();
        const report = await makeRun(test.database, 'night');
        if (point === 'finished') assert.equal(report, 'finished');
        else {
          assert.ok(typeof report === 'object');
          assert.deepEqual(
            report.devices.map(({ device, outcome, code, version }) => [device, outcome, code, version]),
            [
              ['a', 'changed', null, 2],
              ['b', 'failed', 'SSH_LOGIN_FAILED', null],
              ['c', 'quarantined', 'BACKUP_OTHER_SERIAL', null],
            ],
          );
        }
        const book = bookOf(test.database);
        assert.deepEqual(
          (await book.versions()).map(({ device, version }) => [device, version]),
          [
            ['a', 1],
            ['a', 2],
            ['c', 1],
          ],
        );
        assert.deepEqual(
          [await book.text('a', 1), await book.text('a', 2), await book.text('c', 1)],
          [OLD, CHANGED, OLD],
        );
        assert.deepEqual(
          (await book.quarantines()).map(({ device, code }) => [device, code]),
          [['c', 'BACKUP_OTHER_SERIAL']],
        );
        assert.deepEqual(await told(), ['a: configuration changed', 'b: backup failed', 'c: backup looks wrong']);
      });
    }
  });
}
