import type { Around } from './assess.ts';
import type { Health } from './state.ts';

/** A device as its place in the network goes. */
export interface Placed {
  readonly name: string;
  /** The device in front of it; `null`: none. */
  readonly parent: string | null;
  readonly tags: readonly string[];
}

/** The devices in front of one, nearest first. A name that is not known ends the way; so does a circle. */
export function waysTo<Device extends Placed>(device: Device, find: (name: string) => Device | null): Device[] {
  const way: Device[] = [];
  for (let name = device.parent; name !== null; ) {
    const next = find(name);
    if (next === null || next.name === device.name || way.includes(next)) break;
    way.push(next);
    name = next.parent;
  }
  return way;
}

/**
 * Whether a failure of a device can be its own. `failingSinceMs`: on the monotonic clock, its first failure; a parent has to be seen up
 * after that. One that is paused, in maintenance or not known says nothing. But one that is not known and failed its last look may be down,
 * and all that is behind it with it: so it is after a worker was away.
 */
export function judgeParents(parents: readonly Health[], failingSinceMs: number): Around['parents'] {
  let verdict: Around['parents'] = 'alive';
  for (const { state, answeredAt, failures } of parents) {
    if (state === 'down' || state === 'unreachable') return 'dead';
    const isSeenUp = answeredAt !== null && answeredAt.monotonicMs !== null && answeredAt.monotonicMs >= failingSinceMs;
    const failed = state === 'suspect' || (state === 'unknown' && failures > 0);
    if (failed || (state === 'up' && !isSeenUp)) verdict = 'doubtful';
  }
  return verdict;
}
