import { BlockList, isIP } from 'node:net';
import { addRow, type Router, type Row, rowsOf, textIn } from './router.ts';

export interface Packet {
  readonly source: string;
  readonly port: number;
  readonly state: 'new' | 'established' | 'related' | 'invalid';
  /** Interface lists that the packet's interface is in. */
  readonly from?: 'LAN' | 'WAN';
}

/**
 * Walks a TCP packet to the router through the input chain of its family, as RouterOS does: first match decides, `log` and
 * `add-src-to-address-list` go on, the end of a chain that was jumped to returns, the end of `input` accepts. Addresses that rules
 * put on a list stay there. A matcher it does not know is an error, never a guess.
 */
export function walk(router: Router, packet: Packet): 'accepted' | 'dropped' {
  const firewall = isIP(packet.source) === 6 ? '/ipv6/firewall' : '/ip/firewall';
  if (!router.lists.has(`${firewall}/filter`)) return 'accepted';
  return walkChain(router, firewall, 'input', packet) ?? 'accepted';
}

function walkChain(
  router: Router,
  firewall: string,
  chain: string,
  packet: Packet,
): 'accepted' | 'dropped' | undefined {
  for (const rule of [...rowsOf(router, `${firewall}/filter`)]) {
    if (
      textIn(rule, 'chain') !== chain ||
      rule.values.get('disabled') === true ||
      !matches(router, firewall, rule, packet)
    )
      continue;
    const action = textIn(rule, 'action');
    if (action === 'accept') return 'accepted';
    if (action === 'drop' || action === 'reject') return 'dropped';
    if (action === 'return') return undefined;
    if (action === 'jump') {
      const decided = walkChain(router, firewall, textIn(rule, 'jump-target'), packet);
      if (decided !== undefined) return decided;
    } else if (action === 'add-src-to-address-list')
      remember(router, firewall, textIn(rule, 'address-list'), packet.source);
    else if (action !== 'log' && action !== 'passthrough')
      throw new Error(`the walk does not know the action ${action}`);
  }
  return undefined;
}

function remember(router: Router, firewall: string, list: string, address: string): void {
  if (!isListed(router, firewall, list, address))
    addRow(router, `${firewall}/address-list`, { list, address, dynamic: true });
}

const notMatching = new Set([
  'chain',
  'action',
  'comment',
  'disabled',
  'dynamic',
  'invalid',
  'log',
  'log-prefix',
  'jump-target',
  'address-list',
  'address-list-timeout',
  'limit',
]);

function matches(router: Router, firewall: string, rule: Row, packet: Packet): boolean {
  for (const name of rule.values.keys()) {
    if (notMatching.has(name)) continue;
    const text = textIn(rule, name);
    const wanted = text.replace(/^!/, '');
    if (matchesOne(router, firewall, name, wanted, packet) === text.startsWith('!')) return false;
  }
  return true;
}

function matchesOne(router: Router, firewall: string, name: string, wanted: string, packet: Packet): boolean {
  switch (name) {
    case 'protocol':
      return wanted === 'tcp';
    case 'dst-port':
      return wanted.split(',').some((range) => {
        const [first, last = first] = range.split('-').map(Number);
        return first !== undefined && last !== undefined && first <= packet.port && packet.port <= last;
      });
    case 'connection-state':
      return wanted.split(',').includes(packet.state);
    case 'src-address':
      return contains(wanted, packet.source);
    case 'src-address-list':
      return isListed(router, firewall, wanted, packet.source);
    case 'in-interface-list':
      return packet.from === wanted;
    case 'dst-address':
      return false;
    default:
      throw new Error(`the walk does not know the matcher ${name}`);
  }
}

function isListed(router: Router, firewall: string, list: string, address: string): boolean {
  return rowsOf(router, `${firewall}/address-list`).some(
    (row) =>
      textIn(row, 'list') === list && row.values.get('disabled') !== true && contains(textIn(row, 'address'), address),
  );
}

function contains(network: string, address: string): boolean {
  const [base = '', prefix] = network.split('/');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(base) !== isIP(address)) return false;
  const list = new BlockList();
  list.addSubnet(base, prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family);
  return list.check(address, family);
}
