import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { isIPv6, type Socket } from 'node:net';

export interface AdmissionLimits {
  /** Connections over all addresses. */
  readonly total: number;
  /** Connections of one address. */
  readonly perAddress: number;
}

/**
 * Keeps the number of connections within its limits so that no client can shut others out by holding connections open: where there are
 * too many, the one that has had no request running for the longest time makes room, of the address that is over its limit, else of
 * the address that has most. Only where all of them have a request running is the new one refused.
 */
export function limitConnections(server: Server, { total, perAddress }: AdmissionLimits): void {
  /** By address; in each set the one that was idle for longest comes first. */
  const groups = new Map<string, Set<Socket>>();
  const requests = new WeakMap<Socket, number>();
  let count = 0;

  function makeRoom(group: Set<Socket>, newcomer: Socket): void {
    for (const socket of group) {
      if (socket !== newcomer && (requests.get(socket) ?? 0) === 0) {
        drop(socket, group);
        return;
      }
    }
    drop(newcomer, groups.get(addressOf(newcomer)) ?? group);
  }

  function drop(socket: Socket, group: Set<Socket>): void {
    if (group.delete(socket)) count -= 1;
    socket.destroy();
  }

  server.on('connection', (socket: Socket) => {
    const address = addressOf(socket);
    const group = groups.get(address) ?? new Set();
    groups.set(address, group.add(socket));
    count += 1;
    socket.once('close', () => {
      if (group.delete(socket)) count -= 1;
      if (group.size === 0 && groups.get(address) === group) groups.delete(address);
    });
    if (group.size > perAddress) makeRoom(group, socket);
    else if (count > total) makeRoom(largest(groups), socket);
  });

  // What became a WebSocket is in use until it is closed.
  server.on('upgrade', ({ socket }: IncomingMessage) => {
    requests.set(socket, (requests.get(socket) ?? 0) + 1);
  });

  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    requests.set(socket, (requests.get(socket) ?? 0) + 1);
    response.once('close', () => {
      requests.set(socket, (requests.get(socket) ?? 0) - 1);
      const group = groups.get(addressOf(socket));
      if (group?.delete(socket)) group.add(socket);
    });
  });
}

function largest(groups: ReadonlyMap<string, Set<Socket>>): Set<Socket> {
  let found = new Set<Socket>();
  for (const group of groups.values()) if (group.size > found.size) found = group;
  return found;
}

/** A host has a /64 of IPv6 to itself: its addresses count as one. Empty for a socket that is closed already. */
function addressOf({ remoteAddress = '' }: Socket): string {
  if (!isIPv6(remoteAddress) || remoteAddress.includes('.')) return remoteAddress.replace('::ffff:', '');
  const [head = '', tail = ''] = (remoteAddress.split('%')[0] ?? '').split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === '' ? [] : tail.split(':');
  const zeros = remoteAddress.includes('::') ? Array(Math.max(0, 8 - first.length - last.length)).fill('0') : [];
  return [...first, ...zeros, ...last].slice(0, 4).join(':');
}
