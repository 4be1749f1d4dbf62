import type { CheckedRouter } from '../../src/check/checker.ts';
import { createRouterInspector } from '../../src/check/reader/inspector.ts';
import type { RouterOsVersion } from '../../src/demo/router-versions.ts';
import { createSimulatedRouter, type SimulatedRouter } from '../../src/demo/simulated-router.ts';
import type { RouterTls } from '../../src/platform/routeros/tls.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { Logger } from '../../src/runtime/logger.ts';
import { createListing } from '../../src/usage/reader/list-once.ts';

export const ROUTER_PASSWORD = 'api-password';
const USERNAME = 'librenms_api';

/** A simulated router on which `check` finds nothing to complain about. */
export function createHealthyRouter(version: RouterOsVersion = '7.20.1'): SimulatedRouter {
  const router = createSimulatedRouter({ clock: systemClock, version, username: USERNAME, password: ROUTER_PASSWORD });
  const isOld = version.startsWith('6');
  router.addQueue({ name: 'bob', target: '10.0.0.2/32', counter: { uploadBytes: 5n, downloadBytes: 80n } });
  router.addQueue({ name: 'eve', target: '10.0.0.3/32', counter: { uploadBytes: 6n, downloadBytes: 90n } });
  router.setMenu('/user', [
    { '.id': '*1', name: 'admin', group: 'full' },
    { '.id': '*2', name: USERNAME, group: 'api_readonly' },
  ]);
  router.setMenu('/user/group', [
    {
      '.id': '*1',
      name: 'full',
      policy: 'local,telnet,ssh,ftp,reboot,read,write,policy,test,winbox,password,web,sniff,api',
    },
    {
      '.id': '*4',
      name: 'api_readonly',
      policy: isOld ? 'read,api' : 'read,api,!local,!telnet,!ssh,!ftp,!reboot,!write',
    },
  ]);
  router.setMenu('/user/active', [
    { '.id': '*1', name: USERNAME, address: '127.0.0.1', via: 'api' },
    { '.id': '*2', name: 'admin', address: '192.0.2.7', via: 'winbox' },
  ]);
  router.setMenu(
    '/ip/service',
    SERVICES.map((row) => (isOld ? row : { ...row, 'max-sessions': '20' })),
  );
  router.setMenu('/ip/firewall/filter', [{ '.id': '*1', chain: 'forward', action: 'accept' }]);
  router.setMenu('/ip/settings', [{ 'allow-fast-path': isOld ? 'yes' : 'true' }]);
  router.setMenu('/ip/address', [
    { '.id': '*1', address: '10.0.0.1/24', network: '10.0.0.0', interface: 'bridge', 'actual-interface': 'bridge' },
  ]);
  router.setMenu('/ip/route', [
    isOld
      ? {
          'dst-address': '0.0.0.0/0',
          active: 'true',
          gateway: '192.0.2.1',
          'gateway-status': '192.0.2.1 reachable via  ether1',
        }
      : { 'dst-address': '0.0.0.0/0', active: 'true', gateway: '192.0.2.1', 'immediate-gw': '192.0.2.1%ether1' },
  ]);
  router.setMenu('/interface/list/member', []);
  router.setMenu('/system/scheduler', [
    { '.id': '*1', name: 'backup', disabled: 'false', 'on-event': '/export file=x' },
  ]);
  router.setMenu('/system/script', []);
  setRouterClock(router, 0, isOld);
  return router;
}

const SERVICES = [
  { '.id': '*6', name: 'api', port: '8728', address: '127.0.0.1/32', disabled: 'false', certificate: '' },
  { '.id': '*7', name: 'api-ssl', port: '8729', address: '', disabled: 'true', certificate: 'none' },
];

/** Sets the router's clock to ours plus `offByMs`. */
export function setRouterClock(router: SimulatedRouter, offByMs: number, isOldForm = false): void {
  const zoned = Temporal.Instant.fromEpochMilliseconds(Date.now() + offByMs).toZonedDateTimeISO('Asia/Karachi');
  const day = zoned.toPlainDate();
  const month = day.toLocaleString('en-US', { month: 'short' }).toLowerCase();
  const date = isOldForm ? `${month}/${String(day.day).padStart(2, '0')}/${day.year}` : day.toString();
  const time = zoned.toPlainTime().toString({ smallestUnit: 'second' });
  router.setMenu('/system/clock', [{ date, time, 'gmt-offset': '+05:00', 'time-zone-name': 'Asia/Karachi' }]);
}

/** As the configuration would name it. Every queue belongs to the user of its name. */
export function checkedRouter(
  address: { readonly host: string; readonly port: number },
  options: { readonly password?: string; readonly tls?: false | RouterTls; readonly timeoutMs?: number } = {},
): CheckedRouter {
  const { password = ROUTER_PASSWORD, tls = false, timeoutMs = 5000 } = options;
  const target = { name: 'edge-1', ...address, tls, username: USERNAME, password, timeoutMs };
  const protection = tls === false ? 'clear' : typeof tls === 'object' && 'insecure' in tls ? 'insecure' : 'verified';
  const inspector = createRouterInspector({
    target,
    listQueues: createListing({ router: 'edge-1', userOf: (queue) => queue.name, logger: SILENT }),
    clock: systemClock,
  });
  return { name: 'edge-1', ...address, username: USERNAME, protection, inspector };
}

const SILENT = { debug() {}, info() {}, warn() {}, error() {} } as unknown as Logger;
