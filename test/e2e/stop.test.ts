import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { it } from 'node:test';
import { startCli } from '../support/cli.ts';

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
