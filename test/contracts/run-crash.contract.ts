import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { binaryFault } from '../../src/backups/routeros/binary-file.ts';
import type { BackupTables } from '../../src/backups/store/schema.ts';
import { noticeQueries } from '../../src/notices/store/schema.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { CHANGED, makeRun, OLD, type Point } from '../support/backed-up-run.ts';
import { backupBookOn, binaryBookOn } from '../support/backup-runner.ts';
import { newVersion } from '../support/backups.ts';
import { BINARY_PASSWORD } from '../support/binary-router.ts';
import { type FreshDatabase, migrated, type TestDatabase } from '../support/databases.ts';

const PROGRAM = fileURLToPath(new URL('../support/back-up-and-crash.ts', import.meta.url));

/**
 * What a worker that dies by SIGKILL in the middle of a run may not lose, double or call good. `deaths`: for each of some workers, at which
 * points it dies, each of another run; all but the last one are points where a run can wait.
 */
export function runCrashContract(kind: string, fresh: FreshDatabase, deaths: readonly (readonly Point[])[]): void {
  describe(`a run of backups that is killed, in ${kind}`, () => {
    let test: TestDatabase & { readonly database: Database };
    before(async () => {
      test = await migrated(fresh);
      for (const points of deaths) {
        for (const device of points.flatMap((point) => [`${point} a`, `${point} c`]))
          await backupBookOn(test.database).keep(device, 'before', () => newVersion(OLD));
        const [, signal] = await once(fork(PROGRAM, [test.url, ...points]), 'exit');
        assert.equal(signal, 'SIGKILL');
      }
      await endLeases();
    });
    after(() => test.drop());

    /** The leases of the killed one end by themselves. */
    async function endLeases(): Promise<void> {
      await test.database.read(async (queries) => {
        const tables = queries.withTables<BackupTables>();
        await tables.updateTable('backup_runs').set({ lease_until: 0n }).execute();
        await tables.updateTable('backup_devices').set({ lease_until: 0n }).execute();
      });
    }

    async function told(run: string): Promise<readonly string[]> {
      const rows = await test.database.read((queries) =>
        noticeQueries(queries).selectFrom('notices').select('subject').execute(),
      );
      return rows
        .map(({ subject }) => String(subject))
        .filter((subject) => subject.startsWith(`${run} `))
        .sort();
    }

    for (const point of deaths.flat()) {
      it(`is gone on with after a kill −9 at '${point}': nothing is lost, doubled, called good or told twice`, async () => {
        const [a, b, c] = [`${point} a`, `${point} b`, `${point} c`];
        const report = await makeRun(test.database, point);
        if (point === 'finished') assert.equal(report, 'finished');
        else {
          assert.ok(typeof report === 'object');
          assert.deepEqual(
            report.devices.map(({ device, outcome, code, version }) => [device, outcome, code, version]),
            [
              [a, 'changed', null, 2],
              [b, 'failed', 'SSH_LOGIN_FAILED', null],
              [c, 'quarantined', 'BACKUP_OTHER_SERIAL', null],
            ],
          );
        }
        const book = backupBookOn(test.database);
        const numbers = async (device: string) => (await book.versions(device)).map(({ version }) => version);
        assert.deepEqual([await numbers(a), await numbers(b), await numbers(c)], [[1, 2], [], [1]]);
        assert.deepEqual([await book.text(a, 1), await book.text(a, 2), await book.text(c, 1)], [OLD, CHANGED, OLD]);
        const binary = (await binaryBookOn(test.database).read(a, 2)) ?? assert.fail('no binary backup');
        assert.equal(binaryFault(binary, BINARY_PASSWORD), null);
        const kept = await binaryBookOn(test.database).list();
        assert.deepEqual(
          kept.flatMap(({ device, version }) => (device.startsWith(`${point} `) ? [[device, version]] : [])),
          [[a, 2]],
        );
        const apart = (await book.quarantines()).filter(({ device }) => device.startsWith(`${point} `));
        assert.deepEqual(
          apart.map(({ device, code }) => [device, code]),
          [[c, 'BACKUP_OTHER_SERIAL']],
        );
        const subjects = [`${a}: configuration changed`, `${b}: backup failed`, `${c}: backup looks wrong`];
        assert.deepEqual(await told(point), subjects);
      });
    }
  });
}
