import { matchesGlob } from '../usage/accounting/glob.ts';
import type { KnownDevice, ListedDevice } from './ports.ts';

export interface Assignment {
  /** The devices of the configuration, and all others that are known without the list. */
  readonly configured: readonly { readonly name: string; readonly host: string; readonly model: string }[];
  /** Glob that a hostname must fit to be added. */
  readonly match: string;
  /** Globs of hostnames that are not added. */
  readonly exclude: readonly string[];
}

/**
 * Finds the router of each device: the one of the configuration with its name or host, else one of its own under its hostname
 * (`added`), else none. No router may be polled under two names, or its bytes would be counted twice.
 */
export function assignDevices(
  devices: readonly ListedDevice[],
  { configured, match, exclude }: Assignment,
): { readonly known: KnownDevice[]; readonly added: ListedDevice[] } {
  const names = new Set(configured.map(({ name }) => name));
  // A server may share its address with a router that forwards a port to it.
  const routers = configured.filter(({ model }) => model === 'routeros');
  const byHost = new Map(routers.map(({ name, host }) => [comparable(host), name]));
  /** Hosts that are polled already, and the router that stands for them. */
  const taken = new Map<string, string>();
  const added: ListedDevice[] = [];
  const known = devices.map((device): KnownDevice => {
    const { hostname, host, ip } = device;
    const addresses = [host, hostname, ...(ip === null ? [] : [ip])].map(comparable);
    const ours = names.has(hostname) ? hostname : addresses.map((each) => byHost.get(each)).find((name) => name);
    if (ours !== undefined) return { ...device, router: ours };
    const isWanted = matchesGlob(match, hostname) && !exclude.some((glob) => matchesGlob(glob, hostname));
    if (!isWanted) return { ...device, router: null };
    const twin = taken.get(comparable(host));
    if (twin !== undefined) return { ...device, router: twin };
    taken.set(comparable(host), hostname);
    added.push(device);
    return { ...device, router: hostname };
  });
  return { known, added };
}

/** Host names have no case, and may end with a dot. */
function comparable(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}
