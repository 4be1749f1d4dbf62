import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type CliResult, runCli, startCli } from '../support/cli.ts';
import { freshMysql } from '../support/databases.ts';

const PASSWORDS = ['first secret of ann', 'second secret of ann', 'a secret of bob!'] as const;

async function place(t: TestContext, database: string) {
  const folder = await mkdtemp(join(tmpdir(), 'netsentinel-accounts-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const config = {
    timeZone: 'UTC',
    routers: [{ name: 'edge-1', host: '127.0.0.1', port: 9, username: 'api', password: 'api-password' }],
    http: { pages: true, auth: 'accounts', port: await freePort() },
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  const said: CliResult[] = [];
  const args = ['--config', 'config.json', '--log-level', 'debug'];
  const at = { cwd: folder, env: { DATABASE_URL: database } };
  return {
    folder,
    said,
    async cli(command: string, stdin?: string): Promise<CliResult> {
      const result = await runCli([...args, ...command.split(' ')], {
        ...at,
        ...(stdin === undefined ? {} : { stdin }),
      });
      said.push(result);
      return result;
    },
    start: () => startCli([...args, 'run'], at),
  };
}

/** One that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  const found = names.filter((name) => name.includes('.db'));
  return await Promise.all(found.map(async (name) => (await readFile(join(folder, name))).toString('latin1')));
}

for (const kind of ['SQLite', 'MariaDB'] as const) {
  describe(`the commands for accounts in ${kind}`, () => {
    it('add, list, change and remove users and tokens, and no secret is left anywhere', async (t) => {
      const test = kind === 'MariaDB' ? await freshMysql() : null;
      if (test !== null) t.after(() => test.drop());
      const { cli, folder, said } = await place(t, test?.url ?? 'sqlite:books.db');
      const [first, second, ofBob] = PASSWORDS;
      await writeFile(join(folder, 'password'), `${first}\n`);
      const added = await cli('user add Ann --role admin --password-file password');
      assert.deepEqual([added.code, added.stdout], [0, 'Added ann as admin.\n'], added.stderr);
      assert.equal((await cli('user add bob --role viewer', `${ofBob}\r\n`)).code, 0);
      const taken = await cli('user add bob --role viewer', ofBob);
      assert.deepEqual([taken.code, /ACCOUNT_NAME_TAKEN/.test(taken.stderr)], [1, true]);
      const short = await cli('user add carl --role viewer', 'short');
      assert.deepEqual([short.code, short.stderr.includes('password: use at least 12 characters')], [2, true]);
      assert.equal((await cli('user set ann --password', second)).stdout, 'Changed ann.\n');
      assert.match((await cli('user set ann --role viewer')).stderr, /ACCOUNT_LAST_ADMIN/);
      const users: { name: string; role: string }[] = JSON.parse((await cli('user list --format json')).stdout);
      assert.deepEqual(
        users.map(({ name, role }) => [name, role]),
        [
          ['ann', 'admin'],
          ['bob', 'viewer'],
        ],
      );
      const token = (await cli('token add billing --role operator --days 30')).stdout;
      assert.match(token, /^nst_[\w-]{43}\n$/);
      const listed = await cli('token list --format csv');
      assert.match(
        listed.stdout,
        /^id,name,role,owner,madeBy,createdAt,expiresAt,usedAt\r\n[0-9a-f]{12},billing,operator,,/,
      );
      const id = /\r\n(\w+)/.exec(listed.stdout)?.[1] ?? '';
      assert.equal((await cli('user sessions')).stdout, 'Nobody is logged in.\n');
      assert.equal((await cli('user remove bob --keep-tokens')).stdout, 'Removed bob.\n');
      assert.match((await cli('user logout bob')).stderr, /ACCOUNT_UNKNOWN/);
      assert.equal((await cli(`token remove ${id}`)).code, 0);
      assert.match((await cli(`token remove ${id}`)).stderr, /ACCOUNT_TOKEN_UNKNOWN/);
      const audit: Record<string, string>[] = JSON.parse((await cli('audit --format json')).stdout);
      assert.deepEqual(
        audit.map(({ kind: by, action, subject, outcome }) => [by, action, subject, outcome]),
        [
          ['command', 'token.remove', 'billing', 'ok'],
          ['command', 'user.remove', 'bob, tokens kept', 'ok'],
          ['command', 'token.add', 'billing as operator', 'ok'],
          ['command', 'user.set', 'ann: password', 'ok'],
          ['command', 'user.add', 'bob as viewer', 'ok'],
          ['command', 'user.add', 'ann as admin', 'ok'],
        ],
      );
      assert.match((await cli('audit --action user.add --limit 1')).stdout, /user\.add.*bob as viewer/);

      const texts = said.filter(({ stdout }) => stdout !== token).flatMap(({ stdout, stderr }) => [stdout, stderr]);
      texts.push(...(await filesIn(folder)));
      for (const secret of [...PASSWORDS, token.trim(), token.slice(4, 30)]) {
        for (const text of texts) assert.ok(!text.includes(secret), `a secret is in ${text.slice(0, 500)}`);
      }
    });
  });
}

describe('the commands for accounts', () => {
  it('make the first admin while a worker runs, whose link is void from then on', async (t) => {
    const { cli, start } = await place(t, 'sqlite:books.db');
    const worker = start();
    await worker.said('/setup?token=');
    await worker.said('http server listens');
    assert.equal((await cli('user add ann --role admin', PASSWORDS[0])).code, 0);
    worker.kill('SIGTERM');
    const { stderr } = await worker.result;
    const lines = stderr.split('\n').filter((line) => line.startsWith('{'));
    const fields: Record<string, string>[] = lines.map((line) => JSON.parse(line));
    assert.equal(fields.filter(({ link }) => link?.startsWith('/setup')).length, 1);
    const again = start();
    await again.said('http server listens');
    again.kill('SIGTERM');
    assert.doesNotMatch((await again.result).stderr, /setup\?token/);
  });
});
