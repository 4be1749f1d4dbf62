import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type CliProcess, startCli } from '../support/cli.ts';

it('stops within 10 s of SIGTERM though the database takes the connection and answers nothing', async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = silent.address();
  assert.ok(address !== null && typeof address === 'object');
  const folder = mkdtempSync(join(tmpdir(), 'netsentinel-stop-'));
  try {
    const config = {
      timeZone: 'Asia/Karachi',
      database: `mysql://netsentinel:secret@127.0.0.1:${address.port}/netsentinel`,
      routers: [{ name: 'edge-1', host: '127.0.0.1', port: 1, username: 'librenms_api', password: 'secret' }],
    };
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
    const worker = startCli(['run', '--config', 'config.json'], { cwd: folder });
    await worker.said('worker started');
    const startedAt = performance.now();
    worker.kill('SIGTERM');
    const { code } = await worker.result;
    assert.equal(code, 0);
    assert.ok(performance.now() - startedAt < 10_000);
  } finally {
    for (const socket of sockets) socket.destroy();
    silent.close();
    rmSync(folder, { recursive: true });
  }
});

it('hands a SIGTERM to npm on to the worker, which would else live on unseen', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'netsentinel-stop-'));
  let npmGroup: number | null = null;
  try {
    const routers = [{ name: 'edge-1', host: '127.0.0.1', port: 1, username: 'librenms_api', password: 'secret' }];
    const file = join(folder, 'config.json');
    writeFileSync(file, JSON.stringify({ timeZone: 'Asia/Karachi', database: 'sqlite:./books.db', routers }));
    const npm = spawn('npm', ['start', '--', '--config', file], {
      cwd: join(import.meta.dirname, '../..'),
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    npmGroup = npm.pid ?? null;
    const exited = once(npm, 'exit');
    for await (const chunk of npm.stderr.iterator({ destroyOnReturn: false })) {
      if (String(chunk).includes('worker started')) break;
    }
    const rest = text(npm.stderr);
    npm.kill('SIGTERM');
    const [code] = await exited;
    assert.equal(code, 0);
    assert.match(await rest, /worker stopped/);
  } finally {
    killGroup(npmGroup);
    rmSync(folder, { recursive: true });
  }
});

/** Whatever of it is left, in case the test failed. */
function killGroup(id: number | null): void {
  try {
    if (id !== null) process.kill(-id, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/**
 * Says on stderr when the process begins to hear SIGTERM, and how many files of ours have been loaded by then and later: places in the
 * start that are the same on every machine.
 */
const TELL_TALE = `
import { writeSync } from 'node:fs';
import { registerHooks } from 'node:module';
let files = 0;
registerHooks({
  load(url, context, next) {
    if (url.includes('/src/')) writeSync(2, \`file \${++files}\\n\`);
    return next(url, context);
  },
});
process.on('newListener', (name) => {
  if (name === 'SIGTERM') writeSync(2, \`listens after \${files} files\\n\`);
});`;

describe('SIGTERM in the first moments', () => {
  const folder = mkdtempSync(join(tmpdir(), 'netsentinel-stop-'));
  const preload = join(folder, 'tell-tale.mjs');
  before(() => {
    writeFileSync(preload, TELL_TALE);
    const routers = [{ name: 'edge-1', host: '127.0.0.1', port: 1, username: 'librenms_api', password: 'secret' }];
    const config = JSON.stringify({ timeZone: 'Asia/Karachi', database: 'sqlite:./books.db', routers });
    writeFileSync(join(folder, 'config.js'), `console.error('read');\nexport default ${config};`);
    writeFileSync(
      join(folder, 'waits.js'),
      "console.error('read');\nawait new Promise(() => setInterval(() => {}, 1000));",
    );
  });
  after(() => rmSync(folder, { recursive: true }));

  function start(...args: string[]): CliProcess {
    return startCli(args, { cwd: folder, env: { NODE_OPTIONS: `--import=${pathToFileURL(preload)}` } });
  }

  it('is handled before anything but main.ts is loaded', async () => {
    const worker = start('run', '--config', 'config.js');
    await worker.said('listens after 2 files');
    worker.kill('SIGTERM');
    await worker.result;
  });

  const moments = ['listens after', 'file 10\n', 'file 60\n', 'file 110\n', 'read\n', 'worker started'];
  for (const moment of moments) {
    it(`ends the worker cleanly after "${moment.trim()}"`, async () => {
      const worker = start('run', '--config', 'config.js');
      await worker.said(moment);
      worker.kill('SIGTERM');
      const { code, stderr } = await worker.result;
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stderr, /"level":(40|50)/);
    });
  }

  it('is no end when it is SIGUSR2: the worker raises its log level as soon as it can', async () => {
    const worker = start('run', '--config', 'config.js');
    await worker.said('listens after');
    worker.kill('SIGUSR2');
    await worker.said('log level changed');
    worker.kill('SIGTERM');
    const { code, stderr } = await worker.result;
    assert.equal(code, 0, stderr);
  });

  it('ends the worker cleanly while its configuration waits for something that never comes', async () => {
    const worker = start('run', '--config', 'waits.js');
    await worker.said('read\n');
    worker.kill('SIGTERM');
    assert.equal((await worker.result).code, 0);
  });

  it('ends a command that has nothing to put in order as it ends any program', async () => {
    for (const moment of ['file 10\n', 'read\n']) {
      const command = start('usage', '--config', 'waits.js');
      await command.said(moment);
      command.kill('SIGTERM');
      assert.equal((await command.result).code, null, moment);
    }
  });

  it('is SIGHUP that a worker hears as early: it reads its configuration anew', async () => {
    const worker = start('run', '--config', 'config.js');
    await worker.said('file 10\n');
    worker.kill('SIGHUP');
    await worker.said('configuration read again');
    worker.kill('SIGTERM');
    assert.equal((await worker.result).code, 0);
  });
});
