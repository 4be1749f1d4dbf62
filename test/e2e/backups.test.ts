import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { runCli } from '../support/cli.ts';
import { exportText, MENUS } from '../support/exports.ts';
import { KEY } from '../support/inventory.ts';
import { need } from '../support/needs.ts';
import { SSH_PASSWORD, SSH_USER, type SshRouter, startSshRouter } from '../support/ssh-router.ts';

describe('backup over SSH', () => {
  let folder: string;
  let router: SshRouter;
  let text = exportText();
  let identity: string;
  const history = ' 0 U action="user secret changed" by="ali" policy=write time=2026-11-27 01:00:00\r\n';

  function answer(command: string): string {
    if (command === ':put [/system resource get version]') return '7.20.8 (stable)\r\n';
    if (command.startsWith('/system history')) return history;
    const nonce = /ns-end-\w+/.exec(command)?.[0] ?? '';
    return `${text}${nonce}\r\n`;
  }

  before(async () => {
    identity = await generateX25519Identity();
    folder = mkdtempSync(join(tmpdir(), 'netsentinel-backup-'));
    router = await startSshRouter({
      onCommand(command, channel) {
        channel.write(answer(command));
        channel.exit(0);
        channel.end();
      },
    });
    const login = { port: router.port, username: SSH_USER, password: SSH_PASSWORD };
    const core = { name: 'core', host: '127.0.0.1', username: 'api', password: 'api-password-9', ssh: login };
    writeFileSync(
      join(folder, 'config.json'),
      JSON.stringify({
        ...{ timeZone: 'UTC', database: 'sqlite:./books.db', key: KEY, routers: [core] },
        backup: { archives: { nas: { folder: './nas' } }, recipients: [await identityToRecipient(identity)] },
      }),
    );
  });
  after(async () => {
    await router.close();
    rmSync(folder, { recursive: true });
  });
  const run = async (...args: string[]) => {
    const result = await runCli(['--config', 'config.json', 'backup', ...args], { cwd: folder });
    return { ...result, json: () => JSON.parse(result.stdout) };
  };

  it('keeps what is whole, tells what changed, with no secret in what it prints or stores', async () => {
    const first = await run('run', '--format', 'json');
    assert.equal(first.code, 0, first.stderr);
    const { device, outcome, version, bytes } = first.json().devices[0];
    assert.deepEqual(
      { device, outcome, version, bytes },
      { device: 'core', outcome: 'first', version: 1, bytes: text.length },
    );

    const bob = MENUS['/ppp secret']?.map((row) => row.replace('hunter2-bob', 'new-secret')) ?? [];
    text = exportText({ menus: { ...MENUS, '/ppp secret': bob } });
    assert.equal((await run('run', '--device', 'co*', '--format', 'json')).json().devices[0].outcome, 'changed');
    const diff = await run('diff', 'core', '--format', 'json');
    assert.deepEqual(
      diff.json().map(({ sign, line }: { sign: string; line: string }) => sign + line),
      ['-add name=bob password=*** service=pppoe', '+add name=bob password=*** service=pppoe'],
    );

    const none = await run('run', '--device', 'edge*', '--format', 'json');
    assert.deepEqual([none.code, none.json().devices], [1, []]);

    const copies = readdirSync(join(folder, 'nas/core')).map((name) => join('nas/core', name));
    assert.deepEqual(
      copies.map((name) => /-(\d+)\.age$/.exec(name)?.[1]),
      ['1', '2'],
    );
    writeFileSync(join(folder, 'key.txt'), identity);
    const newest = execFileSync(need('age'), ['-d', '-i', 'key.txt', copies[1] ?? ''], { cwd: folder });
    assert.equal(newest.toString('latin1'), text);
    assert.equal((await run('archives', '--format', 'json')).json()[0].copies, 2);

    const bytesOf = ['books.db', 'books.db-wal', ...copies].map((name) => {
      try {
        return readFileSync(join(folder, name), 'latin1');
      } catch {
        return '';
      }
    });
    for (const shown of [...bytesOf, first.stdout, first.stderr, diff.stdout, diff.stderr]) {
      assert.doesNotMatch(shown, /hunter2|new-secret|ssh-password-7|snmp-community-secret/);
    }
  });

  it('refuses another host key than the one that is trusted', async () => {
    const trust = (fingerprint: string) =>
      runCli(['--config', 'config.json', 'device', 'trust', 'core', '--fingerprint', fingerprint], { cwd: folder });
    assert.equal((await trust(`SHA256:${'A'.repeat(43)}`)).code, 0);
    const refused = await run('run', '--format', 'json');
    assert.deepEqual([refused.code, refused.json().devices[0].code], [1, 'SSH_HOST_KEY_CHANGED']);
    assert.equal((await trust(router.fingerprint)).code, 0);
    assert.equal((await run('run', '--format', 'json')).json().devices[0].outcome, 'unchanged');
  });
});
