import type { Member, RollCall } from './ports.ts';
import { shardOf } from './shards.ts';
import { LIVING_MS } from './table.ts';

/** A worker, as commands and the API print it. */
export interface WorkerEntry {
  readonly worker: string;
  readonly host: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly lastSeenAt: string;
  /** `lost`: it was not heard of for 10 s. */
  readonly state: 'active' | 'leaving' | 'lost';
  /** How many of 64. */
  readonly shards: number;
  /** Those that it polls; of a lost one, those that nobody has taken up yet. */
  readonly routers: readonly string[];
}

/** All workers that were heard of within the last hour, in order of their start. `routers`: the names of all that are polled. */
export function workerEntries({ now, members }: RollCall, routers: readonly string[]): WorkerEntry[] {
  const byShard = Map.groupBy(routers, shardOf);
  const isLost = ({ lastSeenAt }: Member) => now - lastSeenAt >= LIVING_MS;
  const taken = new Set(members.flatMap((each) => (isLost(each) ? [] : each.locked)));
  return members
    .toSorted((one, other) => one.startedAt - other.startedAt || (one.worker < other.worker ? -1 : 1))
    .map((member) => {
      const shards = [...member.locked, ...member.lapsed].filter((shard) => !isLost(member) || !taken.has(shard));
      return {
        ...{ worker: member.worker, host: member.host, pid: member.pid },
        startedAt: new Date(member.startedAt).toISOString(),
        lastSeenAt: new Date(member.lastSeenAt).toISOString(),
        state: isLost(member) ? 'lost' : member.isLeaving ? 'leaving' : 'active',
        shards: shards.length,
        routers: shards.flatMap((shard) => byShard.get(shard) ?? []).toSorted(),
      };
    });
}
