import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { createDatabaseProbe } from '../../../src/check/store/database-probe.ts';
import { openDatabase } from '../../../src/platform/store/database.ts';
import { WRITTEN_TABLES } from '../../../src/tables.ts';
import { describeCheckStore } from '../../contracts/check-store.contract.ts';
import { administer, freshMysql, migrated } from '../../support/databases.ts';

describeCheckStore('MariaDB', freshMysql);

describe('check of a MariaDB server', () => {
  it("gives the server's clock, and nothing of its disk", async () => {
    const { database, drop } = await migrated(freshMysql);
    const probe = createDatabaseProbe({ database, migrate: async () => [], tables: WRITTEN_TABLES });
    const before = Date.now();
    const now = await probe.now();
    assert.ok(now !== null && now >= before - 10 && now <= Date.now() + 10, `${now} is not about ${before}`);
    assert.equal(await probe.freeDisk(), null);
    await drop();
  });

  it('reports a missing right, whether or not there is a row', async () => {
    const { url, drop } = await migrated(freshMysql);
    const user = `reader_${randomBytes(4).toString('hex')}`;
    const restricted = new URL(url);
    const database = restricted.pathname.slice(1);
    await administer(async (admin) => {
      await admin.query(`CREATE USER ${user} IDENTIFIED BY 'weak-password'`);
      await admin.query(`GRANT SELECT, INSERT, UPDATE ON ${database}.* TO ${user}`);
    });
    restricted.username = user;
    restricted.password = 'weak-password';
    const opened = openDatabase({ url: restricted.href });
    await assert.rejects(
      createDatabaseProbe({ database: opened, migrate: async () => [], tables: WRITTEN_TABLES }).tryWriting(),
      {
        code: 'DATABASE_ACCESS_DENIED',
        message: /DELETE command denied/,
      },
    );
    await opened.close();
    await administer((admin) => admin.query(`DROP USER ${user}`));
    await drop();
  });
});
