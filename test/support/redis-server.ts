import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { basename, join } from 'node:path';
import { need } from './needs.ts';
import { onFreePort } from './ports.ts';
import { scratchFolder } from './scratch.ts';
import { killServer, untilAnswering } from './server-process.ts';

/** A private Redis (or Valkey) on 127.0.0.1, in a temporary folder. */
export interface RedisServer {
  /** With the password. */
  readonly url: string;
  readonly port: number;
  readonly password: string;
  /** Ends the server at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on the same port: empty, unless it keeps its data. */
  start(): Promise<void>;
  /** It holds its connections and answers nothing, until `resume`. */
  pause(): void;
  resume(): void;
  /** Ends the server and removes its folder. */
  remove(): Promise<void>;
}

/** With what a URL has to encode, as generated ones have. */
const PASSWORD = 'rédis p@ss/word:1';

/** Makes and starts a server on a free port. With `keepsData` what it acknowledged outlives a `kill`. */
export async function startRedis(options: { readonly keepsData?: boolean } = {}): Promise<RedisServer> {
  const program = need('redis-server');
  const folder = scratchFolder('netsentinel-redis-');
  const settings = join(folder, 'redis.conf');
  const log = join(folder, 'server.log');
  let server: ReturnType<typeof spawn> | null = null;
  writeFileSync(
    settings,
    [
      'bind 127.0.0.1',
      `requirepass "${PASSWORD}"`,
      `dir ${folder}`,
      `logfile ${log}`,
      'daemonize no',
      'save ""',
      `appendonly ${options.keepsData ? 'yes' : 'no'}`,
      // Each write reaches the system before it is acknowledged; that much outlives the process.
      'appendfsync no',
    ].join('\n'),
    { mode: 0o600 },
  );

  function removeAtOnce(): void {
    server?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
  process.once('exit', removeAtOnce);

  async function startOn(port: number): Promise<void> {
    // What it is depends on the name it is called by: Debian has one program of many names.
    const argv0 = basename(program).startsWith('valkey') ? 'valkey-server' : 'redis-server';
    const child = spawn(program, [settings, '--port', String(port)], { argv0, stdio: 'ignore' });
    server = child;
    // It ends with this process and must not keep it from ending.
    child.unref();
    await untilAnswering(child, { what: `Redis on port ${port}`, log, answers: () => answers(port) });
  }

  const kill = () => killServer(server);

  async function remove(): Promise<void> {
    await kill();
    process.removeListener('exit', removeAtOnce);
    removeAtOnce();
  }

  try {
    const port = await onFreePort(async (free) => {
      await startOn(free);
      return free;
    });
    return {
      url: `redis://:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/0`,
      ...{ port, password: PASSWORD, kill, start: () => startOn(port), remove },
      pause: () => void server?.kill('SIGSTOP'),
      resume: () => void server?.kill('SIGCONT'),
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** True when the server answers for certain: while it reads its data it takes connections and refuses commands. */
async function answers(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1', timeout: 2000 });
  try {
    return await new Promise<boolean>((resolve) => {
      let said = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        said += chunk;
        if (said.includes('+PONG') || said.includes('-')) resolve(said.includes('+PONG'));
      });
      for (const event of ['error', 'close', 'timeout']) socket.once(event, () => resolve(false));
      socket.write(`AUTH "${PASSWORD}"\r\nPING\r\n`);
    });
  } finally {
    socket.destroy();
  }
}
