import type { Around } from './assess.ts';
import type { Health, Moment } from './state.ts';

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
 * after that. One that is paused or in maintenance says nothing, and so does one that was looked at after that and is still not known. But
 * one that is not known and failed its last look, or has not been looked at since, may be down, and all that is behind it with it: so it is
 * after a worker was away.
 */
export function judgeParents(parents: readonly Health[], failingSinceMs: number): Around['parents'] {
  let verdict: Around['parents'] = 'alive';
  const isSince = (moment: Moment | null) => (moment?.monotonicMs ?? Number.NEGATIVE_INFINITY) >= failingSinceMs;
  for (const { state, answeredAt, lookedAt, failures, unseen } of parents) {
    if (state === 'down' || state === 'unreachable') return 'dead';
    // A look that showed nothing, by a fault of our own, is one too: the next one will show no more.
    const isLookedAt = unseen > 0 || isSince(lookedAt);
    const mayBeDown = state === 'suspect' || (state === 'unknown' && (failures > 0 || !isLookedAt));
    if (mayBeDown || (state === 'up' && !isSince(answeredAt))) verdict = 'doubtful';
  }
  return verdict;
}
