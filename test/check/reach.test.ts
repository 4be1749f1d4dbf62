import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Certificate, Protection, Reach } from '../../src/check/ports.ts';
import { judgeReach } from '../../src/check/reach.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import { assertTypable } from '../support/advice.ts';

const NOW = Date.UTC(2026, 10, 20);
const DAY_MS = 86_400_000;

const CERTIFICATE: Certificate = {
  subject: 'CN=edge\u001b[2J',
  validFrom: NOW - 100 * DAY_MS,
  validTo: NOW + 100 * DAY_MS,
  fingerprint: 'AB:CD',
};

function judge(protection: Protection, reach: Partial<Reach>) {
  const router = { name: 'edge-1', host: 'edge.example', port: 8729, protection, username: 'librenms_api' };
  const whole = {
    addresses: ['192.0.2.1'],
    localAddress: '192.0.2.10',
    connectMs: 3.2,
    certificate: CERTIFICATE,
    failed: null,
  };
  return judgeReach(router, { ...whole, ...reach }, NOW, { major: 7, minor: 20, patch: 0, isRelease: true });
}

function tlsOf(protection: Protection, certificate: Partial<Certificate> | null) {
  const found = judge(protection, { certificate: certificate && { ...CERTIFICATE, ...certificate } });
  return found.find(({ part }) => part === 'tls');
}

describe('the way into a router', () => {
  it('is reported step by step', () => {
    assert.deepEqual(
      judge('verified', {}).map(({ part, status, found }) => [part, status, found]),
      [
        ['name', 'ok', 'edge.example is 192.0.2.1'],
        ['tcp', 'ok', 'port 8729 answers within 3 ms'],
        ['tls', 'ok', 'the certificate of CN=edge�[2J is valid until 2027-02-28'],
        ['login', 'ok', 'logged in as librenms_api'],
      ],
    );
  });

  it('says nothing of TLS where it is not used', () => {
    assert.deepEqual(
      judge('clear', {}).map(({ part }) => part),
      ['name', 'tcp', 'login'],
    );
  });

  it('ends with the step that failed', () => {
    const trouble = new TroubleError('ROUTER_TLS_FAILED', 'the certificate is not accepted', 'Renew it.');
    const findings = judge('verified', { failed: { step: 'tls', trouble } });
    assert.deepEqual(
      findings.map(({ part, status }) => [part, status]),
      [
        ['name', 'ok'],
        ['tcp', 'ok'],
        ['tls', 'failure'],
      ],
    );
    assert.equal(findings.at(-1)?.advice, 'Renew it.');
  });

  it('warns of a certificate that ends within three weeks, ended, or has not begun', () => {
    assert.equal(tlsOf('verified', { validTo: NOW + 22 * DAY_MS })?.status, 'ok');
    const soon = tlsOf('verified', { validTo: NOW + 20 * DAY_MS });
    assert.match(soon?.found ?? '', /expires in 20 d, on 2026-12-10/);
    assert.match(soon?.advice ?? '', /find where name=api-ssl and dynamic=no/);
    assertTypable(soon?.advice ?? '', '7.20.1');
    assert.match(tlsOf('verified', { validTo: NOW - DAY_MS })?.found ?? '', /expired on 2026-11-19/);
    assert.match(tlsOf('verified', { validFrom: NOW + DAY_MS })?.found ?? '', /not valid before/);
    assert.match(tlsOf('verified', { validTo: Number.NaN })?.found ?? '', /has no validity dates/);
  });

  it('warns where any certificate is accepted, and gives the fingerprint to pin', () => {
    assert.match(tlsOf('insecure', {})?.advice ?? '', /fingerprint: 'AB:CD'/);
    assert.match(tlsOf('insecure', null)?.found ?? '', /no certificate/);
  });
});
