import { SHARDS } from './shards.ts';

/** A worker that is there and stays, and how many shards it holds. */
export interface Player {
  readonly worker: string;
  readonly shards: number;
}

/** What a fair share is among so many: each worker holds one of these two numbers, which differ by one at most. */
export function fairShare(workers: number): { readonly least: number; readonly most: number } {
  return { least: Math.floor(SHARDS / workers), most: Math.ceil(SHARDS / workers) };
}

/**
 * How many shards a worker may hold now. Nobody takes more than the smaller share while another worker has less, so that shards of a
 * worker that is gone come to those who have the fewest, and none has to move a second time. `players`: all, with `me`.
 */
export function allowance(me: string, players: readonly Player[]): number {
  const { least, most } = fairShare(players.length);
  return players.some(({ worker, shards }) => worker !== me && shards < least) ? least : most;
}

/**
 * Whether a worker is to give one shard away now: only the one that has the most gives, only to one that has too few, and not while
 * shards are free anyway. So nothing moves that need not, and one at a time.
 */
export function gives(me: string, players: readonly Player[], free: number): boolean {
  const richest = players.toSorted(byWealth)[0];
  const poorest = players.toSorted(byWealth).at(-1);
  if (free > 0 || richest?.worker !== me || poorest === undefined) return false;
  const { least, most } = fairShare(players.length);
  return (richest.shards > least && poorest.shards < least) || (richest.shards > most && poorest.shards < most);
}

/** The one that has the most first; of those with the same, always in the same order. */
function byWealth(one: Player, other: Player): number {
  return other.shards - one.shards || (one.worker < other.worker ? -1 : 1);
}
