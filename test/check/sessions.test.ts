import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ServiceRow, SessionRow } from '../../src/check/ports.ts';
import { judgeSessions } from '../../src/check/sessions.ts';

const HERE = '192.0.2.10';
const WORKER: SessionRow = { user: 'librenms_api', address: HERE, via: 'api' };

function judge(sessions: readonly SessionRow[], services: readonly Partial<ServiceRow>[] = []) {
  const router = { name: 'edge-1', host: 'h', port: 8728, protection: 'clear', username: 'librenms_api' } as const;
  const rows = services.map((row) => ({
    ...{ name: 'api', port: 8728, disabled: false, networks: [], hasCertificate: false, maxSessions: null },
    ...row,
  }));
  return judgeSessions(router, { localAddress: HERE }, { sessions: { rows: sessions }, services: { rows } }, null);
}

describe('the sessions of a router', () => {
  const alone: [what: string, sessions: SessionRow[]][] = [
    ['ours', [WORKER, WORKER]],
    ['ours and people who do not use the API', [WORKER, { user: 'admin', address: '198.51.100.7', via: 'winbox' }]],
    ['ours, that come from a translated address', [{ ...WORKER, address: '203.0.113.1' }]],
    ['another user of this machine', [WORKER, { ...WORKER, user: 'backup' }]],
  ];
  for (const [what, sessions] of alone) {
    it(`are well when they are ${what}`, () => {
      assert.deepEqual(
        judge(sessions).map(({ status }) => status),
        ['ok'],
      );
    });
  }

  it('name each user and address once, and all of them', () => {
    const others = Array.from({ length: 30 }, (_, index) => ({
      user: 'x',
      address: `198.51.100.${index}`,
      via: 'api-ssl',
    }));
    const [found] = judge([WORKER, ...others, ...others]);
    assert.equal(found?.found.match(/"x" from/g)?.length, 30);
  });

  it('report our user from elsewhere, whose password may be known there', () => {
    assert.match(
      judge([WORKER, { ...WORKER, address: '198.51.100.8' }])[0]?.found ?? '',
      /"librenms_api" from 198\.51\.100\.8;/,
    );
  });

  it('name all addresses of our user when none is known to be ours', () => {
    const [found] = judge([
      { ...WORKER, address: '203.0.113.1' },
      { ...WORKER, address: '203.0.113.2' },
    ]);
    assert.match(
      found?.found ?? '',
      /203\.0\.113\.1, "librenms_api" from 203\.0\.113\.2 \(one of these may be this machine/,
    );
  });

  it('are near their cap from four fifths on, by service', () => {
    const sessions = Array.from({ length: 15 }, () => WORKER);
    const parts = (count: number, cap: number | null) =>
      judge(sessions.slice(0, count), [{ maxSessions: cap }, { name: 'api-ssl', maxSessions: 1 }]).map(
        ({ part }) => part,
      );
    assert.deepEqual(parts(15, 20), ['sessions']);
    assert.deepEqual(parts(15, 18), ['sessions', 'session cap']);
    assert.deepEqual(parts(15, null), ['sessions']);
  });
});
