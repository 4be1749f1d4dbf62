import { isIP } from 'node:net';
import { comparableHost } from '../runtime/host-name.ts';
import type { DeviceEntry } from './entries.ts';
import { entryName } from './fields.ts';

/** What a router heard of a device beside it. Every text is the neighbour's own: hostile data. */
export interface Neighbour {
  readonly identity: string;
  /** Empty where it told none. */
  readonly address: string;
  readonly platform: string;
  readonly board: string;
  readonly version: string;
  /** Of the router that heard it. */
  readonly interface: string;
}

/** A neighbour that no source knows, as it could be added. */
export interface Proposal extends Omit<Neighbour, 'address'> {
  readonly name: string;
  readonly host: string;
  readonly model: 'routeros' | 'other';
}

export interface Proposals {
  readonly proposals: readonly Proposal[];
  /** Neighbours without an address that they could be reached at. */
  readonly unreachable: number;
}

/** The platform of RouterOS, and the identity of each device that was given none. */
const MIKROTIK = 'MikroTik';

/**
 * What is not known yet, by name and by host, in the order of the list. One that is heard at several addresses is proposed at each: no
 * two are taken for one by what they say. A name that cannot be used, or that another one has, makes way for the address.
 */
export function proposeDevices(neighbours: readonly Neighbour[], known: readonly DeviceEntry[]): Proposals {
  const knownNames = new Set(known.map(({ name }) => name));
  const names = new Set(knownNames);
  const hosts = new Set(known.map(({ host }) => comparableHost(host)));
  const proposals: Proposal[] = [];
  let unreachable = 0;
  for (const { address, ...neighbour } of neighbours) {
    const { identity, platform } = neighbour;
    const host = comparableHost(address);
    if (!isReachable(address)) unreachable += 1;
    else if (!hosts.has(host) && (identity === MIKROTIK || !knownNames.has(identity))) {
      const isUsable = entryName.safeParse(identity).data === identity && !names.has(identity);
      const name = isUsable ? identity : address;
      hosts.add(host);
      names.add(name);
      proposals.push({ name, host: address, model: platform === MIKROTIK ? 'routeros' : 'other', ...neighbour });
    }
  }
  return { proposals, unreachable };
}

/** An address of a link is none from elsewhere. */
function isReachable(address: string): boolean {
  return isIP(address) === 4 || (isIP(address) === 6 && !/^fe[89ab]/i.test(address));
}
