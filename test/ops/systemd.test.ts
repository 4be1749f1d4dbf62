import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SECRETS } from '../../src/platform/cli/init/starter.ts';
import { loadConfig } from '../../src/settings.ts';

const ROOT = join(import.meta.dirname, '../..');
const UNIT = readFileSync(join(ROOT, 'ops/systemd/netsentinel.service'), 'utf8');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const CHECKOUT = '/opt/netsentinel/';

/** Every value of a setting, in order. */
function settings(name: string): string[] {
  return [...UNIT.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value.replaceAll('"', ''));
}

describe('the systemd unit', () => {
  it('starts what is in a checkout, with the Node that npm ci brings', () => {
    const [start = ''] = settings('ExecStart');
    const [node = '', main = '', ...args] = start.split(' ');
    assert.deepEqual(args, ['run', '--config', '/etc/netsentinel/config.ts']);
    for (const path of [node, main]) {
      assert.ok(path.startsWith(CHECKOUT), path);
      assert.ok(existsSync(join(ROOT, path.slice(CHECKOUT.length))), path);
    }
    assert.ok(settings('Environment').some((value) => value.endsWith(`&& sudo ${node} ${main}`)));
  });

  it('reads the configuration again by HUP, and leaves the worker the time that it takes to stop', () => {
    assert.deepEqual(settings('ExecReload'), ['/bin/kill -HUP $MAINPID']);
    assert.ok(Number(settings('TimeoutStopSec')[0]) > 10);
    assert.deepEqual(settings('RestartPreventExitStatus'), ['2']);
  });

  it('gives the worker each secret that init writes or wrote, and nothing else may read them', () => {
    assert.deepEqual(settings('LoadCredential'), ['secrets:/etc/netsentinel/secrets']);
    const given = settings('Environment').filter((value) => value.includes('_FILE='));
    assert.deepEqual(
      given.sort(),
      [...Object.values(SECRETS), 'PAGE_PASSWORD']
        .map((name) => `${name}_FILE=%d/secrets_${name.toLowerCase()}`)
        .sort(),
    );
  });

  it('keeps the young generation as small as the image and the scripts of npm do', () => {
    const flag = '--max-semi-space-size=8';
    assert.ok(settings('Environment').includes(`NODE_OPTIONS=${flag}`));
    for (const file of ['Dockerfile', 'scripts/netsentinel.sh']) {
      assert.match(readFileSync(join(ROOT, file), 'utf8'), new RegExp(`NODE_OPTIONS="?${flag}`), file);
    }
  });

  it('gives the worker no right that it does not need', () => {
    for (const [name, value] of [
      ['DynamicUser', 'yes'],
      ['CapabilityBoundingSet', ''],
      ['NoNewPrivileges', 'yes'],
      ['ProtectSystem', 'strict'],
      ['ProtectHome', 'yes'],
      ['SystemCallFilter', '@system-service'],
      ['UMask', '0077'],
    ] as const) {
      assert.deepEqual(settings(name), [value], name);
    }
    // The boot ID is below /proc/sys, and Node compiles at run time.
    for (const name of ['ProcSubset', 'MemoryDenyWriteExecute']) assert.deepEqual(settings(name), [], name);
  });

  it('is set up by the commands of the README, with a database where the service may write', async () => {
    const section = README.slice(README.indexOf('With systemd'), README.indexOf('Beside LibreNMS, with Docker'));
    assert.match(section, /cp \/opt\/netsentinel\/ops\/systemd\/netsentinel\.service \/etc\/systemd\/system\//);
    const [, from = '', to = ''] = /sed -i 's#(.*?)#(.*?)#' config\.ts/.exec(section) ?? [];
    const starter = await loadConfig(join(ROOT, 'config.starter.ts'), {
      ROUTER_PASSWORD: 'a',
      NETSENTINEL_KEY: Buffer.alloc(32, 7).toString('base64'),
    });
    assert.ok(starter.database.reveal().endsWith('data/netsentinel.db'));
    const text = readFileSync(join(ROOT, 'config.starter.ts'), 'utf8').replace(from, to);
    assert.match(text, /database: 'sqlite:\/var\/lib\/netsentinel\/netsentinel\.db'/);
    assert.deepEqual(settings('StateDirectory'), ['netsentinel']);
  });
});
