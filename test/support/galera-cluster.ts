import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import mysql from 'mysql2/promise';
import { ACCOUNT, addAccount, listening, makeData } from './mariadb-server.ts';
import { need } from './needs.ts';
import { freePort, onFreePort } from './ports.ts';
import { killServer } from './server-process.ts';

/** A node of the cluster: a server of its own with all of the data. */
export interface GaleraNode {
  readonly port: number;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Has it join the cluster again; resolves when it has all that the others have. */
  start(): Promise<void>;
}

/** MariaDB with Galera on 127.0.0.1: what is committed at one node is certified by all of them. */
export interface GaleraCluster {
  readonly nodes: readonly GaleraNode[];
  /** `mysql://` URL of an account that may do everything, of the nodes in this order; without a database. */
  url(nodes: readonly { readonly port: number }[]): string;
  remove(): Promise<void>;
}

/** Of Debian's galera-4. */
const PROVIDER = '/usr/lib/galera/libgalera_smm.so';
const SYNC_DEADLINE_MS = 60_000;
/** Where the server finds the script for its state transfers, `wsrep_sst_copy`. */
const SCRIPTS = import.meta.dirname;

/** Makes and starts a cluster, each node with ports and folders of its own. An error says what is missing. */
export async function startGaleraCluster(size = 3): Promise<GaleraCluster> {
  const programs = { server: need('mariadbd'), install: need('mariadb-install-db'), provider: need(PROVIDER) };
  // The install program and the state transfers call them.
  for (const name of ['my_print_defaults', 'rsync']) need(name);
  const folder = mkdtempSync(join(tmpdir(), 'netsentinel-galera-'));
  chmodSync(folder, 0o755);
  const nodes: (GaleraNode & { removeAtOnce(): void })[] = [];
  const groupPorts: number[] = [];

  function removeAtOnce(): void {
    for (const node of nodes) node.removeAtOnce();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
  process.once('exit', removeAtOnce);

  async function remove(): Promise<void> {
    for (const node of nodes) await node.kill();
    process.removeListener('exit', removeAtOnce);
    removeAtOnce();
  }

  try {
    for (let index = 0; index < size; index += 1) {
      const home = join(folder, `node-${index + 1}`);
      mkdirSync(join(home, 'data'), { recursive: true });
      if (index === 0) makeData(programs.install, home);
      await onFreePort(async (port) => {
        const [groupPort = 0, transferPort = 0] = await otherPorts(port, 2);
        groupPorts[index] = groupPort;
        const node = createNode({ programs, home, port, groupPort, transferPort, groupPorts });
        nodes[index] = node;
        if (index > 0) return await node.start();
        await node.begin();
        await addAccount(port);
      });
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    nodes,
    url: (some) => `mysql://${ACCOUNT}@${some.map(({ port }) => `127.0.0.1:${port}`).join(',')}/`,
    remove,
  };
}

interface Programs {
  readonly server: string;
  readonly install: string;
  readonly provider: string;
}

interface NodePlan {
  readonly programs: Programs;
  readonly home: string;
  readonly port: number;
  readonly groupPort: number;
  readonly transferPort: number;
  /** Of all nodes that were begun. */
  readonly groupPorts: readonly number[];
}

function createNode({ programs, home, port, groupPort, transferPort, groupPorts }: NodePlan) {
  let server: ReturnType<typeof spawn> | null = null;
  const log = join(home, 'server.log');

  /** Without an address it makes a cluster of its own. */
  async function run(address: string): Promise<void> {
    const child = spawn(
      programs.server,
      [
        '--no-defaults',
        `--user=${userInfo().username}`,
        `--datadir=${join(home, 'data')}`,
        `--tmpdir=${home}`,
        `--socket=${join(home, 's.sock')}`,
        `--pid-file=${join(home, 'server.pid')}`,
        `--log-error=${log}`,
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        '--skip-name-resolve',
        '--innodb-buffer-pool-size=64M',
        '--innodb-log-file-size=32M',
        // A node that crashes gets from the others what it lost.
        '--innodb-flush-log-at-trx-commit=0',
        '--innodb-doublewrite=0',
        '--innodb-flush-method=nosync',
        '--innodb-autoinc-lock-mode=2',
        '--binlog-format=ROW',
        '--performance-schema=0',
        '--character-set-server=utf8mb4',
        '--collation-server=utf8mb4_unicode_ci',
        '--default-time-zone=+05:00',
        '--wsrep-on=1',
        `--wsrep-provider=${programs.provider}`,
        '--wsrep-cluster-name=netsentinel',
        `--wsrep-cluster-address=gcomm://${address}`,
        `--wsrep-node-address=127.0.0.1:${groupPort}`,
        '--wsrep-sst-method=copy',
        `--wsrep-provider-options=${[
          `base_port=${groupPort}`,
          `gmcast.listen_addr=tcp://127.0.0.1:${groupPort}`,
          `ist.recv_addr=127.0.0.1:${transferPort}`,
          'gcache.size=64M',
        ].join(';')}`,
      ],
      { stdio: 'ignore', env: { ...process.env, PATH: `${SCRIPTS}${delimiter}${process.env['PATH'] ?? ''}` } },
    );
    server = child;
    // It ends with this process and must not keep it from ending.
    child.unref();
    await listening(port, child, log);
  }

  return {
    port,
    begin: () => run(''),
    async start() {
      await run(groupPorts.map((each) => `127.0.0.1:${each}`).join(','));
      await untilSynced(port);
    },
    kill: () => killServer(server),
    removeAtOnce: () => server?.kill('SIGKILL'),
  };
}

/** A node that joins greets at once, and takes no statement before it has the data of the others. */
async function untilSynced(port: number): Promise<void> {
  const deadline = Date.now() + SYNC_DEADLINE_MS;
  for (;;) {
    if (await isSynced(port)) return;
    if (Date.now() > deadline) throw new Error(`the Galera node on port ${port} did not join`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function isSynced(port: number): Promise<boolean> {
  try {
    const connection = await mysql.createConnection({ host: '127.0.0.1', port, user: 'root', connectTimeout: 2000 });
    try {
      const [rows] = await connection.query<mysql.RowDataPacket[]>("SHOW STATUS LIKE 'wsrep_local_state_comment'");
      return rows[0]?.['Value'] === 'Synced';
    } finally {
      connection.destroy();
    }
  } catch {
    return false;
  }
}

/** So many more, no two the same. */
async function otherPorts(port: number, count: number): Promise<number[]> {
  const ports = new Set([port]);
  while (ports.size <= count) ports.add(await freePort());
  return [...ports].slice(1);
}
