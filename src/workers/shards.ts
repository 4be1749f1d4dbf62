import { stableHash } from '../runtime/hash.ts';

/** Into how many parts the devices are dealt. The same in all workers of an installation, or two would count differently. */
export const SHARDS = 64;

export const ALL_SHARDS: readonly number[] = Array.from({ length: SHARDS }, (_, shard) => shard);

/** To which shard a device belongs, from 0 on: by its name alone, so that every worker finds the same. */
export function shardOf(device: string): number {
  const hash = stableHash(device);
  // Names that differ in their last character differ little in the low bits.
  return ((hash ^ (hash >>> 13) ^ (hash >>> 22)) >>> 0) % SHARDS;
}
