import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Command, CommanderError } from 'commander';
import { hardeningCommand } from '../../../src/hardening/commands/hardening.ts';

describe('netsentinel hardening', () => {
  let folder = '';
  let said = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hardening-'));
    said = '';
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const at = (name: string) => join(folder, name);
  const mode = (file: string) => (statSync(file).mode & 0o777).toString(8);
  const passwordIn = (file: string) => /:local nsPassword "(.*)"/.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
  async function run(...args: string[]): Promise<void> {
    const write = (text: string) => {
      said += text;
    };
    const program = new Command().exitOverride().configureOutput({ writeOut: write, writeErr: write });
    hardeningCommand(program, { commandName: 'netsentinel', stdout: { write } });
    for (const command of program.commands)
      command.exitOverride().configureOutput({ writeOut: write, writeErr: write });
    await program.parseAsync(['hardening', ...args], { from: 'user' });
  }

  it('writes the script, for its owner only, with a password of its own that it does not show', async () => {
    await run(
      '--server-ip',
      '192.0.2.10,2001:DB8::10',
      '--admin-net',
      '192.0.2.0/24',
      '10.0.0.0/8',
      '--out',
      at('a.rsc'),
    );
    const script = readFileSync(at('a.rsc'), 'utf8');
    assert.equal(mode(at('a.rsc')), '600');
    assert.match(script, /:local nsServers "192\.0\.2\.10,2001:db8::10"\n/);
    assert.match(script, /:local nsAdminNets "192\.0\.2\.0\/24,10\.0\.0\.0\/8"\n/);
    assert.match(script, /:local nsRollbackMinutes 10\n/);
    assert.match(script, /:local nsOptional false\n/);
    assert.equal(passwordIn(at('a.rsc')).length, 32);
    assert.ok(said.includes(`(newly generated) is in ${at('a.rsc')}`));
    assert.ok(!said.includes(passwordIn(at('a.rsc'))));
  });

  it('takes the password of a file that is there', async () => {
    writeFileSync(at('password'), 'say "friend" $1 [x]\n');
    await run(
      '--server-ip',
      '192.0.2.10',
      '--password-file',
      at('password'),
      '--rollback-minutes',
      '0',
      '--optional',
      '--out',
      at('a.rsc'),
    );
    assert.equal(passwordIn(at('a.rsc')), 'say \\"friend\\" \\$1 [x]');
    assert.match(readFileSync(at('a.rsc'), 'utf8'), /:local nsRollbackMinutes 0\n(.*\n)+? +:local nsOptional true\n/);
    assert.ok(!said.includes('friend'));
    assert.match(said, /There is no rollback/);
  });

  it('makes the password file if it is not there, for its owner only', async () => {
    await run('--server-ip', '192.0.2.10', '--password-file', at('password'), '--out', at('a.rsc'));
    assert.equal(mode(at('password')), '600');
    assert.equal(readFileSync(at('password'), 'utf8'), `${passwordIn(at('a.rsc'))}\n`);
    assert.ok(!said.includes(passwordIn(at('a.rsc'))));
  });

  it('overwrites nothing', async () => {
    writeFileSync(at('a.rsc'), 'precious');
    await assert.rejects(run('--server-ip', '192.0.2.10', '--password-file', at('password'), '--out', at('a.rsc')), {
      code: 'HARDENING_FILE_EXISTS',
    });
    assert.equal(readFileSync(at('a.rsc'), 'utf8'), 'precious');
    assert.equal(existsSync(at('password')), false);
  });

  it('says what to do about a file it cannot read or write', async () => {
    await assert.rejects(run('--server-ip', '192.0.2.10', '--out', at('missing/a.rsc')), {
      name: 'TroubleError',
      code: 'HARDENING_OUT',
    });
    await assert.rejects(run('--server-ip', '192.0.2.10', '--password-file', folder, '--out', at('a.rsc')), {
      name: 'TroubleError',
      code: 'HARDENING_PASSWORD_FILE',
    });
    assert.equal(existsSync(at('a.rsc')), false);
  });

  it('writes the watchdog in its place, which needs no address of the server', async () => {
    await run('--watchdog', '192.0.2.254', '--poe', 'ether3=192.0.2.33', '--times', '3', '--out', at('w.rsc'));
    const script = readFileSync(at('w.rsc'), 'utf8');
    assert.equal(mode(at('w.rsc')), '600');
    assert.match(script, /name="netsentinel-watchdog-reboot" interval=1m/);
    assert.match(script, /name="netsentinel-watchdog-ether3" interval=1m/);
    assert.match(said, /watchdog_undo\.rsc undoes it/);
    await assert.rejects(run('--watchdog', '--out', at('x.rsc')), { code: 'HARDENING_WATCHDOG' });
  });

  for (const args of [
    [],
    ['--server-ip', 'server.example'],
    ['--server-ip', '192.0.2.0/24'],
    ['--server-ip', '192.0.2.10,'],
    ['--server-ip', '192.0.2.10', '--admin-net', '0.0.0.0/0'],
    ['--server-ip', '192.0.2.10', '--rollback-minutes', '2000'],
    ['--server-ip', '192.0.2.10', '--rollback-minutes', 'ten'],
    ['--watchdog', '--poe', 'ether3'],
    ['--server-ip', '192.0.2.10', '--poe', 'ether3=192.0.2.33'],
  ])
    it(`refuses ${JSON.stringify(args.join(' '))} as a wrong command line`, async () => {
      await assert.rejects(
        run(...args, '--out', at('a.rsc')),
        (error: unknown) => error instanceof CommanderError && error.exitCode !== 0,
      );
      assert.equal(existsSync(at('a.rsc')), false);
    });
});
