import { isIP, isIPv4 } from 'node:net';
import type { Row } from '../../platform/routeros/sentence.ts';
import { isYes, textOf } from './words.ts';

export const ROUTE_PROPERTIES = [
  ...['dst-address', 'active', 'gateway', 'gateway-status', 'immediate-gw', 'routing-table', 'routing-mark'],
] as const;

/** More ways to the internet than a router has. */
const MOST_WANS = 8;

/**
 * The interfaces of one active default route of the main table; none for any other route. `ofGateway` knows the interface of some
 * gateways, for a route that does not name its own.
 */
export function interfacesOfRoute(row: Row, ofGateway: ReadonlyMap<string, string>): string[] {
  if (row.get('dst-address') !== '0.0.0.0/0' || !isYes(row.get('active'))) return [];
  const table = row.get('routing-table') ?? row.get('routing-mark') ?? '';
  if (table !== '' && table !== 'main') return [];
  const direct = partsOf(row.get('immediate-gw')).flatMap((part) => ofImmediate(part) ?? []);
  if (direct.length > 0) return direct;
  const status = partsOf(row.get('gateway-status')).flatMap((part) => ofStatus(part) ?? []);
  if (status.length > 0) return status;
  return partsOf(row.get('gateway')).flatMap((part) => ofImmediate(part) ?? ofGateway.get(part) ?? []);
}

/** The names of all, each once, sorted. */
export function sortedNames(names: readonly string[]): string[] {
  return [...new Set(names.flatMap((name) => textOf(name) ?? []))].sort().slice(0, MOST_WANS);
}

function partsOf(list: string | undefined): string[] {
  return (list ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Version 7: `10.0.0.1%ether1`, or the interface alone. */
function ofImmediate(part: string): string | null {
  const cut = part.indexOf('%');
  if (cut > 0 && isIP(part.slice(0, cut)) !== 0) return part.slice(cut + 1) || null;
  const address = part.split('@')[0] ?? '';
  return isIP(address) === 0 ? part : null;
}

/** Version 6: `10.0.0.1 reachable via  ether1`, `8.8.8.8 recursive via 10.0.0.1 ether1`, `pppoe-out1 reachable`. */
function ofStatus(part: string): string | null {
  const via = /^\S+ +(?:reachable|recursive) +via +(.+)$/.exec(part)?.[1];
  if (via !== undefined) {
    const [first = '', rest] = splitOnce(via);
    return isIPv4(first) ? rest : via;
  }
  const alone = /^(.+) +reachable$/.exec(part)?.[1]?.trim();
  return alone === undefined || isIP(alone) !== 0 ? null : alone;
}

function splitOnce(text: string): [string, string | null] {
  const cut = text.search(/ +/);
  return cut < 0 ? [text, null] : [text.slice(0, cut), text.slice(cut).trim() || null];
}
