import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSince, judgeResource, parseRouterOs, serviceSelector } from '../../src/check/version.ts';

function judge(version: string, changes: { uptimeMs?: number | null; board?: string | null } = {}) {
  const row = { version, board: 'RB750', uptimeMs: 3_600_000, ...changes };
  const [versionFinding, uptimeFinding] = judgeResource({ rows: [row] });
  assert.ok(versionFinding && uptimeFinding);
  return { version: versionFinding, uptime: uptimeFinding };
}

function holesOf(version: string): string[] {
  return [...judge(version).version.found.matchAll(/CVE-\d+-\d+/g)].map(([id]) => id);
}

describe('a RouterOS version', () => {
  it('is read in every form that a router gives it', () => {
    assert.deepEqual(parseRouterOs('7.12.1 (stable)'), { major: 7, minor: 12, patch: 1, isRelease: true });
    assert.deepEqual(parseRouterOs('6.49 (long-term)'), { major: 6, minor: 49, patch: 0, isRelease: true });
    assert.deepEqual(parseRouterOs('7.20beta5 (development)'), { major: 7, minor: 20, patch: 0, isRelease: false });
    assert.deepEqual(parseRouterOs('7.16rc2'), { major: 7, minor: 16, patch: 0, isRelease: false });
    for (const text of ['', 'seven', '7', '7.x', '7.12.1evil']) assert.equal(parseRouterOs(text), null, text);
  });

  it('is older than its release while it is a beta', () => {
    const beta = parseRouterOs('7.12beta3');
    assert.ok(beta);
    assert.equal(isSince(beta, 7, 12), false);
    assert.equal(isSince(beta, 7, 11, 9), true);
  });

  const holes: [version: string, ids: string[]][] = [
    ['6.39.3', ['CVE-2018-14847', 'CVE-2019-3924', 'CVE-2023-30799', 'CVE-2023-32154']],
    ['6.40.8', ['CVE-2019-3924', 'CVE-2023-30799', 'CVE-2023-32154']],
    ['6.41.4', ['CVE-2018-14847', 'CVE-2019-3924', 'CVE-2023-30799', 'CVE-2023-32154']],
    ['6.42', ['CVE-2018-14847', 'CVE-2019-3924', 'CVE-2023-30799', 'CVE-2023-32154']],
    ['6.42.12', ['CVE-2023-30799', 'CVE-2023-32154']],
    ['6.48.6', ['CVE-2023-30799', 'CVE-2023-32154']],
    ['6.48.7', []],
    ['6.49.6', ['CVE-2023-30799', 'CVE-2023-32154']],
    ['6.49.7', ['CVE-2023-32154']],
    ['6.49.8', []],
    ['7.1', ['CVE-2023-32154', 'CVE-2023-41570']],
    ['7.9', ['CVE-2023-32154', 'CVE-2023-41570']],
    ['7.9.1', ['CVE-2023-41570']],
    ['7.11.2', ['CVE-2023-41570']],
    ['7.12', []],
    ['7.20.1', []],
  ];
  for (const [version, ids] of holes) {
    it(`${version} has ${ids.length === 0 ? 'no known hole' : ids.join(', ')}`, () => {
      assert.deepEqual(holesOf(`${version} (stable)`), ids);
      assert.equal(judge(version).version.status, ids.length === 0 ? 'ok' : 'warning');
    });
  }

  it('is warned of when it is a test version or unknown', () => {
    assert.match(judge('7.21beta2 (development)').version.found, /test version/);
    assert.match(judge('next').version.found, /is an unknown version/);
  });

  it('decides how a command names a service, whose connections have its name since 7.19', () => {
    assert.equal(serviceSelector('api', parseRouterOs('6.49.18')), '[find where name=api]');
    assert.equal(serviceSelector('api', parseRouterOs('7.18.2')), '[find where name=api]');
    assert.equal(serviceSelector('api', parseRouterOs('7.19')), '[find where name=api and dynamic=no]');
    assert.equal(serviceSelector('api', null), '[find where name=api]');
  });
});

describe('an uptime', () => {
  it('is reported, and missing is a failure, since totals depend on it', () => {
    assert.equal(judge('7.20').uptime.found, 'up for 1 h');
    assert.equal(judge('7.20', { uptimeMs: null }).uptime.status, 'failure');
  });
});
