import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createHealthyRouter, ROUTER_PASSWORD } from '../support/checked-router.ts';
import { runCli } from '../support/cli.ts';
import { need } from '../support/needs.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const AT_A_TERMINAL = fileURLToPath(new URL('../support/at-a-terminal.py', import.meta.url));

async function freshFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'netsentinel-init-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** `init` at a terminal. Each answer is typed when its question is shown. */
async function runInit(folder: string, answers: readonly (readonly [question: string, answer: string])[]) {
  const child = spawn(need('python3'), [AT_A_TERMINAL, process.execPath, MAIN, 'init'], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      TZ: 'Asia/Karachi',
      TERM: 'xterm',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const open = [...answers];
  let shown = '';
  let read = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
    const [next] = open;
    if (next === undefined) return;
    const at = shown.indexOf(next[0], read);
    if (at === -1) return;
    read = at + next[0].length;
    open.shift();
    child.stdin.write(next[1]);
  });
  const [code] = await once(child, 'close');
  return { code, shown, left: open };
}

describe('netsentinel init', () => {
  it('asks at a terminal without showing passwords, and what it writes passes the check', async (t) => {
    const folder = await freshFolder(t);
    const router = createHealthyRouter();
    const { port } = await router.start();
    t.after(() => router.stop());
    const { code, shown, left } = await runInit(folder, [
      ['Time zone', '\r'],
      ['Router: host', '127.0.0.1\r'],
      ['Its name', '\r'],
      ['User on', '\r'],
      ['Password', `${ROUTER_PASSWORD}\r`],
      ['Mail address', '\r'],
      ['Web pages', '\r'],
    ]);
    assert.deepEqual(left, [], shown);
    assert.equal(code, 0, shown);
    assert.match(shown, /\[Asia\/Karachi\]/);
    assert.match(shown, /Wrote \.\/config\.ts, \.env, secrets\/netsentinel_key, secrets\/router_password /);
    assert.match(shown, /Keep a copy of secrets\/netsentinel_key/);
    assert.match(shown, /user add NAME --role admin/);
    const key = await readFile(join(folder, 'secrets/netsentinel_key'), 'utf8');
    for (const secret of [ROUTER_PASSWORD, key.trim()]) assert.ok(!shown.includes(secret), shown);
    const file = join(folder, 'config.ts');
    const written = await readFile(file, 'utf8');
    assert.match(written, /timeZone: 'Asia\/Karachi'/);
    // No test can have the port that routers have.
    await writeFile(file, written.replace("host: '127.0.0.1'", `host: '127.0.0.1', port: ${port}`));

    const collected = await runCli(['collect'], { cwd: folder });
    assert.equal(collected.code, 0, collected.stderr);
    const checked = await runCli(['check'], { cwd: folder });
    assert.match(checked.stdout, /All OK/);
    assert.equal(checked.code, 0, checked.stdout);
    const again = await runCli(['init'], { cwd: folder });
    assert.equal(again.code, 1);
    assert.match(again.stderr, /config\.ts is there already \(CONFIG_EXISTS\)/);
  });

  it('takes Enter for no router: what it writes passes the check, and the first device is added in the browser', async (t) => {
    const folder = await freshFolder(t);
    const { code, shown } = await runInit(folder, [
      ['Time zone', '\r'],
      ['Router: host', '\r'],
      ['Mail address', '\r'],
    ]);
    assert.equal(code, 0, shown);
    assert.match(shown, /http:\/\/127\.0\.0\.1:9494\/inventory/);
    assert.deepEqual(await readdir(join(folder, 'secrets')), ['netsentinel_key']);
    assert.equal((await stat(join(folder, 'secrets/netsentinel_key'))).mode & 0o777, 0o600);
    const { code: found, stdout } = await runCli(['check'], { cwd: folder });
    assert.equal(found, 0, stdout);
    assert.match(stdout, /0 routers/);
  });

  it('writes nothing when it is ended by Ctrl-C', async (t) => {
    const folder = await freshFolder(t);
    const { code, shown } = await runInit(folder, [
      ['Time zone', '\r'],
      ['Router: host', '\u0003'],
    ]);
    assert.equal(code, 2);
    assert.match(shown, /ended; nothing was written/);
    assert.deepEqual(await readdir(folder), []);
  });

  it('says what to do instead where there is no terminal', async (t) => {
    const folder = await freshFolder(t);
    const { code, stderr } = await runCli(['init'], { cwd: folder });
    assert.equal(code, 2);
    assert.match(stderr, /needs a terminal\. Without one copy config\.starter\.ts to config\.ts/);
    assert.deepEqual(await readdir(folder), []);
  });
});
