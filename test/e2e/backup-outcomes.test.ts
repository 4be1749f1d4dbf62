import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createSshRouter, type SshRouter } from '../../src/demo/ssh-router.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { runCli } from '../support/cli.ts';
import { KEY } from '../support/inventory.ts';

const LOGIN = { username: 'backup', password: 'ssh-password-7' };

describe('backup run with several routers', () => {
  let folder: string;
  const routers = new Map<string, SshRouter>();

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'netsentinel-outcomes-'));
    const devices: object[] = [];
    for (const [name, version] of [
      ['quiet', '6.49.18'],
      ['busy', '7.12.1'],
      ['odd', '7.20.1'],
      ['moved', '7.20.1'],
    ] as const) {
      const router = createSshRouter({ clock: systemClock, version, identity: name, ...LOGIN });
      routers.set(name, router);
      const { host, port } = await router.start();
      // Nobody listens for the API.
      devices.push({ name, host, port: 9, username: 'api', password: 'api-password-9', ssh: { port, ...LOGIN } });
    }
    const settings = { timeZone: 'UTC', database: 'sqlite:./books.db', key: KEY, routers: devices };
    writeFileSync(join(folder, 'config.json'), JSON.stringify(settings));
  });
  after(async () => {
    for (const router of routers.values()) await router.stop();
    rmSync(folder, { recursive: true });
  });

  async function run(...args: string[]) {
    const result = await runCli(['--config', 'config.json', ...args, '--format', 'json'], { cwd: folder });
    assert.doesNotMatch(result.stdout + result.stderr, /hunter2|al's pass|ssh-password-7|\n\s+at .*:\d+/);
    return { code: result.code, json: JSON.parse(result.stdout) };
  }

  it('ends each on its own: first, then unchanged, changed, quarantined and failed, and nothing of the last two is the newest', async () => {
    const first = await run('backup', 'run');
    assert.equal(first.code, 0);
    const outcomes = ({ json }: typeof first) =>
      json.devices.map(({ device, outcome, code }: Record<string, unknown>) => [device, outcome, code]);
    assert.deepEqual(
      outcomes(first),
      ['busy', 'moved', 'odd', 'quiet'].map((name) => [name, 'first', null]),
    );

    routers.get('busy')?.change('ali', '/ip address', ['add address=198.51.100.1/24 interface=bridge']);
    routers.get('odd')?.setFaults({ hidesSecrets: true });
    routers.get('moved')?.renewHostKey();
    const second = await run('backup', 'run');
    assert.equal(second.code, 1);
    assert.deepEqual(outcomes(second), [
      ['busy', 'changed', null],
      ['moved', 'failed', 'SSH_HOST_KEY_CHANGED'],
      ['odd', 'quarantined', 'BACKUP_SECRETS_GONE'],
      ['quiet', 'unchanged', null],
    ]);
    assert.equal(routers.get('moved')?.activity().logins, 1);

    const { json: list } = await run('backup', 'list');
    const newest = list.map(({ device, version, state, changedBy }: Record<string, unknown>) => [
      ...[device, version, state, changedBy],
    ]);
    assert.deepEqual(
      newest.filter(([, , state]: unknown[]) => state === 'complete'),
      [
        ['busy', 2, 'complete', ['ali']],
        ['moved', 1, 'complete', []],
        ['odd', 1, 'complete', []],
        ['quiet', 1, 'complete', []],
      ],
    );
    assert.deepEqual(
      newest
        .filter(([, , state]: unknown[]) => state !== 'complete')
        .map(([device, version]: unknown[]) => [device, version]),
      [['odd', null]],
    );
  });

  it('is looked at by check: reach, host key and login of each', async () => {
    const { code, json } = await run('check', '--log-level', 'error');
    assert.equal(code, 1);
    const found = json
      .filter(({ part }: { readonly part: string }) => ['ssh', 'host key', 'ssh login'].includes(part))
      .map(({ subject, part, status }: Record<string, string>) => `${subject}, ${part}: ${status}`);
    assert.deepEqual(
      found.filter((each: string) => /quiet|moved/.test(each)),
      [
        ...['router quiet, ssh: ok', 'router quiet, host key: ok', 'router quiet, ssh login: ok'],
        ...['router moved, ssh: ok', 'router moved, host key: failure'],
      ],
    );
    assert.deepEqual(routers.get('moved')?.activity().passwords, [LOGIN.password]);
  });
});
