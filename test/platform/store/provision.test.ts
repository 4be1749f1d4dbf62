import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import mysql from 'mysql2/promise';
import { openDatabase } from '../../../src/platform/store/database.ts';
import { migrate } from '../../../src/platform/store/migrate.ts';
import { createUsageArchive } from '../../../src/usage/store/usage-archive.ts';
import { createUsagePurger } from '../../../src/usage/store/usage-purger.ts';
import { createUsageLedger } from '../../../src/usage/store/usage-store.ts';
import { baselineOf, bookingAt, NOON, partOf } from '../../support/bookings.ts';
import { startMariadb } from '../../support/mariadb-server.ts';

describe('sql/provision.sql', () => {
  it('makes a database and a user with the password given who can do all that is needed there and nothing elsewhere', async () => {
    const server = await startMariadb();
    const admin = await mysql.createConnection({ uri: server.url, multipleStatements: true });
    await admin.query('CREATE DATABASE librenms; CREATE TABLE librenms.devices (id INT PRIMARY KEY)');
    const text = await readFile(new URL('../../../sql/provision.sql', import.meta.url), 'utf8');
    await admin.query(text);
    // Once more with the password: an admin may have forgotten to set it.
    await admin.query(text.replace("'CHANGE-ME'", "'it''s s3cret'"));
    await admin.end();

    const url = `mysql://netsentinel:${encodeURIComponent("it's s3cret")}@127.0.0.1:${server.port}/`;
    const database = openDatabase({ url: `${url}netsentinel` });
    await migrate({ database });
    const ledger = createUsageLedger({ database });
    await ledger.book('edge', () => bookingAt(NOON, { usage: [partOf('bob')], changedBaselines: [baselineOf('bob')] }));
    assert.equal(
      (await createUsageArchive({ database }).queueDays({ fromDay: '2026-01-01', toDay: '2026-12-31' })).length,
      1,
    );
    await createUsagePurger({ database }).purge({ beforeDay: '2027-01-01', beforeAt: NOON }, false);
    await database.close();

    const librenms = openDatabase({ url: `${url}librenms` });
    await assert.rejects(migrate({ database: librenms }), { code: 'DATABASE_ACCESS_DENIED' });
    await librenms.close();
    await server.remove();
  });
});
