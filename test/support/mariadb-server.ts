import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { need } from './needs.ts';
import { onFreePort } from './ports.ts';
import { scratchFolder } from './scratch.ts';
import { killServer, untilAnswering } from './server-process.ts';

/** A private MariaDB in a temporary folder. */
export interface MariadbServer {
  /** `mysql://` URL of an account that may do everything; without a database. */
  readonly url: string;
  readonly port: number;
  /** Ends the server at once, as a crash would; its data stay. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data. */
  start(): Promise<void>;
  /** Ends the server and removes its data. */
  remove(): Promise<void>;
}

const PASSWORD = 'tést p@ss/word:1';
/** User and password of the account that tests use, as they stand in a URL. */
export const ACCOUNT = `netsentinel_test:${encodeURIComponent(PASSWORD)}`;

/**
 * Makes and starts a server on a free port of 127.0.0.1. Durability is off: its data live as long as the test; with `keepsCommits` each
 * commit outlives a `kill`, though not the machine's end.
 */
export async function startMariadb(options: { readonly keepsCommits?: boolean } = {}): Promise<MariadbServer> {
  const programs = { server: need('mariadbd'), install: need('mariadb-install-db') };
  // The install script calls it by name.
  need('my_print_defaults');
  const folder = scratchFolder('netsentinel-mariadb-');
  // The server leaves root for its own user below, and must still reach its folder.
  chmodSync(folder, 0o755);
  const user = userInfo().username;
  const data = join(folder, 'data');
  const log = join(folder, 'server.log');
  let server: ReturnType<typeof spawn> | null = null;

  function removeAtOnce() {
    server?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
  process.once('exit', removeAtOnce);

  async function startOn(port: number) {
    const child = spawn(
      programs.server,
      [
        '--no-defaults',
        `--user=${user}`,
        `--datadir=${data}`,
        `--tmpdir=${folder}`,
        `--socket=${join(folder, 's.sock')}`,
        `--pid-file=${join(folder, 'server.pid')}`,
        `--log-error=${log}`,
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        '--skip-name-resolve',
        '--skip-log-bin',
        '--innodb-buffer-pool-size=128M',
        '--innodb-log-file-size=64M',
        `--innodb-flush-log-at-trx-commit=${options.keepsCommits ? 2 : 0}`,
        '--innodb-doublewrite=0',
        '--innodb-flush-method=nosync',
        // A test makes some fifty tables: a file each, synchronized, would be most of its time.
        '--innodb-file-per-table=0',
        '--innodb-stats-persistent=0',
        '--sync-frm=0',
        '--performance-schema=0',
        // What LibreNMS's server sets.
        '--character-set-server=utf8mb4',
        '--collation-server=utf8mb4_unicode_ci',
        '--lower-case-table-names=0',
        '--default-time-zone=+05:00',
      ],
      { stdio: 'ignore' },
    );
    server = child;
    // It ends with this process and must not keep it from ending.
    child.unref();
    await listening(port, child, log);
  }

  const kill = () => killServer(server);

  async function remove() {
    await kill();
    process.removeListener('exit', removeAtOnce);
    removeAtOnce();
  }

  try {
    makeData(programs.install, folder);
    const port = await onFreePort(async (free) => {
      await startOn(free);
      return free;
    });
    await addAccount(port);
    return { url: `mysql://${ACCOUNT}@127.0.0.1:${port}/`, port, start: () => startOn(port), kill, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Makes the folder `data` of a new server within its folder. `install`: the program for that. */
export function makeData(install: string, folder: string): void {
  const options = [
    '--no-defaults',
    `--user=${userInfo().username}`,
    `--datadir=${join(folder, 'data')}`,
    // Two that are made at the same time trip over each other's files elsewhere.
    `--tmpdir=${folder}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--skip-name-resolve',
  ];
  execFileSync(install, options, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Makes the account of `ACCOUNT`, which may do everything. */
export async function addAccount(port: number) {
  const root = await mysql.createConnection({ host: '127.0.0.1', port, user: 'root' });
  try {
    await root.query("CREATE USER 'netsentinel_test'@'%' IDENTIFIED BY ?", [PASSWORD]);
    await root.query("GRANT ALL PRIVILEGES ON *.* TO 'netsentinel_test'@'%' WITH GRANT OPTION");
  } finally {
    await root.end();
  }
}

/** Resolves when the server greets on its port; rejects with the end of its log when it ends or takes too long. */
export async function listening(port: number, child: ReturnType<typeof spawn>, log: string) {
  await untilAnswering(child, { what: `MariaDB on port ${port}`, log, answers: () => accepts(port) });
}

/** True when the server greets: while it recovers it may listen without answering. */
async function accepts(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1', timeout: 2000 });
  try {
    return await new Promise((resolve) => {
      socket.once('data', () => resolve(true));
      for (const event of ['error', 'close', 'timeout']) socket.once(event, () => resolve(false));
    });
  } finally {
    socket.destroy();
  }
}
