import { listNames, ok, warning } from './finding.ts';
import type { Inspection, PartFinding } from './ports.ts';
import { hasNeverCounted } from './queues.ts';

/** A user that the configuration names, on one router or on any. */
export interface MappedUser {
  readonly name: string;
  readonly router?: string;
}

export interface InspectedRouter {
  readonly name: string;
  readonly inspection: Inspection;
}

/**
 * Users that the configuration names but that never count a byte: `withBytes` are those who have some in the books. Says nothing of a user
 * who may be on a router that could not be read.
 */
export function judgeMappedUsers(
  users: readonly MappedUser[],
  routers: readonly InspectedRouter[],
  withBytes: ReadonlySet<string>,
): PartFinding[] {
  if (users.length === 0) return [];
  const absent = new Set<string>();
  const silent = new Set<string>();
  let hasUnknown = false;
  for (const user of users) {
    if (withBytes.has(user.name)) continue;
    const places = routers.filter(({ name }) => user.router === undefined || user.router === name);
    const lists = places.map(({ inspection }) => inspection.router?.queues);
    if (lists.some((list) => list === undefined || 'unread' in list)) {
      hasUnknown = true;
      continue;
    }
    const own = lists
      .flatMap((list) => (list !== undefined && 'rows' in list ? list.rows : []))
      .filter((queue) => queue.user === user.name);
    if (own.length === 0) absent.add(user.name);
    else if (own.every(hasNeverCounted)) silent.add(user.name);
  }
  const findings: PartFinding[] = [];
  if (absent.size > 0) {
    const advice =
      'Correct match, comment or router in `users`, or take the rule out; PPPoE users have a queue only while connected.';
    findings.push(warning('users', `no queue belongs to ${listNames([...absent])}`, advice));
  }
  if (silent.size > 0) {
    const advice =
      "Look whether the queue's target is right, and for FastTrack or an earlier queue that takes the packets.";
    findings.push(warning('users', `no queue of ${listNames([...silent])} has counted a byte`, advice));
  }
  if (findings.length > 0) return findings;
  const whom = hasUnknown ? 'every user on the routers that could be read' : 'every user that is named';
  return [ok('users', `${whom} has counted bytes`)];
}
