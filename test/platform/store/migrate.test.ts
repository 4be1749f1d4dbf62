import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { sql } from 'kysely';
import type { Database } from '../../../src/platform/store/database.ts';
import { type Migration, migrate, readMigrations } from '../../../src/platform/store/migrate.ts';
import { type FreshDatabase, freshMysql, freshSqlite, migrated, type TestDatabase } from '../../support/databases.ts';

const FIRST: Migration = {
  version: 1,
  name: '001-a.sql',
  sql: '-- First.\nCREATE TABLE IF NOT EXISTS a (x INTEGER);\n',
};
const SECOND: Migration = {
  version: 2,
  name: '002-b.sql',
  sql: "CREATE TABLE IF NOT EXISTS b (x VARCHAR(9));\nINSERT INTO b (x)\nVALUES (';');\n  -- Second.\nINSERT INTO b VALUES (2);",
};

describeMigrations('SQLite', freshSqlite);
describeMigrations('MariaDB', freshMysql);

function describeMigrations(store: string, fresh: FreshDatabase) {
  describe(`migrations on ${store}`, () => {
    let test: TestDatabase;
    let database: Database;
    beforeEach(async () => {
      test = await fresh();
      database = test.open();
    });
    afterEach(() => test.drop());

    const tables = async () => {
      const list =
        database.kind === 'mysql'
          ? sql<{
              name: string;
            }>`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()`
          : sql<{ name: string }>`SELECT name FROM sqlite_schema WHERE type = 'table'`;
      return (await database.read((queries) => list.execute(queries))).rows.map((row) => row.name);
    };

    it('make the schema once', async () => {
      const names = (await readMigrations(database.kind)).map((migration) => migration.name);
      assert.ok(names.includes('001-usage.sql'));
      assert.deepEqual(await migrate({ database }), names);
      assert.deepEqual(await migrate({ database: test.open() }), []);
    });

    it('make the very schema that the databases of other tests are given as a copy', async () => {
      await migrate({ database });
      // The first one of a process is what the others are copies of.
      const [model, copy] = [await migrated(fresh), await migrated(fresh)];
      try {
        assert.deepEqual(await definitions(copy.database), await definitions(database));
        assert.deepEqual(await migrate({ database: copy.database }), []);
      } finally {
        await model.drop();
        await copy.drop();
      }
    });

    it('run each file once when several workers start together', async () => {
      const applied = await Promise.all(
        [database, test.open(), test.open()].map((instance) => migrate({ database: instance })),
      );
      assert.deepEqual(
        applied.flat(),
        (await readMigrations(database.kind)).map((migration) => migration.name),
      );
    });

    it('take what is new, in order', async () => {
      assert.deepEqual(await migrate({ database, migrations: [FIRST] }), [FIRST.name]);
      const third = { version: 3, name: '003-c.sql', sql: 'CREATE TABLE c (x INTEGER);' };
      assert.deepEqual(await migrate({ database, migrations: [FIRST, third] }), [third.name]);
      assert.ok((await tables()).includes('c'));
    });

    it('do not mind other line ends', async () => {
      await migrate({ database, migrations: [FIRST] });
      const crlf = { ...FIRST, sql: FIRST.sql.replaceAll('\n', '\r\n') };
      assert.deepEqual(await migrate({ database, migrations: [crlf] }), []);
    });

    it('refuse a file that was changed after it ran', async () => {
      await migrate({ database, migrations: [FIRST] });
      const migrations = [{ ...FIRST, sql: `${FIRST.sql}-- edited` }];
      await assert.rejects(migrate({ database, migrations }), { code: 'MIGRATION_CHANGED', message: /001-a\.sql/ });
    });

    it('refuse a schema that is newer than they know', async () => {
      await migrate({ database, migrations: [FIRST, SECOND] });
      await assert.rejects(migrate({ database, migrations: [FIRST] }), {
        code: 'SCHEMA_TOO_NEW',
        message: /002-b\.sql/,
      });
    });

    it('say which file failed, and go on from there once it is corrected', async () => {
      const broken = { ...SECOND, sql: 'CREATE TABLE IF NOT EXISTS b (x INTEGER);\nCREATE GARBAGE;\n' };
      await assert.rejects(migrate({ database, migrations: [FIRST, broken] }), {
        code: 'MIGRATION_FAILED',
        message: /002-b\.sql/,
      });
      // MySQL has committed the first statement: the corrected file must bear that.
      const mended = { ...SECOND, sql: `DROP TABLE IF EXISTS b;\n${SECOND.sql}` };
      const applied = await migrate({ database, migrations: [FIRST, mended] });
      assert.equal(applied.at(-1), SECOND.name);
      const { rows } = await database.read((queries) => sql<{ x: string }>`SELECT x FROM b`.execute(queries));
      assert.deepEqual(
        rows.map((row) => row.x),
        [';', '2'],
      );
    });
  });
}

it('migrations on MariaDB bear a key that an attempt has made whose end was not recorded', async (t) => {
  const test = await freshMysql();
  t.after(() => test.drop());
  const database = test.open();
  await migrate({ database, migrations: [FIRST] });
  const addKey = 'ALTER TABLE a ADD KEY a_x (x)';
  await database.read((queries) => sql.raw(addKey).execute(queries));
  const second = { ...SECOND, sql: `${addKey};\nINSERT INTO a VALUES (1);\n` };
  assert.deepEqual(await migrate({ database, migrations: [FIRST, second] }), [second.name]);
  const { rows } = await database.read((queries) => sql`SELECT x FROM a`.execute(queries));
  assert.equal(rows.length, 1);
});

/** What each table, index and view is made by. */
async function definitions(database: Database): Promise<unknown[]> {
  if (database.kind === 'sqlite') {
    const list = sql`SELECT type, name, sql FROM sqlite_schema ORDER BY type, name`;
    return (await database.read((queries) => list.execute(queries))).rows;
  }
  const list = sql<{
    name: string;
    place: string;
  }>`SELECT table_name AS name, table_schema AS place FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name`;
  const { rows } = await database.read((queries) => list.execute(queries));
  assert.ok(rows.length > 40);
  return await Promise.all(
    rows.map(async ({ name, place }) => {
      const made = await database.read((queries) => sql`SHOW CREATE TABLE ${sql.table(name)}`.execute(queries));
      return JSON.stringify(made.rows).replaceAll(place, '');
    }),
  );
}

describe('migrations at two nodes of a cluster', () => {
  it('run no file again that the other node finished between the look and the claim', async (t) => {
    const [test, elsewhere] = [await freshMysql(), await freshMysql()];
    t.after(() => Promise.all([test.drop(), elsewhere.drop()]));
    const migrations = [FIRST, SECOND];
    const [own, other] = [test.open(), elsewhere.open()];
    await migrate({ database: other, migrations });
    await migrate({ database: own, migrations: [FIRST] });
    const finished = (await recordOf(other)).filter(({ version }) => Number(version) === SECOND.version);
    let reads = Number.NEGATIVE_INFINITY;
    const database: Database = {
      ...own,
      async read(work) {
        reads += 1;
        // Under the lock the first one is the lock's, the second one the claim's.
        if (reads === 2)
          await own.read((queries) => queries.insertInto('schema_migrations').values(finished).execute());
        return await own.read(work);
      },
      async transaction(work) {
        reads = 0;
        return await own.transaction(work);
      },
    };
    assert.deepEqual(await migrate({ database, migrations }), []);
    assert.ok(reads >= 2);
    assert.deepEqual(
      (await recordOf(own)).map(({ version, checksum }) => [Number(version), checksum === '']),
      [
        [-1, true],
        [0, true],
        [1, false],
        [2, false],
      ],
    );
  });
});

async function recordOf(database: Database) {
  return await database.read((queries) =>
    queries.selectFrom('schema_migrations').selectAll().orderBy('version').execute(),
  );
}
