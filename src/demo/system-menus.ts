import type { RouterHealth } from './health-menus.ts';
import { type Menu, plainMenu } from './menu.ts';
import { formatUptime } from './router-uptime.ts';
import type { VersionTraits } from './router-versions.ts';

/** A RouterBOARD has a serial number; a CHR (virtual machine) has only its licence's id and no `/system/routerboard`. */
export type Device =
  | { readonly kind: 'routerboard'; readonly board: string; readonly serial: string }
  | { readonly kind: 'chr'; readonly systemId: string };

export interface SystemFacts {
  readonly traits: VersionTraits;
  readonly identity: string;
  readonly device: Device;
  readonly uptimeMs: number;
  readonly health: Pick<RouterHealth, 'cpuPercent' | 'freeMemoryBytes' | 'freeDiskBytes'>;
}

/** The menus under `/system` that say what the router is; `undefined` for any other and for those its device lacks. */
export function systemMenu(facts: SystemFacts, path: string): Menu | undefined {
  const { traits, identity, device } = facts;
  switch (path) {
    case '/system/resource':
      return plainMenu(() => [resourceRow(facts)]);
    case '/system/identity':
      return plainMenu(() => [{ name: identity }]);
    case '/system/license':
      return plainMenu(() => [licenseRow(device)]);
    case '/system/routerboard':
      return device.kind === 'chr' ? undefined : plainMenu(() => [routerboardRow(device, traits)]);
    default:
      return undefined;
  }
}

function resourceRow({ traits, device, uptimeMs, health }: SystemFacts) {
  const chr = device.kind === 'chr';
  return {
    uptime: formatUptime(uptimeMs),
    version: traits.fullVersion,
    'build-time': '2024-01-09 12:00:00',
    'free-memory': String(health.freeMemoryBytes),
    'total-memory': '1073741824',
    cpu: chr ? 'QEMU' : 'ARM',
    'cpu-count': '4',
    'cpu-frequency': '1400',
    'cpu-load': String(health.cpuPercent),
    'free-hdd-space': String(health.freeDiskBytes),
    'total-hdd-space': '537133056',
    'architecture-name': chr ? 'x86_64' : 'arm',
    'board-name': chr ? 'CHR QEMU Standard PC' : device.board,
    platform: 'MikroTik',
  };
}

function licenseRow(device: Device) {
  return device.kind === 'chr'
    ? { 'system-id': device.systemId, level: 'p1' }
    : { 'software-id': 'AB12-CD34', nlevel: '5', features: '' };
}

function routerboardRow(device: Extract<Device, { kind: 'routerboard' }>, { firmware }: VersionTraits) {
  return {
    routerboard: 'true',
    model: device.board,
    'serial-number': device.serial,
    'firmware-type': 'al2',
    'factory-firmware': firmware,
    'current-firmware': firmware,
    'upgrade-firmware': firmware,
  };
}
