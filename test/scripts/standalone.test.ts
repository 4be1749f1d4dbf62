import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { authOf } from '../../src/accounts/settings.ts';
import { loadConfig } from '../../src/settings.ts';

const ROOT = join(import.meta.dirname, '../..');
const LOG = [
  '{"level":30,"msg":"http server listens"}',
  '{"level":40,"link":"/setup?token=abc-123_x","msg":"there is no user yet"}',
].join('\n');

/** A checkout with a Docker that writes down how it was called. The script is run as root, or as uid 1000. */
function setUp(t: TestContext, log: string) {
  const folder = mkdtempSync(join(tmpdir(), 'netsentinel-standalone-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'scripts'));
  mkdirSync(join(folder, 'bin'));
  for (const file of ['scripts/standalone.sh', 'config.standalone.example.ts']) {
    cpSync(join(ROOT, file), join(folder, file));
  }
  writeFileSync(join(folder, 'log'), log);
  const docker = `#!/bin/sh\necho "$@" >> "${folder}/calls"\ncase "$*" in *logs*) cat "${folder}/log" ;; esac\n`;
  writeFileSync(join(folder, 'bin/docker'), docker);
  // Whoever runs the test, the script sees itself as the container's user.
  writeFileSync(join(folder, 'bin/id'), '#!/bin/sh\necho 1000\n');
  for (const name of ['docker', 'id']) chmodSync(join(folder, 'bin', name), 0o755);
  const run = () =>
    spawnSync('sh', [join(folder, 'scripts/standalone.sh')], {
      encoding: 'utf8',
      env: { PATH: `${join(folder, 'bin')}:${process.env['PATH']}` },
    });
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  return { folder, run, read };
}

describe('scripts/standalone.sh', () => {
  it('writes the configuration and all secrets, starts the containers and shows where the first user is made', async (t) => {
    const { folder, run, read } = setUp(t, LOG);
    const { status, stdout, stderr } = run();
    assert.equal(status, 0, stderr);
    assert.match(stdout, /http:\/\/127\.0\.0\.1:9494\/setup\?token=abc-123_x\n$/);
    assert.equal(read('calls').split('\n')[0], 'compose -f docker-compose.standalone.yml up --detach --wait');

    const compose = readFileSync(join(ROOT, 'docker-compose.standalone.yml'), 'utf8');
    const wanted = [...compose.matchAll(/file: \.\/secrets\/(\w+)/g)].map(([, name = '']) => name);
    assert.deepEqual(readdirSync(join(folder, 'secrets')).sort(), wanted.sort());
    for (const name of wanted) assert.equal(statSync(join(folder, 'secrets', name)).mode & 0o777, 0o400, name);
    for (const name of wanted) assert.ok(!stdout.includes(read(`secrets/${name}`).trim() || 'nothing'), name);

    const config = await loadConfig(join(folder, 'config/config.ts'), {
      DATABASE_URL: read('secrets/database_url'),
      NETSENTINEL_KEY: read('secrets/netsentinel_key').trim(),
    });
    assert.ok(config.database.reveal().includes(read('secrets/database_password')));
    const { http } = config;
    assert.ok(http !== undefined && authOf(http) === 'accounts');
    assert.deepEqual([http.host, http.pages, config.routers], ['0.0.0.0', true, []]);
  });

  it('keeps what is there, and names the page where there is a user already', (t) => {
    const { run, read } = setUp(t, '{"msg":"worker started"}\n');
    assert.equal(run().status, 0);
    const files = ['config/config.ts', 'secrets/netsentinel_key', 'secrets/database_url', 'secrets/database_password'];
    const before = files.map(read);
    const { status, stdout } = run();
    assert.equal(status, 0);
    assert.equal(stdout, 'NetSentinel runs: http://127.0.0.1:9494/\n');
    assert.deepEqual(files.map(read), before);
  });
});
