import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import ssh2 from 'ssh2';
import { newHostKey } from '../../../src/demo/ssh-server.ts';
import { createPrivateKeys } from '../../../src/platform/ssh/private-keys.ts';
import { openSftp } from '../../../src/platform/ssh/sftp.ts';
import { type OutputLimits, openSsh, type SshTarget } from '../../../src/platform/ssh/shell.ts';
import { openSshTerminal } from '../../../src/platform/ssh/terminal.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import {
  SSH_PASSWORD,
  SSH_USER,
  type SshRouter,
  type SshRouterOptions,
  startSshRouter,
} from '../../support/ssh-router.ts';

const hide = (text: string) => ({ reveal: () => text });
const never = new AbortController().signal;
const LIMITS: OutputLimits = { idleMs: 20_000, totalMs: 20_000, mostBytes: 10_000_000 };

describe('SSH', () => {
  const routers: SshRouter[] = [];
  const pins = new Map<string, string>();
  afterEach(async () => {
    pins.clear();
    for (const router of routers.splice(0)) await router.close();
  });
  const start = async (options?: SshRouterOptions) => {
    const router = await startSshRouter(options);
    routers.push(router);
    return router;
  };
  const hostKeys = {
    async pin({ host, port }: Pick<SshTarget, 'host' | 'port'>, fingerprint: string) {
      const place = `${host}:${port}`;
      if (!pins.has(place)) pins.set(place, fingerprint);
      return pins.get(place) ?? '';
    },
  };
  const open = (port: number, given: Partial<SshTarget> = {}, clock = systemClock, signal = never) =>
    openSsh(
      {
        ...{
          host: '127.0.0.1',
          port,
          username: SSH_USER,
          password: hide(SSH_PASSWORD),
          privateKey: null,
          passphrase: null,
        },
        ...{ hostKey: null, legacy: false, timeoutMs: 20_000, ...given },
      },
      { hostKeys, privateKeys: createPrivateKeys(clock), clock },
      signal,
    );
  const sends = (text: string): SshRouterOptions => ({
    onCommand(_command, channel) {
      channel.write(text);
      channel.exit(0);
      channel.end();
    },
  });

  for (const authentication of ['password', 'keyboard-interactive'] as const) {
    it(`logs in by ${authentication} and gives the output byte for byte`, async () => {
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
      const { port } = await start({
        authentication,
        onCommand(command, channel) {
          channel.write(bytes);
          channel.stderr.write(command);
          channel.exit(0);
          channel.end();
        },
      });
      const session = await open(port);
      const output = await session.run('export', LIMITS, never);
      assert.equal(output.end, 'closed');
      assert.equal(output.bytes.length, bytes.length + 'export'.length);
      assert.ok(output.bytes.includes(bytes));
      assert.equal((await session.run('again', LIMITS, never)).end, 'closed');
      session.close();
      session.close();
      assert.equal((await session.run('closed', LIMITS, never)).end, 'lost');
    });
  }

  it('logs in by a key, and says when that cannot be read', async () => {
    const { port } = await start({ authentication: 'publickey', ...sends('x') });
    (await open(port, { password: null, privateKey: hide(newHostKey()) })).close();
    const bad = open(port, { password: null, privateKey: hide('-----BEGIN KEY-----\nTOPSECRET') });
    await assert.rejects(bad, (error: Error & { code?: string }) => {
      assert.doesNotMatch(error.message, /TOPSECRET/);
      return error.code === 'SSH_LOGIN_FAILED';
    });
  });

  it('takes more than fits into a window', async () => {
    const large = 'x'.repeat(5_000_000);
    const session = await open((await start(sends(large))).port);
    const { bytes, end } = await session.run('export', LIMITS, never);
    assert.deepEqual([bytes.length, end], [large.length, 'closed']);
    session.close();
  });

  it('parses a key with a passphrase once for as long as it is used, and another text or passphrase anew', () => {
    const clock = createManualClock(0);
    const keys = createPrivateKeys(clock, 2);
    const made = (passphrase: string) =>
      ssh2.utils.generateKeyPairSync('ed25519', { passphrase, cipher: 'aes256-ctr', rounds: 4 }).private;
    const [one, two, three] = [made('a'), made('b'), made('c')];
    const first = keys.parse(one, 'a');
    assert.ok(first?.isPrivateKey());
    assert.equal(keys.parse(one, 'a'), first);
    assert.equal(keys.parse(one, 'b'), null);
    assert.equal(keys.parse(one, null), null);
    assert.notEqual(keys.parse(two, 'b'), first);
    assert.equal(keys.parse(one, 'a'), first);
    // The one that was not used for longest goes.
    const second = keys.parse(two, 'b');
    keys.parse(three, 'c');
    assert.notEqual(keys.parse(one, 'a'), first);
    assert.notEqual(keys.parse(two, 'b'), second);
    const again = keys.parse(two, 'b');
    clock.advance(25 * 3_600_000);
    assert.equal(keys.parse(two, 'b'), again);
    clock.advance(27 * 3_600_000);
    assert.notEqual(keys.parse(two, 'b'), again);
  });

  it('refuses another host key than the one seen first, or the one that is set, before any password is sent', async () => {
    const router = await start(sends('x'));
    (await open(router.port)).close();
    assert.equal(pins.get(`127.0.0.1:${router.port}`), router.fingerprint);
    assert.deepEqual(router.passwords, [SSH_PASSWORD]);
    pins.set(`127.0.0.1:${router.port}`, 'SHA256:other');
    await assert.rejects(open(router.port), { code: 'SSH_HOST_KEY_CHANGED', message: /SHA256:other/ });
    await assert.rejects(open(router.port, { hostKey: 'SHA256:set' }), { code: 'SSH_HOST_KEY_CHANGED' });
    assert.deepEqual(router.passwords, [SSH_PASSWORD]);
    (await open(router.port, { hostKey: router.fingerprint })).close();
  });

  it('tells a wrong login from a device that is away', async () => {
    const { port, close } = await start();
    await assert.rejects(open(port, { password: hide('wrong') }), { code: 'SSH_LOGIN_FAILED' });
    await assert.rejects(open(port, { username: 'nobody' }), { code: 'SSH_LOGIN_FAILED' });
    await close();
    routers.pop();
    await assert.rejects(open(port), { code: 'SSH_UNREACHABLE' });
  });

  it('uses old algorithms only where they are allowed', async () => {
    const { port } = await start({ isOld: true, ...sends('x') });
    await assert.rejects(open(port), { code: 'SSH_NO_COMMON_ALGORITHM' });
    (await open(port, { legacy: true })).close();
  });

  it('gives up on a server that says nothing, or something else', async () => {
    for (const greeting of ['', 'HTTP/1.1 400 Bad Request\r\n\r\n']) {
      const clock = createManualClock(0);
      const server = createServer((socket) => {
        socket.on('error', () => {});
        if (greeting !== '') socket.end(greeting);
        else setImmediate(() => clock.advance(20_000));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      assert.ok(address !== null && typeof address === 'object');
      await assert.rejects(open(address.port, {}, clock), { code: 'SSH_UNREACHABLE' });
      server.close();
    }
  });

  it('gives up on a server that lets us in and then opens no SFTP', async () => {
    const clock = createManualClock(0);
    const server = new ssh2.Server({ hostKeys: [newHostKey()] }, (connection) => {
      connection.on('error', () => {});
      connection.on('authentication', (context) => context.accept());
      connection.on('session', (accept) => {
        // It neither takes nor refuses what is asked for.
        accept().on('sftp', () => clock.advance(20_000));
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    const login = { username: SSH_USER, password: hide(SSH_PASSWORD), privateKey: null, passphrase: null };
    const target = { host: '127.0.0.1', port: address.port, ...login, hostKey: null, legacy: false, timeoutMs: 20_000 };
    const deps = { hostKeys, privateKeys: createPrivateKeys(clock), clock };
    await assert.rejects(openSftp(target, deps, never), { code: 'SSH_UNREACHABLE', message: /opens no SFTP/ });
    assert.equal(clock.pending(), 0);
    server.close();
  });

  const ends: [string, SshRouterOptions['onCommand'], OutputLimits, string, string][] = [
    [
      'of a device that stalls',
      (_, channel) => void channel.write('half'),
      { ...LIMITS, totalMs: 1e9 },
      'half',
      'idle',
    ],
    ['that takes too long', (_, channel) => void channel.write('half'), { ...LIMITS, idleMs: 1e9 }, 'half', 'late'],
    [
      'that is too large',
      (_, channel) => void channel.write('x'.repeat(1000)),
      { ...LIMITS, mostBytes: 999 },
      '',
      'large',
    ],
    [
      'whose connection breaks',
      (_, channel, drop) => {
        channel.write('half', () => drop());
      },
      LIMITS,
      'half',
      'lost',
    ],
    ['that no channel is opened for', undefined, LIMITS, '', 'lost'],
  ];
  for (const [what, onCommand, limits, text, end] of ends) {
    it(`gives what came of an output ${what}, and says so`, async () => {
      const clock = createManualClock(0);
      let timers = 0;
      // The fourth timer is that of the silence after what was sent: then the time passes.
      const after = (delayMs: number, run: () => void) => {
        timers += 1;
        if (timers === 4) setImmediate(() => clock.advance(30_000));
        return clock.after(delayMs, run);
      };
      const { port } = await start(onCommand === undefined ? {} : { onCommand });
      const session = await open(port, {}, end === 'idle' || end === 'late' ? { ...clock, after } : clock);
      const output = await session.run('export', limits, never);
      assert.deepEqual([output.bytes.toString(), output.end], [text, end]);
      session.close();
    });
  }

  it('stops at once when it is told to', async () => {
    const stop = new AbortController();
    const { port } = await start({ onCommand: () => stop.abort(new Error('stopped')) });
    const session = await open(port);
    await assert.rejects(session.run('export', LIMITS, stop.signal), /stopped/);
    await assert.rejects(open(port, {}, systemClock, stop.signal), /stopped/);
  });

  it('leaves nothing open of a terminal whose device lets us in and leaves at once', async () => {
    let left: Promise<unknown> | null = null;
    const server = createServer((socket) => {
      left = once(socket, 'close');
      socket.on('error', () => {});
      const speaking = new ssh2.Server({ hostKeys: [newHostKey()] }, (connection) => {
        connection.on('error', () => {});
        connection.on('authentication', (context) => {
          // Both in one packet: the connection is over when the login is heard of.
          socket.cork();
          context.accept();
          connection.end();
        });
      });
      speaking.injectSocket(socket);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    const clock = createManualClock(0);
    const login = { username: SSH_USER, password: hide(SSH_PASSWORD), privateKey: null, passphrase: null };
    const target = { host: '127.0.0.1', port: address.port, ...login, hostKey: null, legacy: false, timeoutMs: 20_000 };
    const deps = { hostKeys, privateKeys: createPrivateKeys(clock), clock };
    await assert.rejects(openSshTerminal(target, { columns: 80, rows: 24 }, deps, never), { code: 'SSH_UNREACHABLE' });
    await left;
    clock.advance(20_000);
    server.close();
  });
});
