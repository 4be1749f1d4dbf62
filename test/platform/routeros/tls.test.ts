import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { getCACertificates, setDefaultCACertificates, type TlsOptions } from 'node:tls';
import { connectRouter } from '../../../src/platform/routeros/client.ts';
import type { RouterTls } from '../../../src/platform/routeros/tls.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { readerOf } from '../../support/reader-of.ts';
import { type ScriptedRouter, startScriptedRouter, tagWord } from '../../support/scripted-router.ts';
import { visitUntil } from '../../support/visits.ts';

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

const WEAK_RSA: TlsOptions = certificate('weak-rsa');
/** Keys are exchanged by Diffie-Hellman of 1,024 bits only. */
const WEAK_DH: TlsOptions = {
  ...WEAK_RSA,
  dhparam: pem('weak-dh.pem'),
  ciphers: 'DHE-RSA-AES128-SHA:DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0',
  maxVersion: 'TLSv1.2',
};
function only(version: 'TLSv1' | 'TLSv1.1' | 'TLSv1.3'): TlsOptions {
  return { ...WEAK_RSA, minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' };
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
    ['TLS 1.0 when insecure', only('TLSv1'), { insecure: true }],
    ['TLS 1.1 when insecure', only('TLSv1.1'), { insecure: true }],
    [
      'no certificate over TLS 1.0 when insecure',
      { ...ANONYMOUS, minVersion: 'TLSv1', maxVersion: 'TLSv1' },
      { insecure: true },
    ],
    [
      'no certificate of a router that knows TLS 1.3 when insecure',
      { ciphers: ANONYMOUS.ciphers, dhparam: 'auto' },
      { insecure: true },
    ],
    ['a short Diffie-Hellman key when insecure', WEAK_DH, { insecure: true }],
    ['a short Diffie-Hellman key of a pinned certificate', WEAK_DH, { fingerprint: fingerprintOf('weak-rsa') }],
    ['TLS 1.3 of a pinned certificate', only('TLSv1.3'), { fingerprint: fingerprintOf('weak-rsa') }],
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

  const outdated: [string, TlsOptions, RouterTls, RegExp, RegExp][] = [
    [
      'TLS 1.0 of a pinned certificate',
      only('TLSv1'),
      { fingerprint: fingerprintOf('weak-rsa') },
      /protocol/,
      /insecure: true \} also 1\.0/,
    ],
    ['TLS 1.3 alone when insecure', only('TLSv1.3'), { insecure: true }, /protocol/, /the others also 1\.3/],
    [
      'a short Diffie-Hellman key where an authority is asked',
      WEAK_DH,
      true,
      /key too small/,
      /only \{ insecure: true \}/,
    ],
  ];
  for (const [what, server, tls, message, advice] of outdated) {
    it(`refuses ${what}, with the true reason and the way out`, async () => {
      const port = await startRouter(server);
      await assert.rejects(talk(port, tls), { code: 'ROUTER_TLS_FAILED', message, advice });
      assert.deepEqual(heard, []);
    });
  }

  it('warns once of a router whose TLS is easy to break', async () => {
    router = await startScriptedRouter(
      async (connection) => {
        await connection.acceptLogin();
        for (;;) {
          const sentence = await connection.nextSentence();
          const tag = tagWord(sentence);
          const rows = sentence[0] === '/system/resource/print' ? [['!re', tag, '=uptime=1h']] : [];
          connection.send(...rows, ['!done', tag]);
          if (sentence[0] === '/queue/simple/print') connection.socket.end();
        }
      },
      { tls: only('TLSv1') },
    );
    const warnings: unknown[] = [];
    const logger = { debug() {}, info() {}, warn: (fields: object) => warnings.push(fields), error() {} };
    const { host, port } = router;
    const target = {
      name: 'edge-1',
      host,
      port,
      tls: { insecure: true },
      username: 'u',
      password: 'p',
      timeoutMs: 5_000,
    } as const;
    const reader = readerOf({ target, clock: systemClock, logger, readerId: 'test' });
    for (let poll = 0; poll < 3; poll += 1) await reader.read(visitUntil());
    reader.close();
    assert.equal(router.accepted, 3);
    assert.deepEqual(
      warnings.map((fields) => ({ ...Object(fields), advice: '' })),
      [{ router: 'edge-1', code: 'ROUTER_TLS_WEAK', reason: 'the router speaks TLS 1.0 at best', advice: '' }],
    );
  });

  it('gives up within its deadline when the port never answers the handshake', async () => {
    router = await startScriptedRouter(() => {});
    const startedMs = performance.now();
    await assert.rejects(talk(router.port, true, '127.0.0.1', 150), {
      code: 'ROUTER_TIMEOUT',
      message: /connection attempt/,
    });
    assert.ok(performance.now() - startedMs < 2_000);
  });

  it('says that the handshake failed when the port hangs up on it', async () => {
    router = await startScriptedRouter(({ socket }) => void socket.end());
    await assert.rejects(talk(router.port, true), {
      code: 'ROUTER_TLS_FAILED',
      message: /aborted the TLS handshake/,
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
