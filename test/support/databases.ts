import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { type Database, type DatabaseOptions, openDatabase } from '../../src/platform/store/database.ts';
import { startMariadb } from './mariadb-server.ts';
import { type FillDatabase, migrateAsModel } from './schema-copy.ts';
import { scratchFolder } from './scratch.ts';

/** An empty database of its own for one test. */
export interface TestDatabase {
  readonly url: string;
  /** Another instance on it, as another worker would have; closed by `drop`. */
  open(options?: Partial<DatabaseOptions>): Database;
  drop(): Promise<void>;
}

export type FreshDatabase = () => Promise<TestDatabase>;

/** What puts the schema into an empty database: made of the first one in a process. */
const fillers = new Map<FreshDatabase, Promise<FillDatabase>>();

let server: Promise<string> | null = null;

/** URL of the server that the tests share; a file that is run alone starts its own. */
function serverUrl(): Promise<string> {
  server ??= findServer();
  return server;
}

async function findServer(): Promise<string> {
  return process.env['NETSENTINEL_TEST_MYSQL'] ?? (await startMariadb()).url;
}

/** Runs statements as the server's administrator. */
export async function administer<Result>(work: (admin: mysql.Connection) => Promise<Result>): Promise<Result> {
  const admin = await mysql.createConnection({ uri: await serverUrl() });
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

export async function freshMysql(): Promise<TestDatabase> {
  const name = `netsentinel_test_${randomBytes(6).toString('hex')}`;
  await administer((admin) => admin.query(`CREATE DATABASE ${name}`));
  const url = new URL(await serverUrl());
  url.pathname = `/${name}`;
  return testDatabase(url.href, () => administer((admin) => admin.query(`DROP DATABASE ${name}`)));
}

export async function freshSqlite(): Promise<TestDatabase> {
  const folder = scratchFolder('netsentinel-sqlite-');
  return testDatabase(`sqlite:${join(folder, 'test.db')}`, async () => rmSync(folder, { recursive: true }));
}

/** A fresh one with the schema in it, and one instance on it. */
export async function migrated(fresh: FreshDatabase): Promise<TestDatabase & { readonly database: Database }> {
  const test = await fresh();
  const fill = fillers.get(fresh);
  if (fill === undefined) {
    const made = migrateAsModel(test);
    fillers.set(fresh, made);
    await made;
  } else await (await fill)(test.url);
  return { ...test, database: test.open() };
}

function testDatabase(url: string, remove: () => Promise<unknown>): TestDatabase {
  const instances: Database[] = [];
  return {
    url,
    open(options) {
      const instance = openDatabase({ url, ...options });
      instances.push(instance);
      return instance;
    },
    async drop() {
      for (const instance of instances) await instance.close();
      await remove();
    },
  };
}
