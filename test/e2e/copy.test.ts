import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { sql } from 'kysely';
import { openDatabase } from '../../src/platform/store/database.ts';
import { runCli, startCli } from '../support/cli.ts';
import { freshMysql } from '../support/databases.ts';

const DAYS = 20;
const QUEUES = 100;
const HOURS = 24;

/** Books in SQLite with some 50,000 rows, an empty MariaDB, and a configuration of the first. */
async function setUp(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'netsentinel-copy-'));
  const target = await freshMysql();
  t.after(async () => {
    await target.drop();
    await rm(folder, { recursive: true, force: true });
  });
  const router = { name: 'edge-1', host: '192.0.2.1', username: 'api', password: 'hidden' };
  const config = { timeZone: 'UTC', database: 'sqlite:books.db', routers: [router] };
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  await writeFile(join(folder, 'target'), `${target.url}\n`);
  const command = (...args: string[]) => ['--config', 'config.json', ...args];
  const at = { cwd: folder, env: { COPY_TO_FILE: join(folder, 'target') } };
  assert.equal((await runCli(command('migrate'), at)).code, 0);
  const source = openDatabase({ url: `sqlite:${join(folder, 'books.db')}` });
  await source.transaction(async (books) => {
    await sql`INSERT INTO routers (id, name) VALUES (1, 'edge-1')`.execute(books);
    await sql`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${QUEUES})
      INSERT INTO queues (id, router_id, name, user, is_parent) SELECT i, 1, 'q' || i, 'q' || i, 0 FROM n`.execute(
      books,
    );
    await sql`WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${DAYS * QUEUES * HOURS - 1})
      INSERT INTO usage_hourly (day, hour_at, queue_id, upload_bytes, download_bytes)
      SELECT date('2026-06-01', '+' || (i / ${QUEUES * HOURS}) || ' days'), i / ${QUEUES} % ${HOURS}, i % ${QUEUES} + 1, i, i
      FROM n`.execute(books);
  });
  await source.close();
  return { folder, target, at, command };
}

describe('netsentinel copy', () => {
  it('is complete after it was killed in the middle; no worker runs on half of it', async (t) => {
    const { target, at, command } = await setUp(t);
    const first = startCli(command('--log-level', 'debug', 'copy'), at);
    t.after(() => first.kill('SIGKILL'));
    await first.said('"table":"usage_hourly"');
    first.kill('SIGKILL');
    await first.result;

    const onTarget = { ...at, env: { DATABASE_URL: target.url } };
    for (const name of ['run', 'collect', 'usage']) {
      const refused = await runCli(command(name), onTarget);
      assert.equal(refused.code, 1, refused.stderr);
      assert.match(refused.stderr, /COPY_UNFINISHED/);
    }

    const second = await runCli(command('--log-level', 'debug', 'copy'), at);
    assert.equal(second.code, 0, second.stderr);
    assert.match(second.stdout, /usage_hourly: 48,?000 rows, the same on both sides/);
    assert.match(second.stdout, /Copy complete/);
    assert.doesNotMatch(second.stderr, /"table":"queues"/, 'it began anew');
    const audits = await Promise.all([
      runCli(command('audit', '--format', 'json'), at),
      runCli(command('audit', '--format', 'json'), onTarget),
    ]);
    const [here, there] = audits.map(({ stdout }) => JSON.parse(stdout));
    assert.deepEqual(here, there, 'the record of a copy is the same on both sides');
    assert.deepEqual([here[0].action, here[0].outcome], ['copy', 'ok']);
    assert.ok(here[0].subject.endsWith(new URL(target.url).pathname));
    const password = decodeURIComponent(new URL(target.url).password);
    for (const secret of [password, new URL(target.url).password]) {
      const texts = [second, ...audits].map(({ stdout, stderr }) => stdout + stderr);
      assert.ok(!texts.some((text) => text.includes(secret)), 'a secret was shown');
    }
    assert.equal((await runCli(command('usage', '--day', '2026-06-03'), onTarget)).code, 0);
  });

  it('ends at SIGTERM with 1 and says how to go on', async (t) => {
    const { at, command } = await setUp(t);
    const broken = startCli(command('--log-level', 'debug', 'copy'), at);
    t.after(() => broken.kill('SIGKILL'));
    await broken.said('"table":"usage_hourly"');
    broken.kill('SIGTERM');
    const { code, stderr } = await broken.result;
    assert.equal(code, 1, stderr);
    assert.match(stderr, /COPY_BROKEN_OFF.*\n.*continues where it stopped/);
  });

  it('refuses itself as the target, an address that is none, and to guess', async (t) => {
    const { folder, at, command } = await setUp(t);
    const nowhere = await runCli(command('copy'), { cwd: folder });
    assert.equal(nowhere.code, 2);
    assert.match(nowhere.stderr, /--to URL.*COPY_TO/);
    const itself = await runCli(command('copy', '--to', 'sqlite:books.db'), at);
    assert.equal(itself.code, 1);
    assert.match(itself.stderr, /COPY_TARGET_SAME/);
    const none = await runCli(command('copy', '--to', 'mysql://u:hidden@'), at);
    assert.equal(none.code, 1);
    assert.match(none.stderr, /DATABASE_URL_INVALID/);
    assert.doesNotMatch(none.stderr, /hidden/);
  });
});
