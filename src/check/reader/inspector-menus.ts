import { isIP } from 'node:net';
import type { Row } from '../../platform/routeros/sentence.ts';
import { parseUptime } from '../../platform/routeros/uptime.ts';
import type { Counter } from '../../usage/accounting/counter.ts';
import type {
  ClockRow,
  FastTrackRow,
  QueueRow,
  ResourceRow,
  RouteRow,
  ScriptRow,
  ServiceRow,
  SessionRow,
} from '../ports.ts';

/** What is asked of a menu, and what is made of its rows; `null` leaves a row out. */
export interface MenuReading<T> {
  readonly menu: string;
  readonly properties: readonly string[];
  /** Conditions that the router checks itself, so that a long list is not sent. */
  readonly where?: readonly string[];
  readonly toRow: (row: Row) => T | null;
}

function isYes(text: string | undefined): boolean {
  return text === 'true' || text === 'yes';
}

function listOf(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

export const RESOURCE: MenuReading<ResourceRow> = {
  menu: '/system/resource',
  properties: ['uptime', 'version', 'board-name'],
  toRow: (row) => ({
    version: row.get('version') ?? '',
    board: row.get('board-name') || null,
    uptimeMs: parseUptime(row.get('uptime') ?? ''),
  }),
};

export const IDENTITY: MenuReading<{ readonly name: string }> = {
  menu: '/system/identity',
  properties: ['name'],
  toRow: (row) => ({ name: row.get('name') ?? '' }),
};

export function userNamed(name: string): MenuReading<{ readonly group: string }> {
  return {
    menu: '/user',
    properties: ['name', 'group'],
    where: [`name=${name}`],
    toRow: (row) => (row.get('name') === name ? { group: row.get('group') ?? '' } : null),
  };
}

export const GROUPS: MenuReading<{ readonly name: string; readonly policies: readonly string[] }> = {
  menu: '/user/group',
  properties: ['name', 'policy'],
  // Newer versions list a policy that is not granted with a `!` before it.
  toRow: (row) => ({
    name: row.get('name') ?? '',
    policies: listOf(row.get('policy')).filter((policy) => !policy.startsWith('!')),
  }),
};

export const SESSIONS: MenuReading<SessionRow> = {
  menu: '/user/active',
  properties: ['name', 'address', 'via'],
  toRow: (row) => ({ user: row.get('name') ?? '', address: row.get('address') ?? '', via: row.get('via') ?? '' }),
};

export const SERVICES: MenuReading<ServiceRow> = {
  menu: '/ip/service',
  properties: ['name', 'port', 'address', 'disabled', 'certificate', 'max-sessions', 'dynamic'],
  toRow(row) {
    if (isYes(row.get('dynamic'))) return null;
    const [port, maxSessions] = [Number(row.get('port')), Number(row.get('max-sessions'))];
    const certificate = row.get('certificate') ?? 'none';
    return {
      name: row.get('name') ?? '',
      port: port > 0 ? port : null,
      disabled: isYes(row.get('disabled')),
      networks: listOf(row.get('address')),
      hasCertificate: certificate !== '' && certificate !== 'none',
      maxSessions: maxSessions > 0 ? maxSessions : null,
    };
  },
};

function fastTrackIn(menu: string): MenuReading<FastTrackRow> {
  return {
    menu,
    properties: ['action', 'disabled', 'src-address-list', 'dst-address-list'],
    where: ['action=fasttrack-connection'],
    toRow: (row) =>
      row.get('action') === 'fasttrack-connection'
        ? {
            disabled: isYes(row.get('disabled')),
            sourceList: row.get('src-address-list') ?? '',
            destinationList: row.get('dst-address-list') ?? '',
          }
        : null,
  };
}

export const FASTTRACK = fastTrackIn('/ip/firewall/filter');
export const FASTTRACK_V6 = fastTrackIn('/ipv6/firewall/filter');

export const FAST_PATH: MenuReading<{ readonly allowed: boolean }> = {
  menu: '/ip/settings',
  properties: ['allow-fast-path'],
  toRow(row) {
    const allowed = row.get('allow-fast-path');
    return allowed === undefined ? null : { allowed: isYes(allowed) };
  },
};

export const SETTINGS_V6: MenuReading<{ readonly disabled: boolean; readonly forward: boolean }> = {
  menu: '/ipv6/settings',
  properties: ['disable-ipv6', 'forward'],
  toRow: (row) => ({ disabled: isYes(row.get('disable-ipv6')), forward: isYes(row.get('forward') ?? 'yes') }),
};

function defaultRoutesIn(menu: string, destination: string): MenuReading<RouteRow> {
  return {
    menu,
    properties: ['dst-address', 'active', 'gateway', 'immediate-gw', 'gateway-status'],
    where: [`dst-address=${destination}`],
    toRow: (row) =>
      row.get('dst-address') === destination
        ? { active: isYes(row.get('active')), interfaces: [...interfacesOf(row)] }
        : null,
  };
}

export const DEFAULT_ROUTES = defaultRoutesIn('/ip/route', '0.0.0.0/0');
export const DEFAULT_ROUTES_V6 = defaultRoutesIn('/ipv6/route', '::/0');

/** RouterOS 7 writes `192.0.2.1%ether1`, 6 `192.0.2.1 reachable via  ether1`; a gateway may be an interface by itself. */
function interfacesOf(row: Row): Set<string> {
  const names = new Set<string>();
  for (const gateway of [...listOf(row.get('gateway')), ...listOf(row.get('immediate-gw'))]) {
    const [address = '', interfaceName] = gateway.split('%');
    if (interfaceName !== undefined) names.add(interfaceName);
    else if (isIP(address) === 0) names.add(address);
  }
  for (const status of listOf(row.get('gateway-status'))) {
    const via = /\bvia\s+(.+)$/.exec(status)?.[1];
    if (via !== undefined) names.add(via.trim());
  }
  return names;
}

export const WAN_MEMBERS: MenuReading<{ readonly interface: string }> = {
  menu: '/interface/list/member',
  properties: ['list', 'interface', 'disabled'],
  where: ['list=WAN'],
  toRow(row) {
    const name = row.get('interface');
    return name === undefined || row.get('list') !== 'WAN' || isYes(row.get('disabled')) ? null : { interface: name };
  },
};

export const NETWORKS: MenuReading<{ readonly interface: string; readonly network: string }> = {
  menu: '/ip/address',
  properties: ['address', 'network', 'actual-interface', 'interface', 'disabled'],
  toRow(row) {
    if (isYes(row.get('disabled'))) return null;
    // On a point-to-point link `address` is our end and `network` the other one; elsewhere they have the same prefix.
    const length = /\/\d+$/.exec(row.get('address') ?? '')?.[0] ?? '/32';
    return {
      interface: row.get('actual-interface') ?? row.get('interface') ?? '',
      network: `${row.get('network') ?? ''}${length}`,
    };
  },
};

export const SCHEDULERS: MenuReading<ScriptRow> = {
  menu: '/system/scheduler',
  properties: ['name', 'disabled', 'on-event'],
  toRow: (row) => ({
    name: row.get('name') ?? '',
    disabled: isYes(row.get('disabled')),
    source: row.get('on-event') ?? null,
  }),
};

export const SCRIPTS: MenuReading<ScriptRow> = {
  menu: '/system/script',
  properties: ['name', 'source'],
  toRow: (row) => ({ name: row.get('name') ?? '', disabled: false, source: row.get('source') ?? null }),
};

export const CLOCK: MenuReading<ClockRow> = {
  menu: '/system/clock',
  properties: ['date', 'time', 'gmt-offset'],
  toRow: (row) => ({
    date: row.get('date') ?? '',
    time: row.get('time') ?? '',
    offset: row.get('gmt-offset') ?? '',
  }),
};

type Print = <T>(menu: string, properties: readonly string[], toResult: (row: Row) => T) => Promise<T[]>;

/** What the list has besides what usage needs. */
interface Traits {
  readonly targets: readonly string[];
  readonly parent: string | null;
  readonly disabled: boolean;
  readonly invalid: boolean;
  readonly isSelective: boolean;
}

const WHOLE_WEEK = /^0s-1d(,(sun|mon|tue|wed|thu|fri|sat)){7}$/;

function traitsOf(row: Row): Traits {
  const parent = row.get('parent') ?? 'none';
  const time = row.get('time') ?? '';
  return {
    targets: listOf(row.get('target')),
    parent: parent === 'none' || parent === '' ? null : parent,
    disabled: isYes(row.get('disabled')) || isYes(row.get('invalid')),
    invalid: isYes(row.get('invalid')) && !isYes(row.get('disabled')),
    isSelective:
      !['', '0.0.0.0/0'].includes(row.get('dst') ?? '') ||
      (row.get('packet-marks') ?? '') !== '' ||
      (time !== '' && !WHOLE_WEEK.test(time)),
  };
}

/** Reads the queues in the router's order as a poll does, with whose each is; `onRow` sees each row as the router gives it. */
export type QueueListing = (
  print: Print,
  asked: { readonly also: readonly string[]; readonly onRow: (row: Row) => void },
) => Promise<{ readonly queues: readonly ListedQueue[]; readonly unreadable: number }>;

interface ListedQueue extends Counter {
  readonly id: string;
  readonly name: string;
  readonly user: string;
  readonly isParent: boolean;
}

/** The queues as a poll sees them, with what else `check` judges. */
export async function readQueues(
  print: Print,
  list: QueueListing,
): Promise<{ readonly queues: readonly QueueRow[]; readonly unreadable: number }> {
  const traits = new Map<string, Traits>();
  const listed = await list(print, {
    also: ['dst', 'packet-marks', 'time', 'disabled', 'invalid'],
    onRow(row) {
      const id = row.get('.id');
      if (id !== undefined && !traits.has(id)) traits.set(id, traitsOf(row));
    },
  });
  const queues = listed.queues.flatMap(({ id, name, user, isParent, uploadBytes, downloadBytes }): QueueRow[] => {
    const own = traits.get(id);
    return own === undefined ? [] : [{ name, user, ...own, isParent, uploadBytes, downloadBytes }];
  });
  return { queues, unreadable: listed.unreadable };
}
