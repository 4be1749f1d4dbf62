import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TlsOptions } from 'node:tls';
import type { Inspection } from '../../../src/check/ports.ts';
import type { RouterTls } from '../../../src/platform/routeros/tls.ts';
import { checkedRouter } from '../../support/checked-router.ts';
import { startScriptedRouter, tagWord } from '../../support/scripted-router.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/tls');
const pem = (file: string): string => readFileSync(join(FIXTURES, file), 'utf8');
const certificate = (name: string): TlsOptions => ({ cert: pem(`${name}.crt`), key: pem(`${name}.key`) });
const fingerprintOf = (name: string): string => new X509Certificate(pem(`${name}.crt`)).fingerprint256;
/** api-ssl as RouterOS runs it while no certificate is assigned. */
const ANONYMOUS: TlsOptions = { ciphers: 'ADH:@SECLEVEL=0', maxVersion: 'TLSv1.2', dhparam: 'auto' };
const CA: RouterTls = { ca: pem('ca.crt') };

/** Inspects a router that lets everybody in and has nothing to tell; also gives what was said to it. */
async function inspect(server: TlsOptions | null, tls: RouterTls): Promise<Inspection & { heard: string[] }> {
  const heard: string[] = [];
  const router = await startScriptedRouter(
    async (connection) => {
      for (;;) {
        const sentence = await connection.nextSentence();
        heard.push(sentence[0] ?? '');
        connection.send(['!done', tagWord(sentence)].filter((word) => word !== ''));
      }
    },
    server === null ? {} : { tls: server },
  );
  try {
    const address = { host: router.host, port: router.port };
    const inspection = await checkedRouter(address, { tls, timeoutMs: 2000 }).inspector.inspect(
      new AbortController().signal,
    );
    await router.allClosed();
    return { ...inspection, heard };
  } finally {
    await router.close();
  }
}

describe('the inspection of api-ssl', () => {
  const accepted: [what: string, server: TlsOptions, tls: RouterTls, shown: string | null][] = [
    ['a certificate of the given authority', certificate('router'), CA, 'router'],
    ['a pinned certificate', certificate('self-signed'), { fingerprint: fingerprintOf('self-signed') }, 'self-signed'],
    [
      'a pinned certificate that has expired',
      certificate('expired'),
      { fingerprint: fingerprintOf('expired') },
      'expired',
    ],
    ['any certificate when insecure', certificate('wrong-name'), { insecure: true }, 'wrong-name'],
    ['no certificate when insecure', ANONYMOUS, { insecure: true }, null],
  ];
  for (const [what, server, tls, shown] of accepted) {
    it(`gets in with ${what}, and shows which it is`, async () => {
      const { reach, router } = await inspect(server, tls);
      assert.equal(reach.failed, null);
      assert.ok(router);
      assert.equal(reach.certificate?.fingerprint ?? null, shown === null ? null : fingerprintOf(shown));
    });
  }

  const refused: [what: string, server: TlsOptions | null, tls: RouterTls, shown: string | null][] = [
    ['an expired certificate', certificate('expired'), CA, 'expired'],
    ['a certificate for another name', certificate('wrong-name'), CA, 'wrong-name'],
    [
      'another certificate than the pinned one',
      certificate('router'),
      { fingerprint: fingerprintOf('expired') },
      'router',
    ],
    ['a self-signed one where an authority is asked for', certificate('self-signed'), CA, 'self-signed'],
    ['no certificate where one is asked for', ANONYMOUS, CA, null],
  ];
  for (const [what, server, tls, shown] of refused) {
    it(`ends at TLS with ${what}, shows the certificate, and sends it nothing`, async () => {
      const { reach, router, heard } = await inspect(server, tls);
      assert.deepEqual([reach.failed?.step, reach.failed?.trouble.code], ['tls', 'ROUTER_TLS_FAILED']);
      assert.equal(router, null);
      assert.equal(reach.certificate?.fingerprint ?? null, shown === null ? null : fingerprintOf(shown));
      assert.deepEqual(heard, []);
    });
  }

  it('ends within its deadline at a port that does not speak TLS', async () => {
    const { reach } = await inspect(null, CA);
    assert.equal(reach.failed?.step, 'tls');
  });
});
