import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Base, Capability } from '../capability.ts';
import type { RouterDevice } from '../devices/ports.ts';
import type { Roster } from '../devices/roster.ts';
import { openRedis } from '../platform/redis/link.ts';
import { createLongJobs } from '../platform/redis/long-jobs.ts';
import { createDealer } from './dealer.ts';
import { createHoldings } from './holdings.ts';
import type { WorkersSettings } from './settings.ts';
import { shardOf } from './shards.ts';
import { createShare, type Share } from './share.ts';
import { openPost } from './store/post.ts';
import { createRollStore } from './store/roll-store.ts';
import { createShardJobs } from './store/shard-jobs.ts';

export interface WorkersNeeds {
  /** All routers whose usage is counted, by whichever worker. */
  readonly routers: Pick<Roster<RouterDevice>, 'devices'>;
  /** What a worker before this one in the same process held. */
  readonly former: FormerWorker | null;
  /** Whether the process ends; else another worker follows in it, and nothing is given away. */
  readonly isStopping: () => boolean;
}

/** A worker of several. */
export interface Workers extends Capability {
  readonly share: Pick<Share, 'of'>;
  handover(): FormerWorker;
}

/** The place of a worker among the others, for the next one in this process. */
export interface FormerWorker {
  readonly redis: string;
  readonly worker: string;
  readonly startedAt: number;
  readonly shards: readonly number[];
  readonly tokens: ReadonlyMap<string, string>;
}

/** Before all that is ours in Redis, which others may use as well. */
const PREFIX = 'netsentinel';
/** A killed worker is noticed after this time, and at the next look after that: within 20 s. */
const LOCK_MS = 15_000;
const MENDED_EVERY_MS = 4_000;
/** Of the 7.5 s that a stop has. */
const LEAVE_WITHIN_MS = 4_000;
/** Of a worker that stops before it was whole. */
const LAST_WORD_MS = 1_000;

export async function createWorkers(
  base: Base,
  { redis }: WorkersSettings,
  { routers, former, isStopping }: WorkersNeeds,
): Promise<Workers> {
  const { clock, logger, onBug } = base;
  const url = redis.reveal();
  const before = former?.redis === url ? former : null;
  const self = {
    worker: before?.worker ?? randomUUID().slice(0, 8),
    host: hostname(),
    pid: process.pid,
    startedAt: before?.startedAt ?? clock.now(),
  };
  const link = await openRedis({ url });
  const jobs = createLongJobs({
    ...{ link, prefix: PREFIX, queue: 'shards', lockMs: LOCK_MS, mendMs: MENDED_EVERY_MS },
    tokens: before?.tokens ?? new Map(),
  });
  const holdings = createHoldings({
    devicesOf: (shard) => routers.devices().flatMap(({ name }) => (shardOf(name) === shard ? name : [])),
    clock,
  });
  for (const shard of before?.shards ?? []) holdings.hold(shard, 'locked');
  let isSharing = false;
  const share = createShare((device) => !isSharing || holdings.has(shardOf(device)));
  const post = openPost({
    ...{ link, channel: `${PREFIX}:${link.database}:workers`, me: self.worker },
    onMessage: () => dealer.wake(),
  });
  const dealer = createDealer({
    ...base,
    ...{ self, holdings },
    jobs: createShardJobs(jobs),
    roll: createRollStore({ link, key: `${PREFIX}:workers` }),
    reached: link.reached,
    onChange: () => void share.change().catch(onBug),
    ring: () => post.send({ kind: 'ring', from: self.worker }),
  });

  async function close(): Promise<void> {
    post.close();
    await jobs.close();
    link.close();
  }

  return {
    share,
    early: [
      {
        name: 'workers',
        async start() {
          isSharing = true;
          await share.change();
          logger.info({ worker: self.worker, redis: link.place }, 'this worker is one of several');
          dealer.start();
        },
        stop: () => (isStopping() ? dealer.leave(LAST_WORD_MS) : dealer.halt()),
      },
    ],
    parts: [
      {
        name: 'share of the routers',
        start: () => {},
        stop: () => (isStopping() ? dealer.leave(LEAVE_WITHIN_MS) : undefined),
      },
    ],
    listeners: [
      {
        polled({ router }) {
          if (holdings.tried(shardOf(router), router)) dealer.wake();
        },
      },
    ],
    handover: () => ({
      ...{ redis: url, worker: self.worker, startedAt: self.startedAt },
      ...{ shards: holdings.in('locked', 'lapsed'), tokens: jobs.tokens() },
    }),
    close,
  };
}
