import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { asTyped, asTypedAlone, commandNameOf, quoted, startCommand } from '../../src/runtime/command-name.ts';

const CHECKOUT = { argv: ['/usr/bin/node', '/srv/netsentinel/src/main.ts', 'run'], env: {} };
const INSTALLED = { argv: ['/usr/bin/node', '/usr/local/bin/netsentinel', 'run'], env: {} };
const CONTAINER = { ...CHECKOUT, env: { NETSENTINEL_COMMAND: 'docker compose exec netsentinel netsentinel' } };

describe('a command as the reader types it', () => {
  it('goes by npm in a checkout', () => {
    assert.equal(asTyped('check', CHECKOUT), 'npm run -s netsentinel -- check');
    assert.equal(startCommand(CHECKOUT), 'npm run -s netsentinel -- run');
  });

  it('is plain where the program is installed by name', () => {
    assert.equal(asTyped('check', INSTALLED), 'netsentinel check');
  });

  it('reaches into the container, whose worker is started from outside', () => {
    assert.equal(asTyped('check', CONTAINER), 'docker compose exec netsentinel netsentinel check');
    assert.equal(startCommand(CONTAINER), 'docker compose up --detach');
    const env = { NETSENTINEL_COMMAND: 'docker compose -f standalone.yml exec netsentinel netsentinel' };
    assert.equal(startCommand({ ...CHECKOUT, env }), 'docker compose -f standalone.yml up --detach');
    assert.equal(
      asTypedAlone('copy', { ...CHECKOUT, env }),
      'docker compose -f standalone.yml run --rm netsentinel copy',
    );
  });

  it('makes a container of its own where the worker has to be stopped', () => {
    assert.equal(asTypedAlone('copy', CONTAINER), 'docker compose run --rm netsentinel copy');
    assert.equal(asTypedAlone('copy', CHECKOUT), 'npm run -s netsentinel -- copy');
  });

  it('is what the environment says, and nothing of an empty variable', () => {
    const env = { NETSENTINEL_COMMAND: 'kubectl exec deploy/netsentinel -- netsentinel' };
    assert.equal(commandNameOf({ ...CHECKOUT, env }), 'kubectl exec deploy/netsentinel -- netsentinel');
    assert.equal(commandNameOf({ ...INSTALLED, env: { NETSENTINEL_COMMAND: ' ' } }), 'netsentinel');
  });

  it('names the configuration that this process was given', () => {
    for (const given of [['--config', '/etc/my own/config.ts'], ['--config=/etc/my own/config.ts']]) {
      const start = { ...INSTALLED, argv: [...INSTALLED.argv, ...given] };
      assert.equal(asTyped('usage --sum', start), "netsentinel usage --sum --config '/etc/my own/config.ts'");
    }
    assert.equal(asTyped('check', { ...INSTALLED, argv: [...INSTALLED.argv, '--config'] }), 'netsentinel check');
  });

  it('quotes what a shell would take for more than a word', () => {
    assert.equal(quoted('bob-1'), 'bob-1');
    assert.equal(quoted("<pppoe-o'neil>"), "'<pppoe-o'\\''neil>'");
    assert.equal(quoted('$(reboot)'), "'$(reboot)'");
    assert.equal(quoted(''), "''");
  });
});

describe('every text of the program', () => {
  it('names commands through this one place', () => {
    const src = join(import.meta.dirname, '../../src');
    const commands = 'run|collect|check|usage|explain|alerts|report|purge|migrate|copy|hardening|health|demo';
    const named = new RegExp(`(?<!-s )\\bnetsentinel (${commands})\\b`);
    const found = globSync('**/*.{ts,hbs,js}', { cwd: src }).flatMap((file) =>
      readFileSync(join(src, file), 'utf8')
        .split('\n')
        .filter((line) => !/^\s*(\*|\/\/|\/\*)/.test(line) && named.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    );
    assert.deepEqual(found, []);
  });
});
