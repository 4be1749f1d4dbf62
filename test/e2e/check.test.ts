import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Finding } from '../../src/runtime/finding.ts';
import { createHealthyRouter, ROUTER_PASSWORD } from '../support/checked-router.ts';
import { type CliResult, runCli } from '../support/cli.ts';
import { startMailServer } from '../support/mail-server.ts';

interface Place {
  readonly folder: string;
  readonly port: number;
  check(more: Record<string, unknown>, ...args: string[]): Promise<CliResult>;
}

/** A healthy router that was collected once, and a folder for the configuration. */
async function setUp(t: TestContext): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'netsentinel-check-'));
  const router = createHealthyRouter();
  const { port } = await router.start();
  t.after(async () => {
    await router.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const cwd = { cwd: folder };
  const write = (more: Record<string, unknown>) =>
    writeFile(
      join(folder, 'config.json'),
      JSON.stringify({ timeZone: 'Asia/Karachi', routers: [routerAt(port)], ...more }),
    );
  await write({});
  assert.equal((await runCli(['collect', '--config', 'config.json'], cwd)).code, 0);
  return {
    folder,
    port,
    async check(more, ...args) {
      await write(more);
      const result = await runCli(['check', '--config', 'config.json', '--log-level', 'warn', ...args], cwd);
      assert.doesNotMatch(result.stdout + result.stderr, new RegExp(ROUTER_PASSWORD));
      assert.doesNotMatch(result.stdout + result.stderr, /\n\s+at .*:\d+/, 'a stack trace was shown');
      return result;
    },
  };
}

function routerAt(port: number, changes: Record<string, unknown> = {}) {
  return { name: 'edge-1', host: '127.0.0.1', port, username: 'librenms_api', password: ROUTER_PASSWORD, ...changes };
}

function complaintsIn({ stdout }: CliResult): string[] {
  const findings: Finding[] = JSON.parse(stdout);
  return findings
    .filter(({ status }) => status !== 'ok')
    .map(({ subject, part, status }) => `${subject}, ${part}: ${status}`);
}

describe('netsentinel check', () => {
  it('ends with 0 where all is well, and says so', async (t) => {
    const place = await setUp(t);
    const { code, stdout, stderr } = await place.check({});
    assert.match(stdout, /All OK\.\n$/);
    assert.equal(code, 0);
    assert.equal(stderr, '');
  });

  it('ends with 1 when a router or the mail server fails, and goes on with the others', async (t) => {
    const place = await setUp(t);
    const result = await place.check(
      {
        routers: [
          routerAt(place.port, { name: 'edge-2', password: 'wrong-password' }),
          routerAt(place.port),
          routerAt(9, { name: 'edge-3' }),
        ],
        mail: { from: 'a@example.com', to: ['b@example.com'], smtp: { host: '127.0.0.1', port: 9 } },
      },
      '--format',
      'json',
    );
    assert.equal(result.code, 1);
    assert.deepEqual(complaintsIn(result), [
      'mail, server: failure',
      'router edge-2, login: failure',
      'router edge-2, collection: warning',
      'router edge-3, tcp: failure',
      'router edge-3, collection: warning',
    ]);
    assert.doesNotMatch(result.stdout, /wrong-password/);
  });

  it('tries the routers although the database is away', async (t) => {
    const place = await setUp(t);
    const database = 'mysql://netsentinel:db-secret@127.0.0.1:9/netsentinel';
    const result = await place.check({ database }, '--format', 'json');
    assert.equal(result.code, 1);
    assert.deepEqual(complaintsIn(result), ['database, reach: failure']);
    assert.match(result.stdout, /logged in as librenms_api/);
    assert.doesNotMatch(result.stdout + result.stderr, /db-secret/);
  });

  it('sends a test mail when asked to', async (t) => {
    const place = await setUp(t);
    const server = await startMailServer();
    t.after(() => server.stop());
    const smtp = { host: '127.0.0.1', port: server.port };
    const mail = { from: 'netsentinel@example.com', to: ['admin@example.com'], smtp };
    assert.equal((await place.check({ mail })).code, 0);
    assert.equal(server.received.length, 0);
    const { code, stdout } = await place.check({ mail }, '--send-test-mail');
    assert.equal(code, 0);
    assert.match(stdout, /test mail +sent to admin@example\.com/);
    const sent = await server.received[0]?.parse();
    assert.equal(sent?.subject, 'Test mail of NetSentinel');
  });

  it('lists the problems of a configuration and ends with 2', async (t) => {
    const place = await setUp(t);
    const { code, stderr } = await place.check({ timeZone: 'Mars/Olympus', routers: [] });
    assert.equal(code, 2);
    assert.match(stderr, /timeZone: .*\n.*routers: /);
  });
});
