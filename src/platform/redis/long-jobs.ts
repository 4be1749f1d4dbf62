import { randomUUID } from 'node:crypto';
import type { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { RedisLink } from './link.ts';

/**
 * Jobs that last for ever, each held by one process at a time, by BullMQ: it keeps which ones are waiting and which are held, their locks,
 * and finds those whose holder is gone. Its own loop is not used: that fetches whatever comes, and does not say no while it works.
 */
export interface LongJobs {
  /** Makes those of these jobs that are not there or not whole, and gives back those whose holder let the lock run out. */
  mend(ids: readonly string[]): Promise<void>;
  /** Takes one that nobody holds; `null`: there is none. */
  take(): Promise<string | null>;
  /** Extends the locks; gives those that are lost. */
  keep(ids: readonly string[]): Promise<readonly string[]>;
  /** Harmless where the lock is lost. */
  release(id: string): Promise<void>;
  /** How many nobody holds. */
  free(): Promise<number>;
  /** The tokens of the locks that are held, by job: for another one in this process. */
  tokens(): ReadonlyMap<string, string>;
  close(): Promise<void>;
}

export interface LongJobsOptions {
  readonly link: RedisLink;
  /** Before every key of the queue. */
  readonly prefix: string;
  readonly queue: string;
  /** How long a lock holds that nobody extends, ms. */
  readonly lockMs: number;
  /** How often all processes together look for locks that ran out, ms. */
  readonly mendMs: number;
  /** Locks that are held already. */
  readonly tokens: ReadonlyMap<string, string>;
}

/** A job is given to the next one however often its holder dies: it never counts as failed. */
const STALLS = Number.MAX_SAFE_INTEGER;
/** Nobody reads the events of the queue. */
const KEPT_EVENTS = 100;

/**
 * A server that drops keys when its memory is full drops a list and leaves the jobs of it, or the other way round: such a job would never be
 * given to anybody again, and BullMQ does not make it anew. What is left of it is removed, its lock as well, and its holder hears that.
 * Gives how many are to be made. In one step, so that two workers do not undo each other's work.
 */
const REMOVE_BROKEN = `
local seen = {}
for _, list in ipairs({ KEYS[1], KEYS[2] }) do
  for _, id in ipairs(redis.call('LRANGE', list, 0, -1)) do seen[id] = (seen[id] or 0) + 1 end
end
local missing = 0
for place, id in ipairs(ARGV) do
  local job = KEYS[2 + place]
  if seen[id] ~= 1 or redis.call('EXISTS', job) == 0 then
    redis.call('LREM', KEYS[1], 0, id)
    redis.call('LREM', KEYS[2], 0, id)
    redis.call('DEL', job, job .. ':lock')
    missing = missing + 1
  end
end
return missing`;

/** BullMQ is loaded when Redis first answers. */
export function createLongJobs(options: LongJobsOptions): LongJobs {
  const { link, lockMs } = options;
  const held = new Map(options.tokens);
  let opened: Opened | null = null;

  /** Only who has a connection comes here; BullMQ never gets over one that breaks while it begins. */
  async function open(client: Redis): Promise<Opened> {
    if (opened !== null) return opened;
    const fresh = await openQueue(client, options);
    try {
      await fresh.holder.waitUntilReady();
      await fresh.jobs.waitUntilReady();
    } catch (error) {
      await closeQueue(fresh);
      throw error;
    }
    opened = fresh;
    return fresh;
  }

  const ask = <Result>(work: (opened: Opened, client: Redis) => Promise<Result>) =>
    link.ask(async (client) => await work(await open(client), client));

  return {
    mend: (ids) =>
      ask(async ({ jobs, holder }, client) => {
        await holder.getBackend().moveStalledJobsToWait();
        const keys = ['wait', 'active', ...ids].map((name) => jobs.toKey(name));
        if ((await client.eval(REMOVE_BROKEN, keys.length, ...keys, ...ids)) === 0) return;
        // One that is there is not made again.
        await jobs.addBulk(ids.map((id) => ({ name: id, data: {}, opts: { jobId: id } })));
      }),
    take: () =>
      ask(async ({ holder }) => {
        const token = randomUUID();
        const job = await holder.getNextJob(token, { block: false });
        if (job?.id === undefined) return null;
        held.set(job.id, token);
        return job.id;
      }),
    keep: (ids) =>
      ask(async ({ holder }) => {
        const ours = ids.filter((id) => held.has(id));
        const tokens = ours.map((id) => held.get(id) ?? '');
        const lost = ours.length === 0 ? [] : await holder.extendJobLocks(ours, tokens, lockMs);
        for (const id of lost) held.delete(id);
        return ids.filter((id) => !held.has(id));
      }),
    release: (id) =>
      ask(async ({ holder }) => {
        const token = held.get(id);
        held.delete(id);
        if (token === undefined) return;
        await holder.getBackend().moveJobFromActiveToWait(id, token).catch(leaveWhatIsNotOurs);
      }),
    free: () => ask(({ jobs }) => jobs.getWaitingCount()),
    tokens: () => held,
    async close() {
      if (opened !== null) await closeQueue(opened);
    },
  };
}

interface Opened {
  readonly jobs: Queue;
  readonly holder: Worker;
}

async function openQueue(client: Redis, { prefix, queue, lockMs, mendMs }: LongJobsOptions): Promise<Opened> {
  const { createRedisBackend, Queue, Worker } = await import('bullmq');
  const shared = { connection: client, prefix, skipVersionCheck: true };
  const jobs = new Queue(queue, { ...shared, streams: { events: { maxLen: KEPT_EVENTS } } });
  const holder = new Worker(
    queue,
    null,
    { ...shared, autorun: false, lockDuration: lockMs, stalledInterval: mendMs, maxStalledCount: STALLS },
    // Without the second connection that its own loop would wait on.
    (name, opts) => createRedisBackend(name, opts, {}),
  );
  // Whoever asks hears what goes wrong; an event would tell it again, and ends the process where nobody listens.
  jobs.on('error', () => {});
  holder.on('error', () => {});
  return { jobs, holder };
}

/** BullMQ says by a number below 0 that there is nothing of ours to give back: the lock ran out, or the server dropped it. */
function leaveWhatIsNotOurs(error: unknown): void {
  const isLost = error instanceof Error && 'code' in error && typeof error.code === 'number' && error.code < 0;
  if (!isLost) throw error;
}

/** The connection is not theirs: nothing is asked of the server. */
async function closeQueue({ jobs, holder }: Opened): Promise<void> {
  await Promise.allSettled([holder.close(true), jobs.close()]);
}
