import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, afterEach, before, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { sql } from 'kysely';
import mysql from 'mysql2/promise';
import { type Database, openDatabase } from '../../../src/platform/store/database.ts';
import { migrate } from '../../../src/platform/store/migrate.ts';
import { pingDatabase } from '../../../src/platform/store/ping.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { TroubleError } from '../../../src/runtime/errors.ts';
import { createUsageArchive } from '../../../src/usage/store/usage-archive.ts';
import { createUsageLedger } from '../../../src/usage/store/usage-store.ts';
import { bookingAt, DAY, NOON, partOf } from '../../support/bookings.ts';
import { type MariadbServer, startMariadb } from '../../support/mariadb-server.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';

const NAME = 'netsentinel';

/** What an account without any special right has. */
async function provide(server: MariadbServer): Promise<mysql.Connection> {
  const admin = await mysql.createConnection({ uri: server.url });
  await admin.query(`CREATE DATABASE ${NAME}`);
  await admin.query(`CREATE USER ${NAME} IDENTIFIED BY 'p'`);
  await admin.query(`GRANT ALL ON ${NAME}.* TO ${NAME}`);
  return admin;
}

function trouble(code: string) {
  return (error: unknown) => {
    assert.ok(error instanceof TroubleError, inspect(error));
    assert.equal(error.code, code);
    return true;
  };
}

describe('sessions on MariaDB', () => {
  let server: MariadbServer;
  let second: MariadbServer;
  let admin: mysql.Connection;
  let secondAdmin: mysql.Connection;
  const opened: Database[] = [];
  const proxies: TcpProxy[] = [];

  before(async () => {
    [server, second] = await Promise.all([startMariadb(), startMariadb()]);
    [admin, secondAdmin] = await Promise.all([provide(server), provide(second)]);
  });
  afterEach(async () => {
    for (const database of opened.splice(0)) await database.close();
    for (const proxy of proxies.splice(0)) await proxy.stop();
  });
  after(async () => {
    await Promise.all([admin.end(), secondAdmin.end()]);
    await Promise.all([server.remove(), second.remove()]);
  });

  function open(...ports: number[]): Database {
    const hosts = ports.map((port) => `127.0.0.1:${port}`).join(',');
    const database = openDatabase({ url: `mysql://${NAME}:p@${hosts}/${NAME}` });
    opened.push(database);
    return database;
  }

  async function proxyTo(target: MariadbServer): Promise<TcpProxy> {
    const proxy = await startTcpProxy(target.port);
    proxies.push(proxy);
    return proxy;
  }

  const sessionOf = async (database: Database) => {
    const { rows } = await database.read((queries) =>
      sql<{ id: bigint; port: bigint }>`SELECT CONNECTION_ID() AS id, @@port AS port`.execute(queries),
    );
    return rows[0];
  };
  const book = (database: Database, at: number) =>
    createUsageLedger({ database }).book('edge', () => bookingAt(at, { usage: [partOf('bob')] }));
  const uploaded = async (database: Database) =>
    (await createUsageArchive({ database }).queueDays({ fromDay: DAY, toDay: DAY })).map((row) => row.uploadBytes);

  it('set all that they rely on, whatever the server or its init_connect sets', async () => {
    await admin.query(`SET GLOBAL init_connect = "SET NAMES latin1, autocommit = 0, completion_type = 2, sql_safe_updates = 1,
      sql_select_limit = 1, foreign_key_checks = 0, sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES', tx_read_only = 1, sql_big_selects = 0,
      max_statement_time = 0.001, tx_isolation = 'SERIALIZABLE', wait_timeout = 1, time_zone = '+09:00', idle_transaction_timeout = 1,
      group_concat_max_len = 4, max_sort_length = 64"`);
    try {
      const database = open(server.port);
      await migrate({ database });
      await createUsageLedger({ database }).book('edge', () =>
        bookingAt(NOON, { usage: [partOf('Jürgen \\ "ж"'), partOf('bob')] }),
      );
      const other = open(server.port);
      assert.deepEqual(await uploaded(other), [1n, 1n]);
      const days = await createUsageArchive({ database: other }).queueDays({ fromDay: DAY, toDay: DAY });
      assert.ok(days.some((row) => row.queue === 'Jürgen \\ "ж"'));
      const { rows } = await other.read((queries) =>
        sql<
          Record<string, unknown>
        >`SELECT @@autocommit, @@completion_type, @@sql_safe_updates, @@foreign_key_checks, @@tx_isolation,
          @@tx_read_only, @@max_statement_time, @@idle_transaction_timeout, @@character_set_client, @@sql_big_selects,
          @@group_concat_max_len, @@max_sort_length`.execute(queries),
      );
      assert.deepEqual(Object.values(rows[0] ?? {}).map(String), [
        '1',
        'NO_CHAIN',
        '0',
        '1',
        'READ-COMMITTED',
        '0',
        '0',
        '0',
        'utf8mb4',
        '1',
        '1048576',
        '1024',
      ]);
    } finally {
      await admin.query("SET GLOBAL init_connect = ''");
    }
  });

  it('are left when the server turns out to be read-only, so that the next try meets the new primary', async () => {
    const proxy = await proxyTo(server);
    const [database, next] = [open(proxy.port), open(second.port)];
    try {
      await migrate({ database });
      await migrate({ database: next });
      await admin.query('SET GLOBAL read_only = 1');
      // A failover: the name leads to another server, the old connections stand.
      const old = await sessionOf(database);
      proxy.leadTo(second.port);
      assert.deepEqual(await sessionOf(database), old);
      await book(database, NOON);
      assert.equal((await sessionOf(database))?.port, BigInt(second.port));
      assert.deepEqual(await uploaded(next), [1n]);
    } finally {
      await admin.query('SET GLOBAL read_only = 0');
    }
  });

  it('are left by a single statement and in a pool of many, too', async () => {
    const database = open(server.port);
    await migrate({ database });
    const all = await Promise.all(
      Array.from({ length: 5 }, () =>
        database.read((queries) =>
          sql<{ id: bigint; nap: bigint }>`SELECT CONNECTION_ID() AS id, SLEEP(0.1) AS nap`.execute(queries),
        ),
      ),
    );
    const old = new Set(all.map(({ rows }) => rows[0]?.id));
    assert.equal(old.size, 5);
    await admin.query('SET GLOBAL read_only = 1');
    try {
      await assert.rejects(
        database.read((queries) => sql`DELETE FROM job_runs`.execute(queries)),
        trouble('DATABASE_READ_ONLY'),
      );
    } finally {
      await admin.query('SET GLOBAL read_only = 0');
    }
    await pingDatabase(database);
    for (let index = 0; index < 5; index += 1) assert.ok(!old.has((await sessionOf(database))?.id));
  });

  it('are trouble, not a bug, for each way in which a server refuses an account, and work again afterwards', async () => {
    const cases = [
      [`ALTER USER ${NAME} PASSWORD EXPIRE`, `ALTER USER ${NAME} IDENTIFIED BY 'p'`, 'DATABASE_ACCESS_DENIED'],
      [`ALTER USER ${NAME} ACCOUNT LOCK`, `ALTER USER ${NAME} ACCOUNT UNLOCK`, 'DATABASE_ACCESS_DENIED'],
      [
        `ALTER USER ${NAME} WITH MAX_QUERIES_PER_HOUR 1`,
        `ALTER USER ${NAME} WITH MAX_QUERIES_PER_HOUR 0`,
        'DATABASE_UNAVAILABLE',
      ],
    ] as const;
    for (const [change, undo, code] of cases) {
      await admin.query(change);
      const database = open(server.port);
      try {
        await assert.rejects(book(database, NOON), trouble(code));
      } finally {
        await admin.query(undo);
        await admin.query('FLUSH PRIVILEGES');
      }
      await pingDatabase(database);
    }
  });

  it('end with a statement that somebody kills, without a bug', async () => {
    const database = open(server.port);
    const session = await sessionOf(database);
    const asleep = database.read((queries) =>
      sql`SELECT COUNT(*) FROM information_schema.columns a, information_schema.columns b, information_schema.columns c`.execute(
        queries,
      ),
    );
    const killed = assert.rejects(asleep, trouble('DATABASE_BUSY'));
    for (;;) {
      const [rows] = await admin.query<mysql.RowDataPacket[]>(
        "SELECT id FROM information_schema.processlist WHERE info LIKE 'SELECT COUNT(*)%'",
      );
      if (rows.length > 0) break;
    }
    await admin.query(`KILL QUERY ${session?.id}`);
    await killed;
  });

  it('let a command end whose server has fallen silent, with what it waited for', async () => {
    const proxy = await proxyTo(server);
    const url = `mysql://${NAME}:p@127.0.0.1:${proxy.port}/${NAME}`;
    const script = new URL('../../support/ask-a-silent-server.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [script, url], { stdio: ['pipe', 'pipe', 'inherit'] });
    const texts: string[] = [];
    child.stdout.on('data', (chunk: Buffer) => texts.push(chunk.toString()));
    await once(child.stdout, 'data');
    proxy.fallSilent();
    child.stdin.write('again');
    const [code] = await once(child, 'exit');
    assert.equal(code, 0);
    assert.match(texts.join(''), /^asked\nthe database .* cannot be reached: the server did not answer in time\n$/);
  });

  it('let a database be closed whose server has fallen silent in the middle of a statement', async () => {
    const proxy = await proxyTo(server);
    let hurry = () => {};
    const clock = {
      ...systemClock,
      after(delayMs: number, run: () => void) {
        if (delayMs === 3_000) hurry = run;
        return systemClock.after(delayMs, run);
      },
    };
    const database = openDatabase({ url: `mysql://${NAME}:p@127.0.0.1:${proxy.port}/${NAME}`, clock });
    const asked = assert.rejects(
      database.read((queries) => sql`SELECT SLEEP(600)`.execute(queries)),
      { code: 'DATABASE_UNAVAILABLE' },
    );
    for (;;) {
      const [rows] = await admin.query<mysql.RowDataPacket[]>(
        "SELECT id FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP(600)%'",
      );
      if (rows.length > 0) break;
    }
    proxy.fallSilent();
    const closed = database.close();
    await new Promise((resolve) => setImmediate(resolve));
    hurry();
    await closed;
    await asked;
  });

  describe('on one of several hosts', () => {
    it('are opened on the first that takes them; all that fail are one trouble, with each named', async () => {
      const [one, other] = [await proxyTo(server), await proxyTo(server)];
      const database = open(one.port, other.port);
      assert.equal(database.place, `127.0.0.1:${one.port},127.0.0.1:${other.port}/${NAME}`);
      await one.stop();
      await pingDatabase(database);
      await other.stop();
      await assert.rejects(
        pingDatabase(database),
        (error) =>
          trouble('DATABASE_UNAVAILABLE')(error) &&
          error instanceof Error &&
          [one, other].every(({ port }) => error.message.includes(`ECONNREFUSED 127.0.0.1:${port}`)),
      );
      await one.start();
      // The one that was left is met again.
      await pingDatabase(database);
      await one.stop();
      await other.start();
      await pingDatabase(database);
    });

    it('move on from a server that is gone without a word, in the middle of a transaction or between two, with nothing lost and nothing doubled', async () => {
      const [one, other] = [await proxyTo(server), await proxyTo(server)];
      // Twenty times faster than the worker waits.
      const clock = { ...systemClock, after: (ms: number, run: () => void) => systemClock.after(ms / 20, run) };
      const url = `mysql://${NAME}:p@127.0.0.1:${one.port},127.0.0.1:${other.port}/${NAME}`;
      const database = openDatabase({ url, clock });
      try {
        await migrate({ database });
        const ledger = createUsageLedger({ database });
        const at = (minute: number) => bookingAt(NOON + minute * 60_000, { usage: [partOf('bob')] });
        await ledger.book('silent', () => at(0));
        let attempts = 0;
        await ledger.book('silent', () => {
          attempts += 1;
          if (attempts === 1) one.vanish();
          return at(1);
        });
        assert.equal(attempts, 2);
        await one.stop();
        await one.start();
        other.vanish();
        await ledger.book('silent', () => at(2));
        const days = await createUsageArchive({ database }).queueDays({ fromDay: DAY, toDay: DAY });
        const booked = days.filter(({ router }) => router === 'silent').map((day) => day.uploadBytes);
        assert.deepEqual(booked, [3n]);
      } finally {
        await database.close();
      }
    });

    it('move on from a server that is read-only to the one that is not, and stay there', async () => {
      await migrate({ database: open(server.port) });
      await secondAdmin.query('SET GLOBAL read_only = 1');
      const database = open(second.port, server.port);
      try {
        await migrate({ database });
        await book(database, NOON + 60_000);
        assert.equal((await sessionOf(database))?.port, BigInt(server.port));
      } finally {
        await secondAdmin.query('SET GLOBAL read_only = 0');
      }
    });
  });
});
