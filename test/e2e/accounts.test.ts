import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type CliResult, runCli, startCli } from '../support/cli.ts';
import { freePort } from '../support/ports.ts';

const PASSWORD = 'a long secret of ann';

async function place(t: TestContext, database: string) {
  const folder = await mkdtemp(join(tmpdir(), 'netsentinel-accounts-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const config = {
    timeZone: 'UTC',
    routers: [{ name: 'edge-1', host: '127.0.0.1', port: 9, username: 'api', password: 'api-password' }],
    http: { pages: true, auth: 'accounts', port: await freePort() },
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  const args = ['--config', 'config.json', '--log-level', 'debug'];
  const at = { cwd: folder, env: { DATABASE_URL: database } };
  return {
    async cli(command: string, stdin?: string): Promise<CliResult> {
      const result = await runCli([...args, ...command.split(' ')], {
        ...at,
        ...(stdin === undefined ? {} : { stdin }),
      });
      return result;
    },
    start: () => startCli([...args, 'run'], at),
  };
}

describe('the commands for accounts', () => {
  it('make the first admin while a worker runs, whose link is void from then on', async (t) => {
    const { cli, start } = await place(t, 'sqlite:books.db');
    const worker = start();
    await worker.said('/setup?token=');
    await worker.said('http server listens');
    assert.equal((await cli('user add ann --role admin', PASSWORD)).code, 0);
    worker.kill('SIGTERM');
    const { stderr } = await worker.result;
    const lines = stderr.split('\n').filter((line) => line.startsWith('{'));
    const fields: Record<string, string>[] = lines.map((line) => JSON.parse(line));
    const links = fields.flatMap(({ link }) => link ?? []);
    assert.match(links.join(' '), /^http:\/\/127\.0\.0\.1:\d+\/setup\?token=\S+$/);
    const again = start();
    await again.said('http server listens');
    again.kill('SIGTERM');
    assert.doesNotMatch((await again.result).stderr, /setup\?token/);
  });
});
