import type { Inventory, InventoryDevice, OtherDevice, StoredCredential } from './inventory.ts';

/** A device as it is shown: the CSV columns in camelCase, without any secret, and where it comes from. */
export interface DeviceEntry {
  readonly name: string;
  readonly host: string;
  readonly model: string;
  /** `null`: the usual port. */
  readonly apiPort: number | null;
  /** `true`, `false`, `'insecure'` or the fingerprint of the certificate. */
  readonly apiTls: boolean | string;
  readonly apiCredential: string | null;
  readonly sshPort: number | null;
  readonly sshCredential: string | null;
  readonly terminalCredential: string | null;
  readonly username: string | null;
  readonly parent: string | null;
  readonly tags: readonly string[];
  readonly usage: boolean;
  readonly backup: boolean;
  readonly paused: boolean;
  readonly source: 'config' | 'inventory' | 'librenms';
  /** To be given with an edit, so that none that came between is overwritten; `null` where it is not edited here. */
  readonly version: number | null;
}

/** Devices of all sources, by name. */
export function deviceEntries(inventory: Inventory, others: Iterable<OtherDevice>): DeviceEntry[] {
  const entries = [...inventoryEntries(inventory), ...[...others].map(otherEntry)];
  return entries.sort((one, other) => compare(one.name, other.name) || compare(one.source, other.source));
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Devices of the inventory, by name. */
export function inventoryEntries({ devices, credentials }: Inventory): DeviceEntry[] {
  const names = new Map(credentials.map(({ id, name }) => [id, name]));
  const own = new Map(credentials.map((each) => [each.deviceId, each]));
  return devices
    .map((device) => entryOf(device, names, own.get(device.id)))
    .sort((one, other) => compare(one.name, other.name));
}

function entryOf(
  device: InventoryDevice,
  names: ReadonlyMap<string, string | null>,
  own: StoredCredential | undefined,
): DeviceEntry {
  const nameOf = (id: string | null) => (id === null ? null : (names.get(id) ?? null));
  const { id: _, changedAt: __, apiTls, ...shown } = device;
  return {
    ...shown,
    apiTls: apiTls === 'yes' ? true : apiTls === 'no' ? false : apiTls,
    apiCredential: nameOf(device.apiCredential),
    sshCredential: nameOf(device.sshCredential),
    terminalCredential: nameOf(device.terminalCredential),
    username: own?.username ?? null,
    source: 'inventory',
  };
}

function otherEntry({ api, sshPort, isPaused, ...shown }: OtherDevice): DeviceEntry {
  return {
    ...shown,
    ...{ apiPort: api?.port ?? null, apiTls: api?.tls ?? false, apiCredential: null, username: api?.username ?? null },
    ...{ sshPort, sshCredential: null, terminalCredential: null },
    ...{ usage: api !== null, backup: sshPort !== null, paused: isPaused, version: null },
  };
}
