import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { createSshClient } from '../../../src/platform/ssh/client.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { type OpenSshServer, startOpenSsh } from '../../support/openssh-server.ts';
import { createMemoryPins, hidden, NEVER, runLines, shellTo, WIDE } from '../../support/ssh-shell.ts';

describe('SSH to a server of OpenSSH', () => {
  let server: OpenSshServer;
  before(async () => {
    server = await startOpenSsh();
  });
  after(() => server.stop());
  const login = (from: OpenSshServer = server) => ({
    ...{ port: from.port, username: from.username },
    ...{ privateKey: hidden(from.privateKey), passphrase: hidden(from.passphrase) },
  });

  it('logs in by a key with a passphrase and gets every byte, several windows of them', async () => {
    const shell = shellTo({ ...login(), hostKey: server.fingerprint });
    const [numbers = '', both = ''] = await runLines(shell, 'seq 1 900000', 'printf "a\\000\\377b"; printf c >&2');
    assert.equal(numbers, Array.from({ length: 900_000 }, (_, index) => `${index + 1}\n`).join(''));
    assert.equal([...both].sort().join(''), '\0abc\xff');
  });

  it('refuses another host key, by the fingerprint that ssh-keygen prints', async () => {
    const other = `SHA256:${'A'.repeat(43)}`;
    await assert.rejects(shellTo({ ...login(), hostKey: other }).open(NEVER), {
      code: 'SSH_HOST_KEY_CHANGED',
      message: new RegExp(server.fingerprint.replace(/[+/]/g, '\\$&')),
    });
  });

  it('tells a login that is refused, and a key that cannot be opened, and quotes no secret', async () => {
    const { port, username } = server;
    for (const wrong of [
      { port, username, password: hidden('wrong-password') },
      { ...login(), username: 'nobody' },
      { ...login(), passphrase: hidden('wrong-passphrase') },
      { ...login(), passphrase: null },
    ]) {
      await assert.rejects(shellTo(wrong).open(NEVER), (error: Error & { readonly code?: string }) => {
        assert.equal(error.code, 'SSH_LOGIN_FAILED');
        assert.doesNotMatch(`${error.stack} ${error.cause}`, /wrong-pass|passphrase-5|BEGIN/);
        return true;
      });
    }
  });

  it('gives what came of a command that ends by a signal, and of a connection that is cut', async () => {
    const session = await shellTo(login()).open(NEVER);
    const killed = await session.run('printf half; kill -9 $$', WIDE, NEVER);
    assert.deepEqual([killed.end, killed.bytes.toString()], ['closed', 'half']);
    // The parent of the shell is the process that has the connection.
    const cut = await session.run('printf half; kill -9 $PPID', WIDE, NEVER);
    assert.equal(cut.end, 'lost');
    session.close();
  });

  it('has a terminal whose programs hear of each new size of the window', async () => {
    const client = createSshClient({ hostKeys: createMemoryPins(), clock: systemClock });
    const target = { ...login(), host: '127.0.0.1', password: null, hostKey: null, legacy: false, timeoutMs: 60_000 };
    const terminal = await client.openTerminal(target, { columns: 100, rows: 30 }, NEVER);
    let text = '';
    const signal = AbortSignal.timeout(60_000);
    terminal.stream.on('data', (bytes) => {
      text += bytes;
    });
    const seen = async (what: RegExp) => {
      while (!what.test(text)) await once(terminal.stream, 'data', { signal });
    };
    // What is typed before its prompt may be thrown away.
    await seen(/[#$%>] $/);
    // Told of SIGWINCH, as any program on a terminal.
    const program =
      'const tell = () => console.log(process.stdout.rows + " " + process.stdout.columns); tell();' +
      'process.stdout.on("resize", tell); process.stdin.on("data", (text) => console.log("got " + text));';
    terminal.stream.write(`exec '${process.execPath}' -e '${program}'\r`);
    await seen(/^30 100\r$/m);
    terminal.resize({ columns: 1000, rows: 1 });
    await seen(/^1 1000\r$/m);
    terminal.resize({ columns: 36, rows: 20 });
    await seen(/^20 36\r$/m);
    terminal.stream.write('still there\r');
    await seen(/^got still there\r$/m);
    terminal.close();
    terminal.close();
    terminal.resize({ columns: 1, rows: 1 });
    await terminal.ended;
  });

  it('uses what old servers have only where that is allowed', async (t) => {
    const old = await startOpenSsh(
      'KexAlgorithms diffie-hellman-group14-sha1',
      'Ciphers aes192-cbc',
      'MACs hmac-sha1',
      'HostKeyAlgorithms ssh-rsa',
    );
    t.after(() => old.stop());
    await assert.rejects(shellTo(login(old)).open(NEVER), { code: 'SSH_NO_COMMON_ALGORITHM' });
    assert.deepEqual(await runLines(shellTo({ ...login(old), legacy: true }), 'echo hello'), ['hello\n']);
  });
});
