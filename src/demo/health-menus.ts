import type { Clock } from '../runtime/clock.ts';
import type { Counter } from '../usage/accounting/counter.ts';
import { type Menu, plainMenu, type Row } from './menu.ts';
import { formatUptime } from './router-uptime.ts';
import type { VersionTraits } from './router-versions.ts';
import { ZERO } from './truth.ts';

/** How a simulated router is, and how it is connected. */
export interface RouterHealth {
  readonly cpuPercent: number;
  readonly freeMemoryBytes: number;
  readonly freeDiskBytes: number;
  readonly temperatureC: number;
  readonly voltageV: number;
  /** `none`: no way to the internet. */
  readonly wan: 'dhcp' | 'pppoe' | 'static' | 'lte' | 'none';
  readonly address: string;
  /** As the cloud sees it; `null`: the cloud is off. */
  readonly publicAddress: string | null;
}

const USUAL: RouterHealth = {
  cpuPercent: 7,
  freeMemoryBytes: 801_112_064,
  freeDiskBytes: 489_058_304,
  temperatureC: 41,
  voltageV: 24.1,
  wan: 'static',
  address: '203.0.113.7',
  publicAddress: null,
};

const GATEWAY = '203.0.113.1';
const ETHER = { id: '*1', name: 'ether1', type: 'ether' };
const LAN = { id: '*2', name: 'ether2', type: 'ether' };
const WANS = {
  static: ETHER,
  dhcp: ETHER,
  pppoe: { id: '*A', name: 'pppoe-out1', type: 'pppoe-out' },
  lte: { id: '*B', name: 'lte1', type: 'lte' },
  none: ETHER,
} as const;

/** The menus that tell how a router is: sensors, interfaces and the way to the internet. */
export interface HealthMenus {
  set(change: Partial<RouterHealth>): void;
  current(): RouterHealth;
  /** The link of the WAN goes down and comes back at once. */
  reconnectWan(): void;
  /** What passed through a queue passed through the WAN. */
  pass(bytes: Counter): void;
  /** All counters begin anew. */
  reboot(): void;
  menuOf(path: string, traits: VersionTraits): Menu | undefined;
  /** Rows of `/interface/pppoe-client/monitor`. */
  session(): readonly Row[];
}

export function createHealthMenus(clock: Clock): HealthMenus {
  let health = USUAL;
  let passed = ZERO;
  let linkDowns = 0;
  let lastUpAt = clock.now();
  let sessionSinceMs = clock.monotonicMs();

  function interfaceRows(traits: VersionTraits): Row[] {
    const wan = WANS[health.wan];
    const rows = [ETHER, LAN, ...(wan === ETHER ? [] : [wan])];
    return rows.map((row) => ({
      '.id': row.id,
      name: row.name,
      type: row.type,
      running: String(row === LAN || health.wan !== 'none'),
      disabled: 'false',
      dynamic: 'false',
      ...countersOf(row),
      'link-downs': String(row === LAN ? 0 : linkDowns),
      'last-link-up-time': routerTime(lastUpAt, traits),
    }));
  }

  /** The LAN sends what the WAN receives. */
  function countersOf(row: typeof ETHER | typeof LAN): Row {
    const { uploadBytes, downloadBytes } = passed;
    const [rx, tx] = row === LAN ? [uploadBytes, downloadBytes] : [downloadBytes, uploadBytes];
    return { 'rx-byte': String(rx), 'tx-byte': String(tx) };
  }

  function routeRows(traits: VersionTraits): Row[] {
    if (health.wan === 'none') return [];
    const { name } = WANS[health.wan];
    const isDirect = health.wan === 'pppoe' || health.wan === 'lte';
    const route = {
      '.id': '*30000001',
      'dst-address': '0.0.0.0/0',
      active: 'true',
      gateway: isDirect ? name : GATEWAY,
    };
    return isVersion6(traits)
      ? [{ ...route, 'gateway-status': isDirect ? `${name} reachable` : `${GATEWAY} reachable via  ${name}` }]
      : [{ ...route, 'immediate-gw': isDirect ? name : `${GATEWAY}%${name}`, 'routing-table': 'main' }];
  }

  function sensorRows(traits: VersionTraits): Row[] {
    const [temperature, voltage] = [String(health.temperatureC), String(health.voltageV)];
    if (isVersion6(traits)) return [{ temperature, voltage }];
    return [
      { '.id': '*E', name: 'temperature', value: temperature, type: 'C' },
      { '.id': '*D', name: 'voltage', value: voltage, type: 'V' },
    ];
  }

  function rowsOf(path: string, traits: VersionTraits): readonly Row[] | undefined {
    const { wan, address, publicAddress } = health;
    const wanName = WANS[wan].name;
    switch (path) {
      case '/system/health':
        return sensorRows(traits);
      case '/interface':
        return interfaceRows(traits);
      case '/ip/route':
        return routeRows(traits);
      case '/ip/dhcp-client':
        return wan === 'dhcp'
          ? [
              {
                '.id': '*1',
                interface: wanName,
                status: 'bound',
                address: `${address}/24`,
                gateway: GATEWAY,
                disabled: 'false',
              },
            ]
          : [];
      case '/ip/address':
        return wan === 'none'
          ? []
          : [
              {
                '.id': '*1',
                address: `${address}/24`,
                interface: wanName,
                disabled: 'false',
                dynamic: String(wan !== 'static'),
              },
            ];
      case '/interface/pppoe-client':
        return wan === 'pppoe' ? [{ '.id': WANS.pppoe.id, name: wanName, interface: ETHER.name, running: 'true' }] : [];
      case '/ip/cloud':
        return [{ 'ddns-enabled': 'false', ...(publicAddress === null ? {} : { 'public-address': publicAddress }) }];
      case '/ip/service':
        return [
          { '.id': '*1', name: 'www', port: '80', disabled: 'false', address: '' },
          { '.id': '*2', name: 'api', port: '8728', disabled: 'false', address: '' },
        ];
      default:
        return undefined;
    }
  }

  return {
    set(change) {
      health = { ...health, ...change };
    },
    current: () => health,
    reconnectWan() {
      linkDowns += 1;
      lastUpAt = clock.now();
      sessionSinceMs = clock.monotonicMs();
    },
    pass(bytes) {
      passed = {
        uploadBytes: passed.uploadBytes + bytes.uploadBytes,
        downloadBytes: passed.downloadBytes + bytes.downloadBytes,
      };
    },
    reboot() {
      passed = ZERO;
      linkDowns = 0;
      lastUpAt = clock.now();
      sessionSinceMs = clock.monotonicMs();
    },
    menuOf(path, traits) {
      const rows = rowsOf(path, traits);
      return rows === undefined ? undefined : plainMenu(() => rows);
    },
    session: () =>
      health.wan === 'pppoe'
        ? [{ status: 'connected', uptime: formatUptime(clock.monotonicMs() - sessionSinceMs) }]
        : [],
  };
}

function isVersion6({ firmware }: VersionTraits): boolean {
  return firmware.startsWith('6.');
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] as const;

/** As the versions before 7.10 write an instant, or those since. */
function routerTime(at: number, traits: VersionTraits): string {
  const [day = '', time = ''] = new Date(at).toISOString().slice(0, 19).split('T');
  const [year = '', month = '', date = ''] = day.split('-');
  return isVersion6(traits) ? `${MONTHS[Number(month) - 1]}/${date}/${year} ${time}` : `${day} ${time}`;
}
