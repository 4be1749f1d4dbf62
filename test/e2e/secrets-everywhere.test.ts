import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { createSimulatedRouter } from '../../src/demo/simulated-router.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { LOG_LEVELS } from '../../src/runtime/logger.ts';
import { makeKey } from '../../src/runtime/vault.ts';
import { type CliResult, runCli, startCli } from '../support/cli.ts';
import { freshMysql } from '../support/databases.ts';
import { need } from '../support/needs.ts';
import { freePort } from '../support/ports.ts';

/** The level that logs most: there is no trace. */
const [FINEST] = LOG_LEVELS;
/** Each may be found by its middle alone. */
const SECRETS = {
  router: 'router-Pw-4711 of the configuration',
  smtp: 'smtp-Pw-0815 of the configuration',
  credential: 'credential-Pw-2342 of the database',
  own: 'device-Pw-5577 of one device',
  user: 'user-Pw-1234 of an account',
};

/** How a text may stand somewhere: as it is, in JSON, in an address, in base64, in hexadecimal digits. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const within = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
  const hex = bytes.toString('hex');
  return [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), ...within, hex, hex.toUpperCase()];
}

async function startRouter(t: TestContext, password: string): Promise<number> {
  const router = createSimulatedRouter({ clock: systemClock, version: '7.20.1', password });
  router.addQueue({ name: 'bob' });
  const { port } = await router.start();
  t.after(() => router.stop());
  return port;
}

/** Arguments and environment of this process's children, of theirs, and so on, as everybody or their user sees them. */
async function processesBelow(parent: number, found = new Map<number, string>()): Promise<Map<number, string>> {
  const children = await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8').catch(() => '');
  for (const pid of children.split(' ').filter(Boolean).map(Number)) {
    const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => '');
    const text = `${await read('cmdline')}\n${await read('environ')}`;
    if (text.length > 1) found.set(pid, text);
    await processesBelow(pid, found);
  }
  return found;
}

/** All of a database as an admin would back it up. The password is in a file, which is in `folder`. */
async function dumpOf(url: string, folder: string): Promise<string> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const login = join(folder, 'login.cnf');
  const quoted = decodeURIComponent(password).replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  await writeFile(login, `[client]\nuser=${username}\npassword="${quoted}"\n`, { mode: 0o600 });
  const args = [
    `--defaults-extra-file=${login}`,
    `--host=${hostname}`,
    `--port=${port}`,
    '--skip-ssl',
    pathname.slice(1),
  ];
  const { stdout } = await promisify(execFile)(need('mariadb-dump'), args, {
    encoding: 'latin1',
    maxBuffer: 100 * 1024 * 1024,
  });
  assert.match(stdout, /-- Dump completed/);
  return stdout;
}

it('no secret is in a file, a dump, a log, an output, a page or a list of processes, but where it was put', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'netsentinel-everywhere-'));
  const target = await freshMysql();
  t.after(async () => {
    await target.drop();
    await rm(folder, { recursive: true, force: true });
  });
  const key = makeKey();
  const given = join(folder, 'given');
  await mkdir(given);
  const files = { KEY: key, ROUTER: SECRETS.router, SMTP: SECRETS.smtp, COPY_TO: target.url };
  for (const [name, text] of Object.entries(files)) await writeFile(join(given, name), text);
  const [first, second, third] = [
    await startRouter(t, SECRETS.router),
    await startRouter(t, SECRETS.credential),
    await startRouter(t, SECRETS.own),
  ];
  const port = await freePort();
  await writeFile(
    join(folder, 'config.ts'),
    `import { defineConfig, secret } from 'netsentinel/config';
    export default defineConfig({
      timeZone: 'UTC',
      database: 'sqlite:./data/books.db',
      key: secret('KEY'),
      routers: [{ name: 'edge-1', host: '127.0.0.1', port: ${first}, username: 'librenms_api', password: secret('ROUTER') }],
      collect: { everySeconds: 1, timeoutSeconds: 2 },
      mail: { from: 'a@example.com', to: ['b@example.com'],
        smtp: { host: '127.0.0.1', port: 9, username: 'bot', password: secret('SMTP') } },
      http: { pages: true, port: ${port} },
      logs: { folder: './logs' },
    });`,
  );
  const env = Object.fromEntries(Object.keys(files).map((name) => [`${name}_FILE`, join(given, name)]));
  const at = { cwd: folder, env };
  const seen = new Map<string, string>();
  async function cli(command: string, stdin?: string): Promise<CliResult> {
    const args = ['--log-level', FINEST, ...command.split(' ')];
    const result = await runCli(args, { ...at, ...(stdin === undefined ? {} : { stdin }) });
    assert.equal(result.code, 0, `${command}: ${result.stdout}${result.stderr}`);
    seen.set(command, `${result.stdout}\n${result.stderr}`);
    return result;
  }

  await cli('user add ann --role admin', SECRETS.user);
  await cli('credential add shared --username librenms_api --password-file -', SECRETS.credential);
  await cli(`device add edge-2 --host 127.0.0.1 --api-port ${second} --api-credential shared`);
  await cli(
    `device add edge-3 --host 127.0.0.1 --api-port ${third} --username librenms_api --password-file -`,
    SECRETS.own,
  );
  const token = (await cli('token add billing --role admin')).stdout.trim();
  seen.delete('token add billing --role admin');

  const worker = startCli(['--log-level', FINEST, 'run'], at);
  t.after(() => worker.kill('SIGKILL'));
  await worker.said('"router":"edge-1","status":"booked"');
  await worker.said('"router":"edge-2","status":"booked"');
  await worker.said('"router":"edge-3","status":"booked"');
  const url = `http://127.0.0.1:${port}`;
  const login = await fetch(`${url}/login`, {
    method: 'POST',
    headers: { origin: url },
    body: new URLSearchParams({ name: 'ann', password: SECRETS.user, next: '/' }),
    redirect: 'manual',
  });
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
  const session = cookie.split('=')[1] ?? '';
  assert.ok(session.length > 30);
  const headers = { cookie, accept: 'text/html, application/json' };
  const get = async (path: string, more: Record<string, string> = {}) => {
    const response = await fetch(url + path, { headers: { ...headers, ...more } });
    const text = await response.text();
    assert.equal(response.status, 200, `${path}: ${text}`);
    seen.set(path, text);
    return text;
  };
  const document = JSON.parse(await get('/api/v1/openapi.json'));
  const lists = Object.entries<Record<string, { parameters: { required: boolean }[] }>>(document.paths).filter(
    ([, operations]) => operations['get']?.parameters.every(({ required }) => !required) === true,
  );
  assert.ok(lists.length > 8);
  for (const [path] of lists) await get(path);
  await get('/api/v1/me', { authorization: `Bearer ${token}`, cookie: '' });
  for (const path of ['/', '/alerts', '/r', '/d/edge-2', '/account', '/users', '/users/ann', '/audit', '/logs'])
    await get(path);
  for (const path of ['/usage.csv', '/metrics', '/readyz', '/healthz']) await get(path);

  worker.kill('SIGHUP');
  const readAgain = worker.said('configuration read again; it says the same');
  let isRead = false;
  readAgain.finally(() => {
    isRead = true;
  });
  const processes = new Map<number, string>();
  while (!isRead) await processesBelow(process.pid, processes);
  await readAgain;
  assert.ok(
    [...processes.values()].some((text) => text.includes('reload-child.ts')),
    'the child of the worker was seen',
  );
  for (const [pid, text] of processes) seen.set(`process ${pid}`, text);

  await cli('device export -');
  await cli('credential list --format json');
  worker.kill('SIGTERM');
  seen.set('run', (await worker.result).stderr);
  await cli('copy');
  seen.set('dump', await dumpOf(target.url, given));
  for (const place of ['data', 'logs']) {
    for (const name of await readdir(join(folder, place))) {
      seen.set(name, await readFile(join(folder, place, name), 'latin1'));
    }
  }

  // What is looked for is where it must be, in another form.
  assert.match(seen.get('dump') ?? '', /\$argon2id\$[\s\S]*shared/);
  assert.match(seen.get('books.db') ?? '', /^SQLite format/);
  assert.match([...seen.keys()].join(' '), /netsentinel-\d{4}-\d\d-\d\d\.log/);
  for (const [name, secret] of Object.entries({ ...SECRETS, key, token, session })) {
    for (const form of formsOf(secret)) {
      for (const [place, text] of seen) {
        const found = text.indexOf(form);
        assert.ok(found === -1, `${name} is in ${place}: ${text.slice(Math.max(0, found - 200), found + 100)}`);
      }
    }
  }
});
