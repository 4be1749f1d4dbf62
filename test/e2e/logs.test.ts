import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { createHealthyRouter } from '../support/checked-router.ts';
import { startCli } from '../support/cli.ts';

const WRONG = 'a-wrong-password';

it('SIGUSR2 raises the level of a running worker and takes it back; all of it is in the daily file, without secrets', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'netsentinel-logs-'));
  const router = createHealthyRouter();
  const { port } = await router.start();
  t.after(async () => {
    await router.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const config = {
    timeZone: 'UTC',
    collect: { everySeconds: 1, timeoutSeconds: 2 },
    routers: [{ name: 'one', host: '127.0.0.1', port, username: 'librenms_api', password: WRONG }],
    logs: { folder: './logs' },
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  const worker = startCli(['run', '--config', 'config.json'], { cwd: folder });
  t.after(() => worker.kill('SIGKILL'));
  await worker.said('ROUTER_LOGIN_FAILED');
  worker.kill('SIGUSR2');
  await worker.said('log level changed');
  await worker.said('"router polled"');
  worker.kill('SIGUSR2');
  await worker.said('log level is the configured one again');
  worker.kill('SIGTERM');
  const { code, stderr } = await worker.result;
  assert.equal(code, 0, stderr);

  const names = (await readdir(join(folder, 'logs'))).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, 'logs', name), 'utf8')));
  // A test may run over midnight.
  assert.ok(names.length === 1 || names.length === 2);
  assert.equal(texts.join(''), stderr);
  assert.match(
    stderr,
    /"level":20,.*"router":"one","status":"failed","code":"ROUTER_LOGIN_FAILED","durationMs":\d+,"msg":"router polled"/,
  );
  assert.ok(!stderr.includes(WRONG));
  assert.equal((await stat(join(folder, 'logs', names[0] ?? ''))).mode & 0o777, 0o600);
});
