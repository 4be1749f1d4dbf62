import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import mysql, { type RowDataPacket } from 'mysql2/promise';
import { type Database, openDatabase } from '../../src/platform/store/database.ts';
import { migrate, readMigrations } from '../../src/platform/store/migrate.ts';
import { startMariadb } from '../support/mariadb-server.ts';
import { bookHour, LAST_HOUR, ROUTERS } from './history.ts';

/**
 * `node test/upgrade/make.ts --through 003` writes `003.db` and `003.mysql.sql`: databases as the version left them whose last migration
 * that was, with a history in them. To be run when a version is released, once; the files are never made anew after that.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { through: { type: 'string' } } });
  const through = Number(values.through);
  if (!(through > 0)) throw new Error('say --through NNN, the number of the last migration');
  const name = String(through).padStart(3, '0');

  const file = join(import.meta.dirname, `${name}.db`);
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
  await fill(openDatabase({ url: `sqlite:${file}` }), through);
  const raw = new DatabaseSync(file);
  raw.exec('PRAGMA journal_mode = DELETE; VACUUM');
  raw.close();

  const server = await startMariadb();
  try {
    const admin = await mysql.createConnection({ uri: server.url, supportBigNumbers: true, bigNumberStrings: true });
    await admin.query('CREATE DATABASE made');
    await admin.query('USE made');
    await fill(openDatabase({ url: `${server.url}made` }), through);
    writeFileSync(join(import.meta.dirname, `${name}.mysql.sql`), await dump(admin));
    await admin.end();
  } finally {
    await server.remove();
  }
  console.log(readdirSync(import.meta.dirname).filter((each) => each.startsWith(name)));
}

async function fill(database: Database, through: number): Promise<void> {
  const all = await readMigrations(database.kind);
  await migrate({ database, migrations: all.filter(({ version }) => version <= through) });
  for (const router of ROUTERS) {
    for (let hour = 0; hour <= LAST_HOUR; hour += 1) await bookHour(database, router, hour);
  }
  await database.close();
}

/** A plain dump: one statement a line, names of databases and accounts left out. */
async function dump(admin: mysql.Connection): Promise<string> {
  const lines = ['SET FOREIGN_KEY_CHECKS = 0;'];
  const views: string[] = [];
  for (const [table, kind] of await rows(admin, 'SHOW FULL TABLES')) {
    if (kind === 'VIEW') {
      const [[, create] = []] = await rows(admin, `SHOW CREATE VIEW \`${table}\``);
      views.push(
        `${oneLine(String(create))
          .replace(/ALGORITHM=.* VIEW /, 'VIEW ')
          .replaceAll('`made`.', '')};`,
      );
      continue;
    }
    const [[, create] = []] = await rows(admin, `SHOW CREATE TABLE \`${table}\``);
    lines.push(`${oneLine(String(create))};`);
    for (const values of await rows(admin, `SELECT * FROM \`${table}\``)) {
      lines.push(
        `INSERT INTO \`${table}\` VALUES (${values.map((value) => mysql.escape(value as Parameters<typeof mysql.escape>[0])).join(', ')});`,
      );
    }
  }
  return `${[...lines, ...views].join('\n')}\n`;
}

async function rows(admin: mysql.Connection, sql: string): Promise<unknown[][]> {
  const [found] = await admin.query<RowDataPacket[][]>({ sql, rowsAsArray: true, dateStrings: true });
  return found;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}

await main();
