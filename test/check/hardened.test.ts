import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgeExposure } from '../../src/check/exposure.ts';
import type { RouterReport } from '../../src/check/ports.ts';
import { judgePrivilege } from '../../src/check/privilege.ts';
import { judgeUnderCounting } from '../../src/check/under-counting.ts';
import { parseRouterOs } from '../../src/check/version.ts';
import type { RouterOsVersion } from '../../src/demo/router-versions.ts';
import { checkedRouter, createHealthyRouter } from '../support/checked-router.ts';
import { customRouter, defaultRouter, emptyRouter, hardening } from '../support/rsc/example-routers.ts';
import { type Router, rowsOf } from '../support/rsc/router.ts';
import { importScript } from '../support/rsc/run.ts';

const MENUS = ['/user', '/user/group', '/ip/service', '/ip/firewall/filter', '/system/scheduler', '/system/script'];

/** What `check` reads of a router that was configured in memory. */
async function report(configured: Router, version: RouterOsVersion): Promise<RouterReport> {
  const router = createHealthyRouter(version);
  for (const menu of MENUS) {
    const rows = rowsOf(configured, menu).map(({ id, values }) => ({
      '.id': id,
      ...Object.fromEntries([...values].map(([property, value]) => [property, String(value)])),
    }));
    router.setMenu(menu, rows);
  }
  const address = await router.start();
  try {
    const { router: found } = await checkedRouter(address).inspector.inspect(new AbortController().signal);
    assert.ok(found);
    return found;
  } finally {
    await router.stop();
  }
}

const ADDRESS = {
  name: 'edge-1',
  host: '192.0.2.1',
  port: 8728,
  protection: 'clear',
  username: 'librenms_api',
} as const;

function complaintsOf(found: RouterReport, version: RouterOsVersion): string[] {
  return [
    judgePrivilege('librenms_api', found),
    ...judgeExposure(ADDRESS, { localAddress: '192.0.2.10' }, found, parseRouterOs(version)),
    ...judgeUnderCounting(found),
  ]
    .filter(({ status }) => status !== 'ok')
    .map(({ part }) => part);
}

describe('check after the hardening', () => {
  for (const [known, version] of [
    ['6.49', '6.49.18'],
    ['7.12.2', '7.12.1'],
    ['7.24', '7.20.1'],
  ] as const) {
    it(`has nothing to say of rights, exposure and counters on RouterOS ${known}, but that clear text is used`, async () => {
      for (const make of [emptyRouter, customRouter]) {
        const router = make(known);
        importScript(router, hardening());
        assert.deepEqual(complaintsOf(await report(router, version), version), ['encryption']);
      }
    });
  }

  it('sees an API that is open before, and the FastTrack of the default configuration before and after', async () => {
    const router = defaultRouter('7.24');
    assert.deepEqual(complaintsOf(await report(router, '7.20.1'), '7.20.1'), [
      ...['rights', 'exposure', 'exposure', 'encryption', 'fasttrack'],
    ]);
    importScript(router, hardening());
    assert.deepEqual(complaintsOf(await report(router, '7.20.1'), '7.20.1'), ['encryption', 'fasttrack']);
  });
});
