import type { PartFinding } from '../runtime/finding.ts';
import { listNames, ok, warning } from '../runtime/finding.ts';
import type { Inspection } from './ports.ts';
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
 * Users that the configuration names but that never count a byte: `withBytes` are those who have some in the database. A user who may be
 * on a router that could not be read is reported as such.
 */
export function judgeMappedUsers(
  users: readonly MappedUser[],
  routers: readonly InspectedRouter[],
  withBytes: ReadonlySet<string>,
): PartFinding[] {
  if (users.length === 0) return [];
  const unseen = new Set<string>();
  const absent = new Set<string>();
  const silent = new Set<string>();
  for (const user of users) {
    if (withBytes.has(user.name)) continue;
    const places = routers.filter(({ name }) => user.router === undefined || user.router === name);
    const lists = places.map(({ inspection }) => inspection.router?.queues);
    if (lists.length === 0 || lists.some((list) => list === undefined || 'unread' in list)) {
      unseen.add(user.name);
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
      'Correct match, comment or router in `users`, or remove the rule; PPP users have a queue only while connected.';
    findings.push(warning('users', `no queue belongs to ${listNames([...absent])}`, advice));
  }
  if (silent.size > 0) {
    const advice = "Check the queue's target, and whether FastTrack or an earlier queue takes the packets.";
    findings.push(warning('users', `no queue of ${listNames([...silent])} has counted a byte`, advice));
  }
  if (unseen.size > 0) {
    const found = `not checked: ${listNames([...unseen])} may be on a router whose queues could not be read`;
    findings.push(warning('users', found, 'Run check again when all routers can be read.'));
  }
  return findings.length > 0 ? findings : [ok('users', 'every configured user has counted bytes')];
}
