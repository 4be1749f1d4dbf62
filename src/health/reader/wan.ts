import { isIPv4 } from 'node:net';
import type { Row } from '../../platform/routeros/sentence.ts';
import type { WanFigures, WanKind } from '../observation.ts';
import { isYes } from './words.ts';

export const LEASE_PROPERTIES = ['interface', 'address', 'gateway', 'disabled'] as const;
export const ADDRESS_PROPERTIES = ['address', 'interface', 'disabled', 'invalid', 'dynamic'] as const;

/** A row of `/ip/dhcp-client`. */
export interface Lease {
  readonly interface: string;
  readonly address: string | null;
  readonly gateway: string | null;
}

export function leaseOf(row: Row): Lease | null {
  const name = row.get('interface') ?? '';
  if (name === '' || isYes(row.get('disabled'))) return null;
  return { interface: name, address: addressOf(row.get('address')), gateway: addressOf(row.get('gateway')) };
}

/** The address of a row of `/ip/address` that is in use, without prefix; `null` for all else. */
export function addressOfRow(row: Row): string | null {
  return isYes(row.get('disabled')) || isYes(row.get('invalid')) ? null : addressOf(row.get('address'));
}

/** The interface by which each leased gateway is reached. */
export function gatewaysOf(leases: readonly Lease[]): ReadonlyMap<string, string> {
  return new Map(leases.flatMap((lease) => (lease.gateway === null ? [] : [[lease.gateway, lease.interface]])));
}

function addressOf(text: string | undefined): string | null {
  const address = (text ?? '').split('/')[0] ?? '';
  return isIPv4(address) ? address : null;
}

/** What `/ip/cloud` knows of how the router is seen from outside. */
export interface Cloud {
  readonly publicAddress: string | null;
  /** It says that there is a NAT between. */
  readonly warnsOfNat: boolean;
}

export const CLOUD_PROPERTIES = ['public-address', 'warning'] as const;

export function cloudOf(row: Row): Cloud {
  return {
    publicAddress: addressOf(row.get('public-address')),
    warnsOfNat: /\bNAT\b|your local IP was/i.test(row.get('warning') ?? ''),
  };
}

/** An interface of an active default route, as read. */
export interface WanRead {
  readonly interface: string;
  /** As `/interface` gives it; `null`: it does not list the interface. */
  readonly type: string | null;
  /** Of its rows in `/ip/address`. */
  readonly addresses: readonly string[];
}

/** Joins what several menus say of the ways to the internet. */
export function wanOf(wans: readonly WanRead[], leases: readonly Lease[], cloud: Cloud | null): WanFigures[] {
  const ownOf = (wan: WanRead): string | null => {
    const leased = leases.find((lease) => lease.interface === wan.interface)?.address ?? null;
    return leased ?? wan.addresses[0] ?? null;
  };
  const isAlone = wans.length === 1;
  return wans.map((wan) => {
    const address = ownOf(wan);
    return {
      interface: wan.interface,
      kind: kindOf(wan, leases),
      address,
      ...outsideOf(address, cloud, isAlone),
    };
  });
}

/** Of several ways the cloud has seen only one: one with a public address of its own is known by that. */
function outsideOf(
  address: string | null,
  cloud: Cloud | null,
  isAlone: boolean,
): Pick<WanFigures, 'publicAddress' | 'behindNat'> {
  const seen = cloud?.publicAddress ?? null;
  const own = address !== null && isPublic(address) ? address : null;
  const publicAddress = isAlone ? (seen ?? own) : (own ?? seen);
  if (address === null) return { publicAddress, behindNat: isAlone && cloud?.warnsOfNat === true ? true : null };
  if (own === null) return { publicAddress, behindNat: true };
  const differs = isAlone && (cloud?.warnsOfNat === true || (seen !== null && seen !== own));
  return { publicAddress, behindNat: differs };
}

function kindOf({ interface: name, type }: WanRead, leases: readonly Lease[]): WanKind {
  if (type === 'lte' || type === 'ppp-out') return 'lte';
  if (type === 'pppoe-out') return 'pppoe';
  if (leases.some((lease) => lease.interface === name)) return 'dhcp';
  return type !== null && ETHERNET.has(type) ? 'ethernet' : 'other';
}

const ETHERNET = new Set(['ether', 'eth', 'vlan', 'bridge', 'bond', 'bonding', 'sfp', 'vrrp', 'macvlan']);

/** RFC 1918, RFC 6598 and what is never seen on the internet. */
const NOT_PUBLIC =
  /^(?:0|10|127|2[2-5]\d)\.|^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|^169\.254\.|^172\.(?:1[6-9]|2\d|3[01])\.|^192\.168\./;

/** Whether an IPv4 address can be reached from the internet. */
export function isPublic(address: string): boolean {
  return !NOT_PUBLIC.test(address);
}
