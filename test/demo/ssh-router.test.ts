import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { joinedLines } from '../../src/backups/routeros/normal-form.ts';
import { usualConfiguration } from '../../src/demo/configuration.ts';
import type { RouterOsVersion } from '../../src/demo/router-versions.ts';
import { createSshRouter, type SshRouterOptions } from '../../src/demo/ssh-router.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { need } from '../support/needs.ts';
import { hidden, NEVER, runLines, shellTo, WIDE } from '../support/ssh-shell.ts';

const LOGIN = { username: 'backup', password: 'ssh-password-7' };
const NIGHT = Date.UTC(2026, 10, 26, 3);
const VERSION = ':put [/system resource get version]';
const HISTORY = '/system history print detail';

async function start(t: TestContext, version: RouterOsVersion, options: Partial<SshRouterOptions> = {}) {
  const router = createSshRouter({ clock: createManualClock(NIGHT), version, ...LOGIN, ...options });
  const { port } = await router.start();
  t.after(() => router.stop());
  const shell = shellTo({ port, username: LOGIN.username, password: hidden(LOGIN.password) });
  return { router, port, shell };
}

const rowsIn = (output: string) =>
  joinedLines(output)
    .filter(({ isComment, text: line }) => !isComment && line !== '')
    .map(({ text: line }) => line);
const rowsOf = (configuration: ReturnType<typeof usualConfiguration>) =>
  Object.entries(configuration).flatMap(([menu, rows]) => [menu, ...rows]);

describe('the simulated SSH router', () => {
  for (const [version, full, head, showing, hiding] of [
    ['6.49.18', '6.49.18 (long-term)', '# nov/26/2026 03:00:00 by RouterOS 6.49.18', '', ' hide-sensitive'],
    ['7.12.1', '7.12.1 (stable)', '# 2026-11-26 03:00:00 by RouterOS 7.12.1', ' show-sensitive', ''],
    ['7.20.1', '7.20.1 (stable)', '# 2026-11-26 03:00:00 by RouterOS 7.20.1', ' show-sensitive', ''],
  ] as const) {
    it(`exports as RouterOS ${version} does: head, wraps, secrets, and what follows on the line`, async (t) => {
      const { shell } = await start(t, version);
      const [said, shown = '', kept = ''] = await runLines(
        shell,
        VERSION,
        `/export${showing}; :put "ns-end-1"`,
        `/export${hiding}`,
      );
      assert.equal(said, `${full}\r\n`);
      assert.equal(shown.split('\r\n')[0], head);
      assert.match(shown, /\r\n# serial number = HGQ09ABCDEF\r\n\/interface bridge\r\n/);
      assert.match(shown, /\r\nns-end-1\r\n$/);
      assert.ok(
        shown.split('\r\n').every((line) => line.length <= 79),
        'a line is too long',
      );
      assert.deepEqual(rowsIn(shown), [...rowsOf(usualConfiguration('edge-1')), 'ns-end-1']);
      assert.doesNotMatch(kept, /password|private-key|hunter2|al's/);
      assert.equal(rowsIn(kept).length, rowsIn(shown).length - 1);
    });
  }

  it('refuses to show secrets on version 6, and commands it does not know, with all that follows', async (t) => {
    const { shell } = await start(t, '6.49.18');
    assert.deepEqual(await runLines(shell, '/export show-sensitive; :put "ns-end-1"', '/system reboot; :put "x"'), [
      'expected end of command (line 1 column 9)\r\n',
      'bad command name /system (line 1 column 1)\r\n',
    ]);
  });

  it('lists who changed what, newest first', async (t) => {
    const { router, shell } = await start(t, '7.20.1');
    router.change('ali', '/system identity', ['set name=core']);
    router.change('eve', '/ppp secret', []);
    const [history = '', output = ''] = await runLines(shell, HISTORY, '/export');
    const by = [...history.matchAll(/action="([^"]+)" by="(\w+)" policy=write time=2026-11-26 03:00:00 /g)];
    assert.deepEqual(
      by.map(([, action, user]) => [action, user]),
      [
        ['ppp secret changed', 'eve'],
        ['system identity changed', 'ali'],
      ],
    );
    assert.match(output, /set name=core\r\n$/);
    assert.doesNotMatch(output, /\/ppp secret/);
  });

  it('fails in each way that routers do', async (t) => {
    const { router, shell } = await start(t, '7.20.1');
    const line = '/export show-sensitive; :put "ns-end-1"';
    router.setFaults({ errorText: 'action timed out' });
    assert.deepEqual(await runLines(shell, line), ['action timed out\r\n']);
    router.setFaults({ failedMenu: '/ppp secret' });
    const [failed = ''] = await runLines(shell, line);
    assert.match(failed, /\r\n#error exporting "\/ppp\/secret" \(timeout\)\r\n.*ns-end-1\r\n$/s);
    router.setFaults({ hidesSecrets: true });
    const [poor = ''] = await runLines(shell, line);
    assert.doesNotMatch(poor, /password=/);
    assert.match(poor, /add name=bob profile=default service=pppoe\r\n.*ns-end-1\r\n$/s);
    router.setFaults({ serial: 'OTHER123' });
    assert.match((await runLines(shell, line))[0] ?? '', /# serial number = OTHER123\r\n/);
    for (const [end, seen] of [
      ['close', 'closed'],
      ['drop', 'lost'],
    ] as const) {
      router.setFaults({ wire: { bytes: 100, end } });
      const session = await shell.open(NEVER);
      assert.equal((await session.run(VERSION, WIDE, NEVER)).end, 'closed', 'only exports are cut');
      const output = await session.run(line, WIDE, NEVER);
      session.close();
      assert.deepEqual([output.end, output.bytes.length], [seen, 100]);
    }
  });

  it('has another host key after a reset, and offers what is old where it is old', async (t) => {
    const { router, shell } = await start(t, '7.20.1');
    await runLines(shell, VERSION);
    const before = router.fingerprint();
    router.renewHostKey();
    assert.notEqual(router.fingerprint(), before);
    await assert.rejects(shell.open(NEVER), { code: 'SSH_HOST_KEY_CHANGED' });
    assert.deepEqual(router.activity().passwords, [LOGIN.password], 'the password of the first login only');

    const old = await start(t, '6.40.9');
    const login = { port: old.port, username: LOGIN.username, password: hidden(LOGIN.password) };
    await assert.rejects(shellTo(login).open(NEVER), { code: 'SSH_NO_COMMON_ALGORITHM' });
    assert.deepEqual(await runLines(shellTo({ ...login, legacy: true }), VERSION), ['6.40.9 (bugfix)\r\n']);
  });

  it('gives the client of OpenSSH the same bytes as ours', async (t) => {
    const { shell, port } = await start(t, '7.20.1');
    const folder = mkdtempSync(join(tmpdir(), 'netsentinel-ssh-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const askpass = join(folder, 'askpass');
    writeFileSync(askpass, `#!/bin/sh\necho ${LOGIN.password}\n`, { mode: 0o700 });
    const options = ['StrictHostKeyChecking=no', `UserKnownHostsFile=${join(folder, 'known')}`, 'LogLevel=ERROR'];
    const args = ['-F', 'none', '-p', `${port}`, ...options.flatMap((each) => ['-o', each])];
    const child = spawn(need('ssh'), [...args, 'backup@127.0.0.1', '/export show-sensitive'], {
      env: { PATH: process.env['PATH'], SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [theirs, [ours]] = await Promise.all([text(child.stdout), runLines(shell, '/export show-sensitive')]);
    assert.equal(theirs, ours);
  });
});
