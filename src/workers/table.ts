import { allowance, gives, type Player } from './deal.ts';
import type { Holdings } from './holdings.ts';
import type { Member, RollCall, ShardJobs } from './ports.ts';

/** A worker that was not heard of for so long is gone; its shards are free when their locks have run out. */
export const LIVING_MS = 10_000;

/** The others that are there, those about to stop among them. */
export function livingOthers(me: string, { now, members }: RollCall): readonly Member[] {
  return members.filter(({ worker, lastSeenAt }) => worker !== me && now - lastSeenAt < LIVING_MS);
}

/** Who takes part in the deal: this worker, and the others that stay. */
function players(me: string, holdings: Holdings, others: readonly Member[]): readonly Player[] {
  const staying = others.filter(({ isLeaving }) => !isLeaving);
  return [
    { worker: me, shards: holdings.in('locked', 'lapsed').length },
    ...staying.map(({ worker, locked, lapsed }) => ({ worker, shards: locked.length + lapsed.length })),
  ];
}

/**
 * Takes what is this worker's: shards whose lock it had and lost, and with `takesMore` free ones up to its share. A job comes as it comes; what another
 * worker still works on is put back, and only at the end, or it would come again. Gives whether it took one.
 */
export async function takeShare(
  me: string,
  { holdings, jobs }: { readonly holdings: Holdings; readonly jobs: ShardJobs },
  others: readonly Member[],
  takesMore: boolean,
): Promise<boolean> {
  let lapsed = holdings.in('lapsed').length;
  const mine = lapsed + holdings.in('locked').length;
  let room = takesMore ? allowance(me, players(me, holdings, others)) - mine : 0;
  const foreign: number[] = [];
  let hasTaken = false;
  while (lapsed > 0 || room > 0) {
    const shard = await jobs.take();
    if (shard === null) break;
    const isOurs = holdings.in('lapsed').includes(shard);
    if (isLeftTo(me, shard, isOurs, others) || (!isOurs && room <= 0)) foreign.push(shard);
    else {
      holdings.hold(shard, 'locked');
      hasTaken = true;
      if (isOurs) lapsed -= 1;
      else room -= 1;
    }
  }
  for (const shard of foreign) await jobs.release(shard);
  return hasTaken;
}

/** Whether another worker works on a shard whose lock it has lost. Where two do, one of them gets it. */
function isLeftTo(me: string, shard: number, isOurs: boolean, others: readonly Member[]): boolean {
  return others.some(
    ({ worker, locked, lapsed }) => (locked.includes(shard) || lapsed.includes(shard)) && (!isOurs || worker < me),
  );
}

/** Gives a shard to a worker that has too few, one at a time: the next one when the last one has arrived. */
export async function giveShare(
  me: string,
  { holdings, jobs }: { readonly holdings: Holdings; readonly jobs: ShardJobs },
  others: readonly Member[],
): Promise<void> {
  if (holdings.in('handed').length > 0) return;
  const all = players(me, holdings, others);
  // The server is asked only by the one that would give.
  if (!gives(me, all, 0) || !gives(me, all, await jobs.free())) return;
  await handOver(holdings, jobs, holdings.in('locked').slice(-1));
}

/** Lets others take these shards; this worker goes on with them until one has. */
export async function handOver(holdings: Holdings, jobs: ShardJobs, shards: readonly number[]): Promise<void> {
  for (const shard of shards) {
    await jobs.release(shard);
    holdings.hold(shard, 'handed');
  }
}
