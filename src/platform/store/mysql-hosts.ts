import { type LookupAddress, type LookupAllOptions, lookup as lookUp } from 'node:dns';
import { connect, type LookupFunction, type Socket } from 'node:net';
import type { DatabaseHost } from '../../runtime/database-url.ts';

/** Node gives each address of a name only a fraction of a second before it tries the next; one lost packet takes longer. */
const ADDRESS_ATTEMPT_MS = 2_000;
const KEEP_ALIVE_AFTER_MS = 30_000;

/** Which of several servers is used now. */
export interface MysqlHosts {
  /** Opens a connection to the present one; `target` says which it is. */
  open(): { readonly socket: Socket; readonly target: DatabaseHost; readonly turn: number };
  /** Grows with each change of the server: what was opened in an earlier turn is not to be used any more. */
  readonly turn: number;
  /** Switches to the next address of the same name, then to the next host, and starts over after the last; nothing if that turn was left already. */
  leave(turn: number): void;
  /** How many tries it takes to reach every host and every known address once. */
  readonly most: number;
}

/** All addresses of a name, as `lookup` of node:dns gives them. */
export type LookUpAll = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Begins with the first host. A host that was left is tried again when those after it fail. */
export function createMysqlHosts(hosts: readonly DatabaseHost[], lookUpAll: LookUpAll = lookUp): MysqlHosts {
  let turn = 0;
  let hostIndex = 0;
  /** So many addresses of the present host's name go to the end of the list. */
  let skipped = 0;
  const addressCounts = new Map<DatabaseHost, number>();

  function countOf(host: DatabaseHost): number {
    return addressCounts.get(host) ?? 1;
  }

  return {
    get turn() {
      return turn;
    },
    get most() {
      return hosts.reduce((sum, host) => sum + countOf(host), 0);
    },
    open() {
      const target = hosts[hostIndex % hosts.length];
      if (target === undefined) throw new Error('a database without a host');
      const lookup = lookupFrom(lookUpAll, skipped, (count) => addressCounts.set(target, count));
      const socket = connect({ ...target, lookup, autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MS });
      socket.setKeepAlive(true, KEEP_ALIVE_AFTER_MS);
      socket.setNoDelay(true);
      return { socket, target, turn };
    },
    leave(from) {
      if (from !== turn) return;
      turn += 1;
      const present = hosts[hostIndex % hosts.length];
      skipped += 1;
      if (present !== undefined && skipped < countOf(present)) return;
      skipped = 0;
      hostIndex += 1;
    },
  };
}

/** The look-up with the first addresses put last; Node tries them in this order. */
function lookupFrom(lookUpAll: LookUpAll, skipped: number, onCount: (addresses: number) => void): LookupFunction {
  return (hostname, options, callback) => {
    lookUpAll(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      onCount(addresses.length);
      const start = skipped % Math.max(addresses.length, 1);
      const ordered = [...addresses.slice(start), ...addresses.slice(0, start)];
      if (options.all === true) return callback(null, ordered);
      callback(null, ordered[0]?.address ?? '', ordered[0]?.family);
    });
  };
}
