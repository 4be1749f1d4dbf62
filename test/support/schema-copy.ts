import { readFileSync, writeFileSync } from 'node:fs';
import mysql, { type RowDataPacket } from 'mysql2/promise';
import { migrate } from '../../src/platform/store/migrate.ts';
import type { TestDatabase } from './databases.ts';

/** Gives the empty database at a URL the schema. */
export type FillDatabase = (url: string) => Promise<void>;

/**
 * Migrates an empty database and gives what makes other empty ones equal to it: a test that is not about migrating need not wait for
 * each statement of each migration.
 */
export async function migrateAsModel(model: Pick<TestDatabase, 'url' | 'open'>): Promise<FillDatabase> {
  const database = model.open();
  await migrate({ database });
  await database.close();
  return database.kind === 'mysql' ? await mysqlFiller(model.url) : sqliteFiller(model.url);
}

function sqliteFiller(model: string): FillDatabase {
  const pathOf = (url: string) => url.slice('sqlite:'.length);
  const bytes = readFileSync(pathOf(model));
  // As the program makes it: for its owner alone.
  return async (url) => writeFileSync(pathOf(url), bytes, { mode: 0o600 });
}

/** As one text of statements, which the server takes at once. */
async function mysqlFiller(model: string): Promise<FillDatabase> {
  const statements = await onServer(model, schemaOf);
  return (url) => onServer(url, async (connection) => void (await connection.query(statements)));
}

async function onServer<Result>(url: string, work: (connection: mysql.Connection) => Promise<Result>): Promise<Result> {
  const connection = await mysql.createConnection({ uri: url, charset: 'utf8mb4', multipleStatements: true });
  try {
    return await work(connection);
  } finally {
    await connection.end();
  }
}

/** Tables with their rows, then views, which need the tables. */
async function schemaOf(connection: mysql.Connection): Promise<string> {
  const [names] = await connection.query<RowDataPacket[]>(
    'SELECT table_name AS name, table_schema AS place FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_type, table_name',
  );
  const statements = ['SET foreign_key_checks = 0'];
  for (const { name, place } of names) {
    const [[made]] = await connection.query<RowDataPacket[]>('SHOW CREATE TABLE ??', [name]);
    const statement: string = made?.['Create Table'] ?? made?.['Create View'];
    statements.push(statement.replaceAll(`\`${place}\`.`, ''));
    if (made?.['Create Table'] === undefined) continue;
    const [rows] = await connection.query<RowDataPacket[][]>({
      sql: 'SELECT * FROM ??',
      values: [name],
      rowsAsArray: true,
    });
    if (rows.length > 0) statements.push(mysql.format('INSERT INTO ?? VALUES ?', [name, rows]));
  }
  return statements.join(';\n');
}
