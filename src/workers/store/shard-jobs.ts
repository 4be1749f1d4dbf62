import type { LongJobs } from '../../platform/redis/long-jobs.ts';
import type { ShardJobs } from '../ports.ts';
import { ALL_SHARDS, SHARDS } from '../shards.ts';

/** The shards, as jobs with their numbers. */
export function createShardJobs(jobs: LongJobs): ShardJobs {
  return {
    mend: () => jobs.mend(ALL_SHARDS.map(idOf)),
    async take() {
      const id = await jobs.take();
      return id === null ? null : shardOfId(id);
    },
    keep: async (shards) => (await jobs.keep(shards.map(idOf))).map(shardOfId),
    release: (shard) => jobs.release(idOf(shard)),
    free: jobs.free,
  };
}

/** BullMQ takes no number as the name of a job. */
function idOf(shard: number): string {
  return `shard-${shard}`;
}

function shardOfId(id: string): number {
  const shard = Number(/^shard-(\d{1,3})$/.exec(id)?.[1]);
  if (!Number.isInteger(shard) || shard >= SHARDS)
    throw new Error(`a job ${JSON.stringify(id)} in the queue of the shards`);
  return shard;
}
