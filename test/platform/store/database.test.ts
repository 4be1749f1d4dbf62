import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { sql } from 'kysely';
import mysql from 'mysql2/promise';
import { type Database, openDatabase } from '../../../src/platform/store/database.ts';
import { migrate } from '../../../src/platform/store/migrate.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { TroubleError } from '../../../src/runtime/errors.ts';
import { mask } from '../../../src/runtime/mask.ts';
import { createUsageArchive } from '../../../src/usage/store/usage-archive.ts';
import { createUsageLedger } from '../../../src/usage/store/usage-store.ts';
import { baselineOf, bookingAt, DAY, NOON, partOf } from '../../support/bookings.ts';
import { administer, freshMysql, freshSqlite, migrated } from '../../support/databases.ts';
import { startMariadb } from '../../support/mariadb-server.ts';

const WHOLE_DAY = { fromDay: DAY, toDay: DAY };

function trouble(code: string) {
  return (error: unknown) => {
    assert.ok(error instanceof TroubleError, inspect(error));
    assert.equal(error.code, code);
    assert.ok(error.advice.length > 0);
    return true;
  };
}

const select = (database: Database) => database.read((queries) => sql`SELECT 1`.execute(queries));

async function uploaded(database: Database) {
  return (await createUsageArchive({ database }).queueDays(WHOLE_DAY)).map((row) => row.uploadBytes);
}

describe('URL of the database', () => {
  for (const url of [
    '',
    'sqlite:',
    'postgres://user:s3cret@host/db',
    'mysql://user:s3cret@host:3306',
    'mysql://user:s3cret@host:3306/',
    'mysql://user:s3cret%@host/db',
    'mysql://user:s3cret@host:99999/db',
    'mysql://user:s3cret@host/db?multipleStatements=true',
    'mysql://user:s3cret@host/db?ssl=maybe',
    'mysql://user:s3cret@one:3306,/db',
    'mysql://user:s3cret@one:3306,two:0/db',
    'mysql://user:s3cret@one,two',
    'mysql://user:s3cret@one,user:s3cret@two/db/more',
  ]) {
    it(`is refused without being shown: ${url}`, () => {
      assert.throws(
        () => openDatabase({ url }),
        (error) => trouble('DATABASE_URL_INVALID')(error) && !inspect(error).includes('s3cret'),
      );
    });
  }

  it('may be relative to the configuration for SQLite', () => {
    assert.equal(
      openDatabase({ url: 'sqlite:./data/x.db', configDir: '/etc/netsentinel' }).place,
      '/etc/netsentinel/data/x.db',
    );
  });

  it('has its password masked from then on, as it is and as it is written', async () => {
    const database = openDatabase({ url: 'mysql://netsentinel:p%40ss%2Dw0rd@db.example.com/netsentinel' });
    assert.equal(mask('using password p@ss-w0rd of p%40ss%2Dw0rd'), 'using password *** of ***');
    await database.close();
  });

  it('is shown without user and password', () => {
    for (const [url, place] of [
      ['mysql://user:s3cret@db.example/name', 'db.example:3306/name'],
      ['mysql://user:s3@cret@db1.example,db2.example:3307/name?ssl=true', 'db1.example:3306,db2.example:3307/name'],
      ['mysql://[2001:db8::1]:3310,[2001:db8::2]/name', '[2001:db8::1]:3310,[2001:db8::2]:3306/name'],
    ] as const) {
      assert.equal(openDatabase({ url }).place, place);
    }
  });
});

describe('trouble with MariaDB', () => {
  it('has a code each for a refused connection, a wrong password, a missing database and a missing grant', async () => {
    const test = await freshMysql();
    const change = (edit: (url: URL) => void) => {
      const url = new URL(test.url);
      edit(url);
      return openDatabase({ url: url.href });
    };
    const user = new URL(test.url).pathname.slice(1).slice(-20);
    await administer((admin) => admin.query(`CREATE USER ${user} IDENTIFIED BY 'k3y'`));
    const cases = {
      DATABASE_UNAVAILABLE: change((url) => {
        url.port = '1';
      }),
      DATABASE_ACCESS_DENIED: change((url) => {
        url.password = 's3cret';
      }),
      DATABASE_UNKNOWN: change((url) => {
        url.pathname = '/netsentinel_nowhere';
      }),
    };
    const noGrant = change((url) => {
      url.username = user;
      url.password = 'k3y';
    });
    for (const [code, database] of Object.entries(cases)) {
      await assert.rejects(select(database), (error) => trouble(code)(error) && !inspect(error).includes('s3cret'));
      await database.close();
    }
    await assert.rejects(select(noGrant), trouble('DATABASE_ACCESS_DENIED'));
    await noGrant.close();
    await administer((admin) => admin.query(`DROP USER ${user}`));
    await test.drop();
  });

  it('is a server that does not answer in time', async () => {
    const test = await freshMysql();
    const database = test.open({
      clock: { ...systemClock, after: (delayMs, run) => systemClock.after(delayMs >= 60_000 ? 50 : delayMs, run) },
    });
    const slow = database.read((queries) => sql`SELECT SLEEP(2)`.execute(queries));
    await assert.rejects(slow, trouble('DATABASE_UNAVAILABLE'));
    await test.drop();
  });

  it('is a connection that breaks while it is being made and the database is closed: what waits for it gets an error, and the end is clean', async () => {
    const silent = createServer();
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    assert.ok(address !== null && typeof address === 'object');
    const database = openDatabase({ url: `mysql://u:p@127.0.0.1:${address.port}/x` });
    const waiting = assert.rejects(select(database), trouble('DATABASE_UNAVAILABLE'));
    const [socket] = (await once(silent, 'connection')) as [Socket];
    const closed = database.close();
    socket.destroy();
    try {
      await Promise.all([waiting, closed]);
    } finally {
      silent.close();
    }
  });

  it('is a read-only server', async () => {
    const server = await startMariadb();
    const admin = await mysql.createConnection({ uri: server.url });
    const name = 'netsentinel';
    await admin.query(`CREATE DATABASE ${name}`);
    await admin.query(`CREATE USER ${name} IDENTIFIED BY 'p'`);
    await admin.query(`GRANT ALL ON ${name}.* TO ${name}`);
    await admin.query('SET GLOBAL read_only = 1');
    const database = openDatabase({ url: `mysql://${name}:p@127.0.0.1:${server.port}/${name}` });
    await assert.rejects(migrate({ database }), trouble('DATABASE_READ_ONLY'));
    await admin.end();
    await database.close();
    await server.remove();
  });

  it('ends on the same instance when the server is back, with nothing lost and nothing doubled', async () => {
    const server = await startMariadb();
    const admin = await mysql.createConnection({ uri: server.url });
    await admin.query('CREATE DATABASE netsentinel');
    // The test server would forget a second of commits when it is killed.
    await admin.query('SET GLOBAL innodb_flush_log_at_trx_commit = 1');
    await admin.end();
    const database = openDatabase({ url: `${server.url}netsentinel` });
    const ledger = createUsageLedger({ database });
    await migrate({ database });
    const book = (at: number) => ledger.book('edge', () => bookingAt(at, { usage: [partOf('bob')] }));
    await book(NOON);
    await server.kill();
    await assert.rejects(book(NOON + 60_000), trouble('DATABASE_UNAVAILABLE'));
    await assert.rejects(book(NOON + 120_000), trouble('DATABASE_UNAVAILABLE'));
    await server.start();
    await book(NOON + 180_000);
    assert.deepEqual(await uploaded(database), [2n]);
    await database.close();
    await server.remove();
  });
});

describe('transactions on MariaDB', () => {
  let test: Awaited<ReturnType<typeof migrated>>;
  let other: mysql.Connection;
  const usage = [partOf('bob')];
  const changedBaselines = [baselineOf('bob')];

  beforeEach(async () => {
    test = await migrated(freshMysql);
    other = await mysql.createConnection({ uri: test.url });
    const ledger = createUsageLedger({ database: test.database });
    await ledger.book('edge', () => bookingAt(NOON, { usage, changedBaselines }));
  });
  afterEach(async () => {
    await other.end();
    await test.drop();
  });

  /** Waits until a booking is at the rows that are locked, and gives its connection. */
  async function waiting(): Promise<number> {
    const [, name] = new URL(test.url).pathname.split('/');
    for (;;) {
      const [rows] = await administer((admin) =>
        admin.query<mysql.RowDataPacket[]>(
          `SELECT id FROM information_schema.processlist
           WHERE db = ? AND info LIKE 'INSERT INTO usage_daily%' AND command = 'Query'`,
          [name],
        ),
      );
      const id: unknown = rows[0]?.['id'];
      if (typeof id === 'number') return id;
    }
  }

  it('begin again after a deadlock', async () => {
    // The server gives up the transaction that has written less.
    await other.query('CREATE TABLE ballast (id INT PRIMARY KEY)');
    await other.query('BEGIN');
    await other.query('INSERT INTO ballast VALUES ?', [Array.from({ length: 1000 }, (_, index) => [index])]);
    await other.query('SELECT * FROM usage_daily FOR UPDATE');
    let decisions = 0;
    const booked = createUsageLedger({ database: test.database }).book('edge', () => {
      decisions += 1;
      return bookingAt(NOON + 60_000, { usage, changedBaselines: [baselineOf('new')] });
    });
    await waiting();
    await other.query('SELECT * FROM routers FOR UPDATE');
    await other.query('ROLLBACK');
    await booked;
    assert.equal(decisions, 2);
    assert.deepEqual(await uploaded(test.database), [2n]);
  });

  it('begin again once after a lost connection, and leave nothing when it is lost again', async () => {
    await other.query('BEGIN');
    await other.query('SELECT * FROM usage_daily FOR UPDATE');
    // Not by the ledger: where it finds what the killed connection has locked still locked, it begins another transaction.
    const write = () =>
      test.database.transaction(async (transaction) => {
        await sql`INSERT INTO routers (name) VALUES ('new')`.execute(transaction);
        await sql`INSERT INTO usage_daily SELECT * FROM usage_daily ON DUPLICATE KEY UPDATE upload_bytes = 2`.execute(
          transaction,
        );
      });
    const routers = async () => {
      const [rows] = await other.query<mysql.RowDataPacket[]>('SELECT name FROM routers ORDER BY id');
      return rows.map((row) => String(row['name']));
    };
    const kill = async () => {
      const id = await waiting();
      await administer((admin) => admin.query(`KILL ${id}`));
      return id;
    };
    const twice = assert.rejects(write(), trouble('DATABASE_UNAVAILABLE'));
    const [first, second] = [await kill(), await kill()];
    assert.notEqual(first, second);
    await twice;
    const once = write();
    await kill();
    assert.deepEqual(await routers(), ['edge']);
    await other.query('ROLLBACK');
    await once;
    assert.deepEqual(await uploaded(test.database), [2n]);
    assert.deepEqual(await routers(), ['edge', 'new']);
  });

  it('run in UTC and refuse what does not fit', async () => {
    const { rows } = await test.database.read((queries) =>
      sql<{
        zone: string;
        offset: string;
      }>`SELECT @@session.time_zone AS zone, TIMEDIFF(NOW(), UTC_TIMESTAMP()) AS ahead`.execute(queries),
    );
    assert.deepEqual({ ...rows[0] }, { zone: '+00:00', ahead: '00:00:00' });
    await assert.rejects(
      createUsageLedger({ database: test.database }).book('edge', () =>
        bookingAt(NOON, { usage: [partOf('x'.repeat(1021))] }),
      ),
      /Data too long/,
    );
  });

  it('keep the statement out of what an error shows', async () => {
    const error = await createUsageLedger({ database: test.database })
      .book('edge', () => bookingAt(NOON, { usage: [partOf('secret customer', { day: 'never' })] }))
      .catch((thrown: unknown) => thrown);
    assert.ok(error instanceof Error);
    assert.doesNotMatch(inspect(error), /secret customer|INSERT/);
  });
});

describe('trouble with SQLite', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'netsentinel-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is a folder that cannot be made, until it can', async () => {
    writeFileSync(join(folder, 'data'), '');
    const database = openDatabase({ url: 'sqlite:data/netsentinel.db', configDir: folder });
    await assert.rejects(migrate({ database }), trouble('DATABASE_UNAVAILABLE'));
    rmSync(join(folder, 'data'));
    assert.notDeepEqual(await migrate({ database }), []);
    await database.close();
  });

  it('is a folder that no kernel makes: it is refused at once', async () => {
    const database = openDatabase({ url: 'sqlite:/proc/netsentinel/data/netsentinel.db' });
    await assert.rejects(select(database), trouble('DATABASE_UNAVAILABLE'));
    await database.close();
  });

  it('is a file that is read-only for this handle: the next try opens it anew', async () => {
    const test = await migrated(freshSqlite);
    await test.database.read((queries) => sql`PRAGMA query_only = 1`.execute(queries));
    const ledger = createUsageLedger({ database: test.database });
    await ledger.book('edge', () => bookingAt(NOON, { usage: [partOf('bob')] }));
    assert.deepEqual(await uploaded(test.database), [1n]);
    await test.drop();
  });

  it('is a file that cannot be opened', async () => {
    const database = openDatabase({ url: `sqlite:${folder}` });
    await assert.rejects(select(database), trouble('DATABASE_UNAVAILABLE'));
    await database.close();
  });

  it('is a file that holds something else', async () => {
    writeFileSync(join(folder, 'x.db'), 'no database'.repeat(1000));
    const database = openDatabase({ url: 'sqlite:x.db', configDir: folder });
    await assert.rejects(select(database), trouble('DATABASE_DAMAGED'));
    await database.close();
  });

  it('is a full disk', async () => {
    const test = await migrated(freshSqlite);
    await test.database.read((queries) => sql`PRAGMA max_page_count = 30`.execute(queries));
    const usage = Array.from({ length: 5000 }, (_, index) => partOf(`queue ${index}`));
    const ledger = createUsageLedger({ database: test.database });
    await assert.rejects(
      ledger.book('edge', () => bookingAt(NOON, { usage })),
      trouble('DATABASE_FULL'),
    );
    await test.database.read((queries) => sql`PRAGMA max_page_count = 100000`.execute(queries));
    await ledger.book('edge', () => bookingAt(NOON, { usage: [partOf('bob')] }));
    assert.deepEqual(await uploaded(test.database), [1n]);
    await test.drop();
  });

  it('is a full disk, too, where SQLite itself has rolled back by then', async () => {
    const test = await migrated(freshSqlite);
    const { database } = test;
    // No number is left for the next event: the same error as for a disk, and the same end of the transaction.
    await database.read((queries) =>
      sql`INSERT INTO sqlite_sequence (name, seq) VALUES ('events', 9223372036854775807)`.execute(queries),
    );
    const event = { at: NOON, code: 'ROUTER_REBOOTED', queue: null, detail: '' };
    const full = createUsageLedger({ database }).book('edge', () => bookingAt(NOON, { events: [event] }));
    await assert.rejects(full, trouble('DATABASE_FULL'));
    await createUsageLedger({ database }).book('edge', () => bookingAt(NOON, { usage: [partOf('bob')] }));
    assert.deepEqual(await uploaded(database), [1n]);
    await test.drop();
  });

  it('is another process that writes: then it is tried again later, and given up in the end', async () => {
    const test = await migrated(freshSqlite);
    const blocker = new DatabaseSync(test.url.slice('sqlite:'.length));
    let waits = 0;
    let releaseAfter = 3;
    const database = test.open({
      clock: {
        ...systemClock,
        after(_delayMs, run) {
          waits += 1;
          if (waits === releaseAfter) blocker.exec('ROLLBACK');
          return systemClock.after(0, run);
        },
      },
    });
    const ledger = createUsageLedger({ database });
    const book = () => ledger.book('edge', () => bookingAt(NOON, { usage: [partOf('bob')] }));
    blocker.exec('BEGIN IMMEDIATE');
    await book();
    assert.equal(waits, 3);
    releaseAfter = Number.POSITIVE_INFINITY;
    blocker.exec('BEGIN IMMEDIATE');
    await assert.rejects(book(), trouble('DATABASE_BUSY'));
    blocker.close();
    assert.deepEqual(await uploaded(database), [1n]);
    await test.drop();
  });
});

describe('a SQLite file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'netsentinel-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const modesOf = (file: string) =>
    ['', '-wal', '-shm'].map((end) => (statSync(`${file}${end}`).mode & 0o777).toString(8));

  async function use(file: string): Promise<string[]> {
    const database = openDatabase({ url: `sqlite:${file}` });
    await migrate({ database });
    const modes = modesOf(file);
    await database.close();
    return modes;
  }

  it('is for its owner alone, with the files beside it', async () => {
    assert.deepEqual(await use(join(folder, 'data', 'x.db')), ['600', '600', '600']);
  });

  it('that everybody may read is closed to them', async () => {
    const file = join(folder, 'x.db');
    writeFileSync(file, '', { mode: 0o644 });
    assert.deepEqual(await use(file), ['600', '600', '600']);
  });

  it('that a group was given stays with that group', async () => {
    const file = join(folder, 'x.db');
    writeFileSync(file, '');
    chmodSync(file, 0o660);
    assert.deepEqual(await use(file), ['660', '660', '660']);
  });
});
