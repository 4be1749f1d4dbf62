import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createDatabaseProbe } from '../../../src/check/store/database-probe.ts';
import { openDatabase } from '../../../src/platform/store/database.ts';
import { WRITTEN_TABLES } from '../../../src/tables.ts';
import { describeCheckStore } from '../../contracts/check-store.contract.ts';
import { freshSqlite, migrated } from '../../support/databases.ts';

describeCheckStore('SQLite', freshSqlite);

describe('check of a SQLite file', () => {
  it('gives the free space of its disk, and no other clock', async () => {
    const { database, drop } = await migrated(freshSqlite);
    const probe = createDatabaseProbe({ database, migrate: async () => [], tables: WRITTEN_TABLES });
    assert.equal(await probe.now(), null);
    const free = await probe.freeDisk();
    assert.ok(free !== null && free > 0n);
    await drop();
  });

  it('gives no free space when the folder is not there', async () => {
    const database = openDatabase({ url: 'sqlite:/nowhere/at/all/netsentinel.db' });
    assert.equal(
      await createDatabaseProbe({ database, migrate: async () => [], tables: WRITTEN_TABLES }).freeDisk(),
      null,
    );
  });

  it('reports a file that another program has locked', async () => {
    const test = await migrated(freshSqlite);
    const other = test.open();
    const probe = createDatabaseProbe({ database: test.database, migrate: async () => [], tables: WRITTEN_TABLES });
    await other.transaction(async () => {
      await assert.rejects(probe.tryWriting(), { code: 'DATABASE_BUSY' });
    });
    await test.drop();
  });
});
