import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { ConfigError } from '../../../src/platform/config/problems.ts';
import { hasSameSettings } from '../../../src/platform/config/same-settings.ts';
import { loadConfig, reloadConfig } from '../../../src/settings.ts';

const never = new AbortController().signal;

async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'netsentinel-reload-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function text(body: string): string {
  return `import { defineConfig, secret } from 'netsentinel/config';\nexport default defineConfig(${body});\n`;
}

const ROUTER = "{ name: 'edge-1', host: '192.0.2.1', username: 'api', password: secret('ROUTER_PASSWORD') }";

async function problemsOf(work: Promise<unknown>): Promise<string[]> {
  const error = await work.then(
    () => assert.fail('it was taken'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ConfigError, String(error));
  return error.problems.map(({ path, message }) => `${path}: ${message}`);
}

describe('a configuration that is read again', () => {
  it('is what the file says now, though it is a module that was evaluated before', async (t) => {
    const file = join(await folderFor(t), 'config.ts');
    const env = { ROUTER_PASSWORD: 'a' };
    await writeFile(file, text(`{ timeZone: 'UTC', routers: [${ROUTER}] }`));
    const first = await loadConfig(file, env);
    assert.ok(hasSameSettings(first, await reloadConfig({ file, env, signal: never })));
    await writeFile(file, text(`{ timeZone: 'Asia/Karachi', routers: [${ROUTER}] }`));
    assert.equal((await loadConfig(file, env)).timeZone, 'UTC', 'otherwise no child process is needed');
    assert.equal((await reloadConfig({ file, env, signal: never })).timeZone, 'Asia/Karachi');
  });

  it('takes secrets from where they lie now', async (t) => {
    const folder = await folderFor(t);
    const file = join(folder, 'config.ts');
    const secretFile = join(folder, 'password');
    await writeFile(file, text(`{ timeZone: 'UTC', routers: [${ROUTER}] }`));
    const env = { ROUTER_PASSWORD_FILE: secretFile };
    for (const password of ['old', 'new']) {
      await writeFile(secretFile, `${password}\n`);
      const config = await reloadConfig({ file, env, signal: never });
      assert.equal(config.routers[0]?.password.reveal(), password);
    }
  });

  it('may be JSON', async (t) => {
    const file = join(await folderFor(t), 'config.json');
    const router = { name: 'edge-1', host: '192.0.2.1', username: 'api', password: 'hidden' };
    await writeFile(file, JSON.stringify({ timeZone: 'UTC', routers: [router] }));
    const config = await reloadConfig({ file, signal: never });
    assert.equal(config.routers[0]?.password.reveal(), 'hidden');
  });

  it('is refused with the same list of problems as at the start', async (t) => {
    const file = join(await folderFor(t), 'config.ts');
    const bodies = [
      `{ timeZone: 'Mars', routers: [{ name: '', password: secret('NOWHERE') }], users: () => [], mail: Symbol() }`,
      '{ timeZone: undefined, routers: [{ name: undefined }] }',
      '[1, 2',
      'nothing',
    ];
    for (const [index, body] of bodies.entries()) {
      const own = file.replace('config', `config-${index}`);
      await writeFile(own, text(body));
      const told = await problemsOf(reloadConfig({ file: own, env: {}, signal: never }));
      assert.deepEqual(told, await problemsOf(loadConfig(own, {})));
    }
    assert.deepEqual(
      await problemsOf(reloadConfig({ file: 'nowhere.ts', signal: never })),
      await problemsOf(loadConfig('nowhere.ts')),
    );
  });

  it('is refused when reading it ends the process, throws later or never ends, and nothing it prints is shown', async (t) => {
    const folder = await folderFor(t);
    /** Longer than a busy machine takes to start a process. */
    const endsMs = 60_000;
    const hangsMs = 1_500;
    const cases: [string, string, RegExp, number][] = [
      ['exit.ts', 'process.exit(3);', /cannot be read again.*exit code 3/, endsMs],
      [
        'late.ts',
        "await new Promise(() => setTimeout(() => { throw new Error('hidden') }));",
        /cannot be read again: (?!loading it did not end)/,
        endsMs,
      ],
      ['hang.ts', 'await new Promise(() => setInterval(() => {}, 1000));', /loading it did not end within/, hangsMs],
      ['loop.ts', 'while (true);', /loading it did not end within/, hangsMs],
    ];
    for (const [name, body, problem, deadlineMs] of cases) {
      const file = join(folder, name);
      await writeFile(file, `${body}\n${text('{}')}`);
      const [told = ''] = await problemsOf(reloadConfig({ file, signal: never, deadlineMs }));
      assert.match(told, problem);
      assert.doesNotMatch(told, /hidden/);
    }
  });

  it('is left at once when nobody waits for it any more', async (t) => {
    const file = join(await folderFor(t), 'config.ts');
    await writeFile(file, `await new Promise(() => setInterval(() => {}, 1000));\n${text('{}')}`);
    const aborter = new AbortController();
    const told = problemsOf(reloadConfig({ file, signal: aborter.signal }));
    aborter.abort();
    assert.match((await told)[0] ?? '', /cannot be read again/);
  });
});
