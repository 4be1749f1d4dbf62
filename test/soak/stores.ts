import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CompiledQuery } from 'kysely';
import { type Database, openDatabase } from '../../src/platform/store/database.ts';
import { type GaleraNode, startGaleraCluster } from '../support/galera-cluster.ts';
import { startMariadb } from '../support/mariadb-server.ts';
import { type Proxy as Line, startProxy } from './proxy.ts';
import { MARKER } from './router.ts';

export type StoreName = 'sqlite' | 'mysql' | 'galera';

/** Faults of the database; each lasts until the function it gives is called. */
export type StoreTrouble = 'kill' | 'kill-in-commit' | 'cut' | 'stall' | 'lose-answer' | 'slow' | 'full' | 'locked';

export interface SoakStore {
  readonly name: StoreName;
  /** For the worker: on MySQL through the proxy. */
  readonly workerUrl: string;
  /** For every second worker: of a cluster, beginning with another node. */
  readonly otherWorkerUrl: string;
  /** For the soak. */
  readonly database: Database;
  /** Begins to write down which tick each committed sample showed; the schema has to be there, and after a migration it is to be called again. */
  logCommits(): Promise<void>;
  readonly troubles: readonly StoreTrouble[];
  /** `null` where nothing is left out. */
  readonly skipped: string | null;
  begin(trouble: StoreTrouble): Promise<() => Promise<void>>;
  /** Calls back in the middle of a commit; `false` where the store cannot tell, and the worker itself has to. */
  onNextCommit(call: () => void): boolean;
  /** Connections that the server has; 0 where there is none. */
  connections(): Promise<number>;
  remove(): Promise<void>;
}

/** Where each committed sample writes down which tick it showed. */
const LOG: Record<Database['kind'], string> = {
  sqlite:
    'CREATE TABLE IF NOT EXISTS soak_commits (id INTEGER PRIMARY KEY AUTOINCREMENT, router_id INTEGER NOT NULL, tick TEXT NOT NULL)',
  mysql:
    'CREATE TABLE IF NOT EXISTS soak_commits (id BIGINT AUTO_INCREMENT PRIMARY KEY, router_id INT NOT NULL, tick BIGINT NOT NULL)',
};

/** Of a part of baselines, its lines as arrays of JSON. */
const LINES = `CONCAT('[["', REPLACE(REPLACE(TRIM(TRAILING CHAR(10) FROM NEW.packed), ' ', '","'), CHAR(10), '"],["'), '"]]')`;
const NOTE_PART: Record<Database['kind'], string> = {
  sqlite: `SELECT NEW.router_id, json_extract(line.value, '$[2]')
    FROM json_each('[["' || replace(replace(rtrim(NEW.packed, char(10)), ' ', '","'), char(10), '"],["') || '"]]') line
    JOIN queues q ON q.id = CAST(json_extract(line.value, '$[1]') AS INTEGER)
    WHERE json_array_length(line.value) = 4 AND q.name = '${MARKER.name}'`,
  mysql: `SELECT NEW.router_id, line.tick
    FROM JSON_TABLE(${LINES}, '$[*]'
      COLUMNS (queue_id BIGINT PATH '$[1]', tick BIGINT PATH '$[2]', presence VARCHAR(20) PATH '$[4]')) line
    JOIN queues q ON q.id = line.queue_id
    WHERE line.presence IS NULL AND q.name = '${MARKER.name}'`,
};
/** The migration that put the baselines of a router into parts; an earlier version may begin a run. */
const IN_PARTS_SINCE = 26;
const NOTE_ROW = `SELECT NEW.router_id, NEW.upload_bytes FROM queues WHERE id = NEW.queue_id AND name = '${MARKER.name}'`;

/** By the queue's name, in the worker's own transaction: on another device it has another `.id`. */
async function logCommits(database: Database): Promise<void> {
  const run = (statement: string) => database.read((queries) => queries.executeQuery(CompiledQuery.raw(statement)));
  await run(LOG[database.kind]);
  const { rows } = await run(`SELECT 1 FROM schema_migrations WHERE version = ${IN_PARTS_SINCE}`);
  const [table, ticks] = rows.length > 0 ? ['baseline_parts', NOTE_PART[database.kind]] : ['baselines', NOTE_ROW];
  const each = database.kind === 'mysql' ? 'FOR EACH ROW' : 'BEGIN';
  const end = database.kind === 'mysql' ? '' : '; END';
  for (const event of ['INSERT', 'UPDATE']) {
    await run(
      `CREATE TRIGGER IF NOT EXISTS soak_${table}_${event} AFTER ${event} ON ${table} ${each} INSERT INTO soak_commits (router_id, tick) ${ticks}${end}`,
    );
  }
}

export async function createStore(name: StoreName): Promise<SoakStore> {
  const make = { sqlite: createSqliteStore, mysql: createMysqlStore, galera: createGaleraStore };
  return await make[name]();
}

async function createMysqlStore(): Promise<SoakStore> {
  const server = await startMariadb({ keepsCommits: true });
  const proxy = await startProxy(server.port);
  const own = new URL(server.url);
  const maker = openDatabase({ url: `${server.url}mysql` });
  await maker.read((queries) => queries.executeQuery(CompiledQuery.raw('CREATE DATABASE soak')));
  await maker.close();
  own.pathname = '/soak';
  const workers = new URL(own);
  workers.port = String(proxy.port);
  const database = openDatabase({ url: own.href });

  const heal = async () => proxy.heal();
  const troubles: Partial<Record<StoreTrouble, () => Promise<() => Promise<void>>>> = {
    async kill() {
      await server.kill();
      return () => server.start();
    },
    async 'kill-in-commit'() {
      proxy.onNextCommit(() => void server.kill());
      return async () => {
        proxy.onNextCommit(() => {});
        await server.kill();
        await server.start();
      };
    },
    async cut() {
      proxy.cut();
      return heal;
    },
    async stall() {
      proxy.stall();
      return heal;
    },
    async slow() {
      proxy.slow(Math.random);
      return heal;
    },
    async 'lose-answer'() {
      proxy.loseNextAnswer();
      return async () => {};
    },
  };
  return {
    name: 'mysql',
    workerUrl: workers.href,
    otherWorkerUrl: workers.href,
    database,
    logCommits: () => logCommits(database),
    troubles: Object.keys(troubles) as StoreTrouble[],
    skipped: null,
    begin: (trouble) => beginOf(troubles, trouble),
    onNextCommit(call) {
      proxy.onNextCommit(call);
      return true;
    },
    connections: () => connectionsOf(database),
    async remove() {
      await database.close();
      await proxy.stop();
      await server.remove();
    },
  };
}

/** A proxy before each node; the worker's URL names all of them, as the soak's own does the nodes. */
async function createGaleraStore(): Promise<SoakStore> {
  const cluster = await startGaleraCluster();
  const proxies = await Promise.all(cluster.nodes.map(({ port }) => startProxy(port)));
  const maker = openDatabase({ url: `${cluster.url(cluster.nodes)}mysql` });
  await maker.read((queries) => queries.executeQuery(CompiledQuery.raw('CREATE DATABASE soak')));
  await maker.close();
  const urlOf = (places: readonly { readonly port: number }[]) => `${cluster.url(places)}soak`;
  const database = openDatabase({ url: urlOf([...cluster.nodes].reverse()) });
  let kills = 0;

  const forAll = (call: (line: Line) => void) => {
    for (const proxy of proxies) call(proxy);
  };
  const healAll = async () => forAll((proxy) => proxy.heal());
  /** One after the other, so that each has to join again and again. */
  function nextNode(): GaleraNode {
    const node = cluster.nodes[kills % cluster.nodes.length];
    kills += 1;
    if (node === undefined) throw new Error('a cluster without nodes');
    return node;
  }
  const troubles: Partial<Record<StoreTrouble, () => Promise<() => Promise<void>>>> = {
    async kill() {
      const node = nextNode();
      await node.kill();
      return () => node.start();
    },
    async 'kill-in-commit'() {
      const node = nextNode();
      forAll((proxy) => proxy.onNextCommit(() => void node.kill()));
      return async () => {
        forAll((proxy) => proxy.onNextCommit(() => {}));
        await node.kill();
        await node.start();
      };
    },
    async cut() {
      forAll((proxy) => proxy.cut());
      return healAll;
    },
    async stall() {
      forAll((proxy) => proxy.stall());
      return healAll;
    },
    async slow() {
      forAll((proxy) => proxy.slow(Math.random));
      return healAll;
    },
    async 'lose-answer'() {
      forAll((proxy) => proxy.loseNextAnswer());
      return async () => {};
    },
  };
  return {
    name: 'galera',
    workerUrl: urlOf(proxies),
    otherWorkerUrl: urlOf([...proxies.slice(1), ...proxies.slice(0, 1)]),
    database,
    logCommits: () => logCommits(database),
    troubles: Object.keys(troubles) as StoreTrouble[],
    skipped: null,
    begin: (trouble) => beginOf(troubles, trouble),
    onNextCommit(call) {
      forAll((proxy) => proxy.onNextCommit(call));
      return true;
    },
    connections: () => connectionsOf(database),
    async remove() {
      await database.close();
      for (const proxy of proxies) await proxy.stop();
      await cluster.remove();
    },
  };
}

async function connectionsOf(database: Database): Promise<number> {
  const found = await database.read((queries) =>
    queries.executeQuery<{ Value: string }>(CompiledQuery.raw("SHOW STATUS LIKE 'Threads_connected'")),
  );
  return Number(found.rows[0]?.Value);
}

/** Room for the data of a soak and little more, so that the disk is soon full. */
const DISK_MIB = 48;
const BALLAST_BYTES = 1024 * 1024;

async function createSqliteStore(): Promise<SoakStore> {
  const folder = mkdtempSync(join(tmpdir(), 'netsentinel-soak-'));
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  const mounted = mountSmallDisk(disk);
  const file = join(disk, 'soak.db');
  const url = `sqlite:${file}`;
  function removeAtOnce(): void {
    if (mounted) spawnSync('umount', ['-l', disk]);
    rmSync(folder, { recursive: true, force: true });
  }
  // A soak that is broken off must not leave a mount behind.
  process.once('exit', removeAtOnce);
  const database = openDatabase({ url });

  const troubles: Partial<Record<StoreTrouble, () => Promise<() => Promise<void>>>> = {
    async locked() {
      const other = new DatabaseSync(file, { timeout: 5_000 });
      other.exec('BEGIN IMMEDIATE');
      return async () => {
        other.exec('ROLLBACK');
        other.close();
      };
    },
    ...(mounted && {
      async full() {
        const ballast = join(disk, 'ballast');
        fillUp(ballast);
        return async () => rmSync(ballast);
      },
    }),
  };
  return {
    name: 'sqlite',
    workerUrl: url,
    otherWorkerUrl: url,
    database,
    logCommits: () => logCommits(database),
    troubles: Object.keys(troubles) as StoreTrouble[],
    skipped: mounted ? null : 'the full disk: no file system could be mounted here (it takes root)',
    begin: (trouble) => beginOf(troubles, trouble),
    onNextCommit: () => false,
    connections: async () => 0,
    async remove() {
      await database.close();
      process.removeListener('exit', removeAtOnce);
      removeAtOnce();
    },
  };
}

function mountSmallDisk(folder: string): boolean {
  if (process.getuid?.() !== 0 || process.platform !== 'linux') return false;
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', folder]).status === 0;
}

/** Writes until nothing more fits, to the byte: a commit may need few. */
function fillUp(ballast: string): void {
  const descriptor = openSync(ballast, 'w');
  try {
    for (let size = BALLAST_BYTES; size >= 512; ) {
      try {
        writeSync(descriptor, Buffer.alloc(size));
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
        size /= 2;
      }
    }
  } finally {
    closeSync(descriptor);
  }
}

async function beginOf(
  troubles: Partial<Record<StoreTrouble, () => Promise<() => Promise<void>>>>,
  trouble: StoreTrouble,
): Promise<() => Promise<void>> {
  const begin = troubles[trouble];
  if (begin === undefined) throw new Error(`this store knows no trouble ${trouble}`);
  return await begin();
}
