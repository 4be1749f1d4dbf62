import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { getCACertificates, setDefaultCACertificates, type TlsOptions } from 'node:tls';
import { connectRouter } from '../../../src/adapters/routeros/client.ts';
import type { RouterTls } from '../../../src/adapters/routeros/tls.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { type ScriptedRouter, startScriptedRouter, tagWord } from '../../support/scripted-router.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/tls');

function pem(file: string): string {
  return readFileSync(join(FIXTURES, file), 'utf8');
}

function certificate(name: string): TlsOptions {
  return { cert: pem(`${name}.crt`), key: pem(`${name}.key`) };
}

function fingerprintOf(name: string): string {
  return new X509Certificate(pem(`${name}.crt`)).fingerprint256;
}

/** api-ssl as RouterOS runs it while no certificate is assigned. */
const ANONYMOUS: TlsOptions = { ciphers: 'ADH:@SECLEVEL=0', maxVersion: 'TLSv1.2', dhparam: 'auto' };

let router: ScriptedRouter | undefined;
let heard: string[] = [];

afterEach(async () => {
  await router?.allClosed();
  await router?.close();
  router = undefined;
});

async function startRouter(tls: TlsOptions): Promise<number> {
  heard = [];
  router = await startScriptedRouter(
    async (connection) => {
      heard.push(...(await connection.nextSentence()));
      connection.send(['!done']);
      connection.send(['!done', tagWord(await connection.nextSentence())]);
    },
    { tls },
  );
  return router.port;
}

/** Connects, gives one command and hangs up. */
async function talk(port: number, tls: RouterTls, host = '127.0.0.1', connectTimeoutMs = 5_000): Promise<void> {
  const client = await connectRouter({
    host,
    port,
    tls,
    username: 'netsentinel',
    password: 'secret',
    clock: systemClock,
    connectTimeoutMs,
    idleTimeoutMs: connectTimeoutMs,
  });
  try {
    await client.print('/x', ['name'], { toResult: () => null, totalTimeoutMs: connectTimeoutMs });
  } finally {
    client.close();
  }
}

const CA: RouterTls = { ca: pem('ca.crt') };

describe('tls', () => {
  const accepted: [string, TlsOptions, RouterTls, string?][] = [
    ['a certificate of the given authority', certificate('router'), CA],
    ['a certificate of the given authority, by name', certificate('router'), CA, 'localhost'],
    [
      'a self-signed certificate by its fingerprint',
      certificate('self-signed'),
      { fingerprint: fingerprintOf('self-signed') },
    ],
    [
      'a fingerprint in lower case without colons',
      certificate('self-signed'),
      { fingerprint: fingerprintOf('self-signed').replaceAll(':', '').toLowerCase() },
    ],
    ['a pinned certificate that has expired', certificate('expired'), { fingerprint: fingerprintOf('expired') }],
    ['any certificate when insecure', certificate('wrong-name'), { insecure: true }],
    ['an expired certificate when insecure', certificate('expired'), { insecure: true }],
    ['no certificate at all when insecure', ANONYMOUS, { insecure: true }],
  ];
  for (const [what, server, tls, host] of accepted) {
    it(`accepts ${what}`, async () => {
      await talk(await startRouter(server), tls, host);
      assert.equal(heard[0], '/login');
    });
  }

  it("accepts a certificate of the system's authorities", async () => {
    const before = getCACertificates('default');
    setDefaultCACertificates([...before, pem('ca.crt')]);
    try {
      await talk(await startRouter(certificate('router')), true);
    } finally {
      setDefaultCACertificates(before);
    }
    assert.equal(heard[0], '/login');
  });

  const refused: [string, TlsOptions, RouterTls, RegExp][] = [
    ['an unknown authority', certificate('router'), true, /not accepted/],
    ['a self-signed certificate', certificate('self-signed'), CA, /not accepted/],
    ['an expired certificate', certificate('expired'), CA, /expired/],
    ['a certificate of another name', certificate('wrong-name'), CA, /not accepted.*127\.0\.0\.1/],
    [
      'another certificate than the pinned one',
      certificate('router'),
      { fingerprint: fingerprintOf('expired') },
      /it shows [0-9A-F:]{95}/,
    ],
    ['an empty fingerprint', certificate('router'), { fingerprint: '' }, /not the pinned one/],
    ['no certificate where one is pinned', ANONYMOUS, { fingerprint: fingerprintOf('router') }, /TLS/],
    ['no certificate where one is checked', ANONYMOUS, true, /TLS/],
    ['an authority that is no certificate', certificate('router'), { ca: 'nonsense' }, /ca cannot be read/],
    [
      'an authority that is a broken certificate',
      certificate('router'),
      { ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' },
      /ca cannot be read/,
    ],
  ];
  for (const [what, server, tls, message] of refused) {
    it(`refuses ${what} before anything is sent`, async () => {
      const port = await startRouter(server);
      await assert.rejects(talk(port, tls), { name: 'TroubleError', code: 'ROUTER_TLS_FAILED', message });
      assert.deepEqual(heard, []);
    });
  }

  it('gives up within its deadline when the port never answers the handshake', async () => {
    router = await startScriptedRouter(() => {});
    const startedMs = performance.now();
    await assert.rejects(talk(router.port, true, '127.0.0.1', 150), { code: 'ROUTER_TIMEOUT', message: /to connect/ });
    assert.ok(performance.now() - startedMs < 2_000);
  });

  it('says that the handshake failed when the port hangs up on it', async () => {
    router = await startScriptedRouter(({ socket }) => void socket.end());
    await assert.rejects(talk(router.port, true), {
      code: 'ROUTER_TLS_FAILED',
      message: /broke the TLS handshake off/,
    });
  });

  it('says so when the port speaks no TLS', async () => {
    router = await startScriptedRouter(({ socket }) => void socket.write('SSH-2.0-ROSSSH\r\n'));
    await assert.rejects(talk(router.port, true), {
      code: 'ROUTER_TLS_FAILED',
      message: /failed: (wrong version number|packet length too long)$/,
    });
  });
});
