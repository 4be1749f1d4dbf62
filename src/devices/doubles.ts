import { comparableHost } from '../runtime/host-name.ts';
import type { DeviceEntry } from './entries.ts';

/** The same device in two sources: the first one counts. */
export interface Double {
  readonly name: string;
  readonly source: DeviceEntry['source'];
  readonly other: { readonly name: string; readonly source: DeviceEntry['source'] };
  readonly same: 'name' | 'address';
}

const ORDER = ['config', 'inventory', 'librenms'];

/** Finds devices that two sources know by the same name, or by the same host and API port. */
export function findDoubles(entries: readonly DeviceEntry[]): Double[] {
  const ordered = [...entries].sort((one, other) => ORDER.indexOf(one.source) - ORDER.indexOf(other.source));
  const names = new Map<string, DeviceEntry>();
  const addresses = new Map<string, DeviceEntry>();
  return ordered.flatMap((entry): Double[] => {
    const address = entry.model === 'routeros' ? addressOf(entry) : null;
    const [byName, byAddress] = [names.get(entry.name), address === null ? undefined : addresses.get(address)];
    if (byName === undefined) names.set(entry.name, entry);
    if (address !== null && byAddress === undefined) addresses.set(address, entry);
    const first = byName ?? byAddress;
    // Within one source the name is unique, and the address is looked at when it is entered.
    if (first === undefined || first.source === entry.source) return [];
    const same = byName === undefined ? 'address' : 'name';
    return [{ name: first.name, source: first.source, other: { name: entry.name, source: entry.source }, same }];
  });
}

function addressOf({ host, apiPort, apiTls }: DeviceEntry): string {
  return `${comparableHost(host)} ${apiPort ?? (apiTls === false ? 8728 : 8729)}`;
}
