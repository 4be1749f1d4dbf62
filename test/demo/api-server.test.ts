import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, describe, it } from 'node:test';
import type { RouterOsVersion } from '../../src/demo/router-versions.ts';
import { createSimulatedRouter, type SimulatedRouter } from '../../src/demo/simulated-router.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { connectRawApi, type RawApiClient } from '../support/raw-api-client.ts';

const USERNAME = 'reader';
const PASSWORD = 'påss word';
const VERSIONS: RouterOsVersion[] = ['6.40.9', '6.49.18', '7.12.1', '7.20.1'];

describe('the simulated API', () => {
  const started: SimulatedRouter[] = [];
  after(async () => {
    for (const router of started) await router.stop();
  });

  async function startRouter(version: RouterOsVersion = '7.20.1', encodeText?: (text: string) => Uint8Array) {
    const clock = createManualClock(0);
    const credentials = { username: USERNAME, password: PASSWORD };
    const router = createSimulatedRouter({ clock, version, ...credentials, ...(encodeText && { encodeText }) });
    started.push(router);
    const { port } = await router.start();
    return { router, clock, port };
  }

  async function startAndLogIn(version: RouterOsVersion = '7.20.1') {
    const { router, clock, port } = await startRouter(version);
    const api = await connectRawApi(port);
    await logIn(api, version);
    return { router, clock, port, api };
  }

  async function logIn(api: RawApiClient, version: RouterOsVersion): Promise<string[][]> {
    if (version !== '6.40.9') return api.reply('/login', `=name=${USERNAME}`, `=password=${PASSWORD}`);
    const [done] = await api.reply('/login');
    const challenge = Buffer.from((done?.[1] ?? '').slice('=ret='.length), 'hex');
    const hash = createHash('md5').update('\0').update(PASSWORD, 'utf8').update(challenge).digest('hex');
    return api.reply('/login', `=name=${USERNAME}`, `=response=00${hash}`);
  }

  /** A reset may come before or after the kernel has told the client of its connection. */
  async function endOfConnection(port: number): Promise<unknown> {
    return connectRawApi(port).then(
      (api) => api.ended,
      (error: NodeJS.ErrnoException) => error.code,
    );
  }

  for (const version of VERSIONS) {
    it(`logs in to ${version} and reads a queue whose values are all strings`, async () => {
      const { router, port } = await startRouter(version);
      router.addQueue({ name: 'bob', counter: { uploadBytes: 6520205850n, downloadBytes: 123042156517n } });
      const api = await connectRawApi(port);
      assert.deepEqual(await logIn(api, version), [['!done']]);
      assert.deepEqual(await api.reply('/queue/simple/print', '=.proplist=.id,name,bytes,comment'), [
        ['!re', '=.id=*1', '=name=bob', '=bytes=6520205850/123042156517'],
        ['!done'],
      ]);
      assert.equal(router.activity().logins, 1);
      api.close();
    });

    it(`refuses a wrong password on ${version} in that version's words`, async () => {
      const { router, port } = await startRouter(version);
      router.setPassword('changed');
      const api = await connectRawApi(port);
      const message = version === '6.40.9' ? 'cannot log in' : 'invalid user name or password (6)';
      assert.deepEqual(await logIn(api, version), [['!trap', `=message=${message}`], ['!done']]);
      api.close();
    });

    it(`answers a list without rows on ${version} ${version === '7.20.1' ? 'with !empty' : 'with just !done'}`, async () => {
      const { api } = await startAndLogIn(version);
      const expected =
        version === '7.20.1'
          ? [
              ['!empty', '.tag=7'],
              ['!done', '.tag=7'],
            ]
          : [['!done', '.tag=7']];
      assert.deepEqual(await api.reply('/queue/simple/print', '.tag=7'), expected);
      api.close();
    });
  }

  it('accepts a challenge only once', async () => {
    const { port } = await startRouter('6.40.9');
    const api = await connectRawApi(port);
    await logIn(api, '6.40.9');
    const stale = await api.reply('/login', `=name=${USERNAME}`, '=response=0021277bff9ac7caf06aa608e46616d47f');
    assert.deepEqual(stale, [['!trap', '=message=cannot log in'], ['!done']]);
    api.close();
  });

  it('puts the tag at varying places of a sentence', async () => {
    const { router, api } = await startAndLogIn();
    for (const name of ['a', 'b', 'c']) router.addQueue({ name });
    const rows = await api.reply('/queue/simple/print', '.tag=x', '=.proplist=name,target');
    assert.deepEqual(new Set(rows.slice(0, 3).map((words) => words.indexOf('.tag=x'))), new Set([1, 2, 3]));
    api.close();
  });

  it('filters rows by ?name=value, ?name and ?-name, also by properties that are not asked for', async () => {
    const { router, api } = await startAndLogIn();
    router.addQueue({ name: 'a', comment: 'x=y' });
    router.addQueue({ name: 'b' });
    const list = async (query: string) =>
      (await api.reply('/queue/simple/print', '=.proplist=name', query)).filter(([reply]) => reply === '!re');
    assert.deepEqual(await list('?comment=x=y'), [['!re', '=name=a']]);
    assert.deepEqual(await list('?comment'), [['!re', '=name=a']]);
    assert.deepEqual(await list('?-comment'), [['!re', '=name=b']]);
    api.close();
  });

  it('traps what does not exist and what a reader may not do', async () => {
    const { router, api } = await startAndLogIn();
    router.deny(['/system/license']);
    const trap = async (command: string) => (await api.reply(command))[0];
    assert.deepEqual(await trap('/no/such/print'), ['!trap', '=category=0', '=message=no such command prefix']);
    assert.deepEqual(await trap('/queue/simple/frob'), [
      '!trap',
      '=category=0',
      '=message=no such command or directory (frob)',
    ]);
    assert.deepEqual(await trap('/queue/simple/remove'), ['!trap', '=message=not enough permissions (9)']);
    assert.deepEqual(await trap('/system/license/print'), ['!trap', '=message=not enough permissions (9)']);
    api.close();
  });

  it('serves the rows it was given for any other menu', async () => {
    const { router, api } = await startAndLogIn();
    router.setMenu('/ip/service', [
      { '.id': '*7', name: 'api', port: '8728', disabled: 'false' },
      { '.id': '*8', name: 'www', port: '80', disabled: 'true' },
    ]);
    assert.deepEqual(await api.reply('/ip/service/print', '=.proplist=name', '?disabled=false'), [
      ['!re', '=name=api'],
      ['!done'],
    ]);
    api.close();
  });

  it('has no /system/routerboard on a CHR', async () => {
    const { router, port } = await startRouter();
    router.replaceDevice({ kind: 'chr', systemId: 'YpVgTRYJMpC' });
    const api = await connectRawApi(port);
    await logIn(api, '7.20.1');
    assert.equal((await api.reply('/system/routerboard/print'))[0]?.[2], '=message=no such command prefix');
    assert.deepEqual(await api.reply('/system/license/print', '=.proplist=system-id'), [
      ['!re', '=system-id=YpVgTRYJMpC'],
      ['!done'],
    ]);
    api.close();
  });

  it('ends the session with !fatal on /quit and on a command before the login', async () => {
    for (const [command, login, reason] of [
      ['/quit', true, 'session terminated on request'],
      ['/system/resource/print', false, 'not logged in'],
    ] as const) {
      const { port } = await startRouter();
      const api = await connectRawApi(port);
      if (login) await logIn(api, '7.20.1');
      assert.deepEqual(await api.reply(command, '.tag=1'), [['!fatal', reason]]);
      assert.equal(await api.ended, 'FIN');
    }
  });

  it('sends names in the charset of the router', async () => {
    const { router, port } = await startRouter('7.12.1', (text) => Buffer.from(text, 'latin1'));
    router.addQueue({ name: 'café' });
    router.setPassword('plain');
    const api = await connectRawApi(port);
    await api.reply('/login', `=name=${USERNAME}`, '=password=plain');
    await api.reply('/queue/simple/print', '=.proplist=name');
    assert.ok(api.received().includes(Buffer.from('\x0a=name=café', 'latin1')));
    api.close();
  });

  describe('faults', () => {
    it('cuts a connection inside a sentence by FIN or RST', async () => {
      for (const [cut, expected] of [
        ['fin', 'FIN'],
        ['rst', 'ECONNRESET'],
      ] as const) {
        const { router, api } = await startAndLogIn();
        router.addQueue({ name: 'bob' });
        router.setFaults({ cut });
        api.send('/queue/simple/print');
        assert.equal(await api.ended, expected);
        assert.notEqual(api.received().at(-1), 0);
        assert.equal(router.truth().get('bob')?.observable.downloadBytes, 0n);
      }
    });

    it('stalls at login, before a reply and inside it, for one command only if asked', async () => {
      const { router, port } = await startRouter();
      router.setFaults({ stall: 'login' });
      const stalled = await connectRawApi(port);
      stalled.send('/login', `=name=${USERNAME}`, `=password=${PASSWORD}`);
      assert.deepEqual(await stalled.reply('/quit'), [['!fatal', 'not logged in']]);
      router.setFaults({});
      const api = await connectRawApi(port);
      await logIn(api, '7.20.1');

      const before = api.received().length;
      router.setFaults({ stall: 'before-reply', command: '/queue/simple/print' });
      api.send('/queue/simple/print');
      const identity = await api.reply('/system/identity/print');
      assert.deepEqual(identity, [['!re', '=name=MikroTik'], ['!done']]);
      const identityBytes = api.received().length - before;

      router.setFaults({ stall: 'inside-reply' });
      api.send('/system/identity/print');
      while (api.received().length === before + identityBytes) await new Promise(setImmediate);
      assert.ok(api.received().length < before + 2 * identityBytes);
      api.close();
    });

    it('answers with !fatal and closes', async () => {
      const { router, api } = await startAndLogIn();
      router.setFaults({ fatal: 'out of memory' });
      assert.deepEqual(await api.reply('/queue/simple/print'), [['!fatal', 'out of memory']]);
      assert.equal(await api.ended, 'FIN');
    });

    it('sends garbage', async () => {
      const { router, api } = await startAndLogIn();
      router.setFaults({ garbage: Buffer.from([0x05, 0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x00]) });
      api.send('/queue/simple/print');
      assert.deepEqual(await api.next(), ['hello']);
      api.close();
    });

    it('sends a reply byte by byte, with latency', async () => {
      const { router, api } = await startAndLogIn();
      router.addQueue({ name: 'bob' });
      router.setFaults({ chunkBytes: 1, latencyMs: 20 });
      const startedMs = performance.now();
      assert.equal((await api.reply('/queue/simple/print')).length, 2);
      assert.ok(performance.now() - startedMs >= 19);
      api.close();
    });

    it('resets connections while it is unreachable or boots, and refuses them while it is stopped', async () => {
      const { router, clock, port } = await startRouter();
      const api = await connectRawApi(port);
      router.setReachable(false);
      await api.ended;
      assert.equal(await endOfConnection(port), 'ECONNRESET');
      router.setReachable(true);
      router.reboot(30_000);
      assert.equal(await endOfConnection(port), 'ECONNRESET');
      clock.advance(31_000);
      const again = await connectRawApi(port);
      assert.deepEqual(await logIn(again, '7.20.1'), [['!done']]);
      assert.deepEqual(await again.reply('/system/resource/print', '=.proplist=uptime'), [
        ['!re', '=uptime=1s'],
        ['!done'],
      ]);
      await router.stop();
      await assert.rejects(connectRawApi(port), { code: 'ECONNREFUSED' });
    });
  });
});
