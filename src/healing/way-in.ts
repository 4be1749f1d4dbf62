import { isIPv4 } from 'node:net';
import type { HealerShell } from './ports.ts';

/** Interfaces that carry what is plugged into them: below them there is nothing of ours. */
const ENDS = new Set(['ether', 'lte', 'ppp-out']);
/** Interfaces on air, with the menu that says on which other one a virtual one lies. */
const RADIO_MENUS: Readonly<Record<string, string>> = {
  wlan: '/interface/wireless',
  wifi: '/interface/wifi',
  wifiwave2: '/interface/wifiwave2',
  cap: '/caps-man/interface',
};
/** More layers than any router has. */
const MOST_LAYERS = 8;

/**
 * The interfaces by which our own session reaches the router, with all that they lie on: asked of the router, which alone knows. `null`:
 * it does not say for all of our sessions, so nobody knows what may be turned off. Rejects with a `TroubleError`.
 */
export async function wayIn(shell: HealerShell): Promise<ReadonlySet<string> | null> {
  const sessions = await shell.rows('/user/active', ['name', 'address', 'via']);
  const own = sessions.filter(({ name, via = '' }) => name === shell.username && shell.via.includes(via));
  const addresses = new Set(own.map(({ address = '' }) => address));
  if (addresses.size === 0) return null;
  const way = new Set<string>();
  for (const address of addresses) {
    const hops = isIPv4(address) ? await hopsTo(shell, address) : [];
    if (hops.length === 0) return null;
    for (const { name, next } of hops) {
      if (!(await addLayers(shell, name, next, way, MOST_LAYERS))) return null;
    }
  }
  return way;
}

/** The interface by which an address is reached, and the next address on the way. */
interface Hop {
  readonly name: string;
  readonly next: string;
}

/** Of several routes the most exact one counts, with all its gateways; empty: it is not known. */
async function hopsTo(shell: HealerShell, address: string): Promise<readonly Hop[]> {
  const found = await shell.rows(
    '/ip/route',
    ['dst-address', 'active', 'gateway', 'immediate-gw', 'gateway-status', 'routing-table', 'routing-mark'],
    { property: 'dst-address', values: prefixesOf(address) },
  );
  const live = found.filter((row) => isYes(row['active']) && isMain(row));
  const longest = Math.max(-1, ...live.map(lengthOf));
  const routes = live.filter((row) => lengthOf(row) === longest);
  const hops: Hop[] = [];
  for (const route of routes) {
    const gateways = gatewaysOf(route, address);
    for (const { name, next } of gateways) {
      const through = name ?? (await interfaceOf(shell, next));
      if (through === null) return [];
      hops.push({ name: through, next });
    }
    if (gateways.length === 0) return [];
  }
  return hops;
}

/** As the API and the console say yes. */
export function isYes(text: string | undefined): boolean {
  return text === 'true' || text === 'yes';
}

function isMain(row: Readonly<Record<string, string>>): boolean {
  const table = row['routing-table'] || row['routing-mark'] || 'main';
  return table === 'main';
}

function lengthOf(row: Readonly<Record<string, string>>): number {
  const text = row['dst-address'] ?? '';
  return text.includes('/') ? Number(text.split('/')[1]) : 32;
}

/** All networks that an address is in, as RouterOS writes them: with a prefix of 32 also without it. */
function prefixesOf(address: string): string[] {
  const bits = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const networks = Array.from({ length: 33 }, (_, length) => {
    const base = length === 0 ? 0 : Math.floor(bits / 2 ** (32 - length)) * 2 ** (32 - length);
    const dotted = [24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join('.');
    return `${dotted}/${length}`;
  });
  return [...networks, address];
}

/** Version 7 names the interface in `immediate-gw` (`10.0.0.1%ether1`), version 6 in `gateway-status` (`10.0.0.1 reachable via  ether1`). */
function gatewaysOf(
  row: Readonly<Record<string, string>>,
  address: string,
): readonly { readonly name: string | null; readonly next: string }[] {
  const immediate = partsOf(row['immediate-gw']);
  if (immediate.length > 0) {
    return immediate.map((part) => {
      const [next = '', ...rest] = part.split('%');
      // The name of an interface may have this sign too.
      if (isIPv4(next) && rest.length > 0) return { name: rest.join('%'), next };
      return isIPv4(part) ? { name: null, next } : { name: part, next: address };
    });
  }
  const status = partsOf(row['gateway-status']);
  if (status.length > 0) {
    return status.map((part) => {
      const via = /^(\S+) +(?:reachable|recursive) +via +(?:\d+\.\d+\.\d+\.\d+ +)?(.+)$/.exec(part);
      if (via !== null) return { name: via[2]?.trim() ?? null, next: via[1] ?? '' };
      const alone = /^(.+) +reachable$/.exec(part)?.[1]?.trim() ?? '';
      return alone === '' || isIPv4(alone) ? { name: null, next: alone } : { name: alone, next: address };
    });
  }
  return partsOf(row['gateway']).map((part) =>
    isIPv4(part) ? { name: null, next: part } : { name: part, next: address },
  );
}

function partsOf(list: string | undefined): string[] {
  return (list ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

async function neighbourOf(shell: HealerShell, address: string) {
  const rows = await shell.rows('/ip/arp', ['address', 'interface', 'mac-address'], {
    property: 'address',
    values: [address],
  });
  return rows.filter((row) => row['address'] === address);
}

async function interfaceOf(shell: HealerShell, address: string): Promise<string | null> {
  const names = new Set((await neighbourOf(shell, address)).flatMap((row) => row['interface'] || []));
  const [name] = names;
  return names.size === 1 && name !== undefined ? name : null;
}

/** Adds an interface and what it lies on; `false`: that is not known. */
async function addLayers(
  shell: HealerShell,
  name: string,
  next: string,
  way: Set<string>,
  left: number,
): Promise<boolean> {
  if (left === 0) return false;
  way.add(name);
  const below = await layersBelow(shell, name, next);
  if (below === null) return false;
  for (const each of below) {
    if (!(await addLayers(shell, each, next, way, left - 1))) return false;
  }
  return true;
}

/** `null`: not known, as of a tunnel. */
async function layersBelow(shell: HealerShell, name: string, next: string): Promise<readonly string[] | null> {
  const byName = { property: 'name', values: [name] };
  const [row] = await shell.rows('/interface', ['name', 'type'], byName);
  const type = row?.['name'] === name ? (row['type'] ?? '') : '';
  if (ENDS.has(type)) return [];
  const radioMenu = Object.entries(RADIO_MENUS).find(([radio]) => radio === type)?.[1];
  if (radioMenu !== undefined) {
    const master = (await shell.rows(radioMenu, ['name', 'master-interface'], byName))[0]?.['master-interface'];
    return master === undefined ? null : [master].filter((each) => each !== '' && each !== 'none');
  }
  if (type === 'vlan')
    return one((await shell.rows('/interface/vlan', ['name', 'interface'], byName))[0]?.['interface']);
  if (type === 'pppoe-out') {
    return one((await shell.rows('/interface/pppoe-client', ['name', 'interface'], byName))[0]?.['interface']);
  }
  if (type === 'bond') {
    const slaves = partsOf((await shell.rows('/interface/bonding', ['name', 'slaves'], byName))[0]?.['slaves']);
    return slaves.length === 0 ? null : slaves;
  }
  return type === 'bridge' ? await portsOf(shell, name, next) : null;
}

function one(name: string | undefined): readonly string[] | null {
  return name === undefined || name === '' ? null : [name];
}

/** The ports of a bridge behind which the next address is, by its hardware address. */
async function portsOf(shell: HealerShell, bridge: string, next: string): Promise<readonly string[] | null> {
  const macs = (await neighbourOf(shell, next)).flatMap((row) => row['mac-address'] || []);
  if (macs.length === 0) return null;
  const hosts = await shell.rows('/interface/bridge/host', ['mac-address', 'bridge', 'on-interface', 'interface'], {
    property: 'mac-address',
    values: macs,
  });
  const ports = hosts
    .filter((row) => row['bridge'] === bridge)
    .map((row) => row['on-interface'] || row['interface'] || bridge)
    .filter((port) => port !== bridge);
  return ports.length === 0 ? null : [...new Set(ports)];
}
