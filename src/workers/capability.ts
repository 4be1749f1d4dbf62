import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Base, Capability } from '../capability.ts';
import type { PollEnd, RouterDevice } from '../devices/ports.ts';
import type { Roster } from '../devices/roster.ts';
import { createRedisLink } from '../platform/redis/link.ts';
import { createLongJobs } from '../platform/redis/long-jobs.ts';
import { createDealer, MENDED_EVERY_MS } from './dealer.ts';
import { type WorkerEntry, workerEntries } from './entries.ts';
import { createErrands } from './errands.ts';
import { createWorkersExamine } from './examine.ts';
import { createHoldings } from './holdings.ts';
import { createNewsDesk, type News } from './news.ts';
import type { WorkersSettings } from './settings.ts';
import { shardOf } from './shards.ts';
import { createShare, type Share } from './share.ts';
import { createPost, type Message } from './store/post.ts';
import { createRollStore } from './store/roll-store.ts';
import { createShardJobs } from './store/shard-jobs.ts';

export interface WorkersNeeds {
  /** All routers whose usage is counted, by whichever worker. */
  readonly routers: Pick<Roster<RouterDevice>, 'devices'>;
  /** Their names as the database has them now. */
  readonly allRouters: () => Promise<readonly string[]>;
  /** What a worker before this one in the same process held. */
  readonly former: FormerWorker | null;
  /** Whether the process ends; else another worker follows in it, and nothing is given away. */
  readonly isStopping: () => boolean;
  /** Hears what is new at other workers. */
  readonly onNews: (news: News) => void;
}

/** A worker of several. */
export interface Workers extends Capability {
  readonly share: Pick<Share, 'of'>;
  /** Looks at devices through the worker that has them. */
  readonly eyes: {
    isMine(device: string): boolean;
    ask(device: string, withinMs: number, signal: AbortSignal): Promise<unknown>;
    answer(look: (device: string, withinMs: number) => Promise<object | null>): void;
    follow(listener: () => void): void;
  };
  /** Tells open pages of other workers that there is something new. */
  tell(topic: string): void;
  /** All workers. Rejects with a `TroubleError` when Redis or the database is away. */
  list(): Promise<readonly WorkerEntry[]>;
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
/** Of the 7.5 s that a stop has. */
const LEAVE_WITHIN_MS = 4_000;
/** Of a worker that stops before it was whole. */
const LAST_WORD_MS = 1_000;
/** A command waits so long for Redis. */
const REACHED_WITHIN_MS = 5_000;

export async function createWorkers(
  base: Base,
  { redis }: WorkersSettings,
  { routers, allRouters, former, isStopping, onNews }: WorkersNeeds,
): Promise<Workers> {
  const { clock, logger, registry, onBug } = base;
  const url = redis.reveal();
  const before = former?.redis === url ? former : null;
  const me = before?.worker ?? randomUUID().slice(0, 8);
  const self = { worker: me, host: hostname(), pid: process.pid, startedAt: before?.startedAt ?? clock.now() };
  const link = createRedisLink({ url });
  const roll = createRollStore({ link, key: `${PREFIX}:workers` });
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
  const isMine = (device: string) => !isSharing || holdings.has(shardOf(device));
  const share = createShare(isMine);
  // Two installations on one server have databases of their own there, but channels are the server's.
  const post = createPost({ link, channel: `${PREFIX}:${link.database}`, me, onMessage: receive });
  const news = createNewsDesk({ send: (gathered) => post.send({ kind: 'news', from: me, ...gathered }), clock });
  const errands = createErrands({
    whoHas(device) {
      return dealer.others().find(({ locked }) => locked.includes(shardOf(device)))?.worker ?? null;
    },
    send: ({ to, ...question }) => post.send({ kind: 'look', from: me, ...question }, to),
    ...{ clock, onBug },
  });
  const dealer = createDealer({
    ...base,
    ...{ self, holdings, roll, jobs: createShardJobs(jobs), reached: link.reached },
    onChange: () => void share.change().catch(onBug),
    ring: () => post.send({ kind: 'ring', from: me }),
  });

  function receive(message: Message): void {
    if (message.kind === 'ring') dealer.wake();
    else if (message.kind === 'news') onNews(message);
    else if (message.kind === 'seen') errands.answered(message.id, message.seen);
    else void answer(message);
  }

  async function answer({ from, id, device, withinMs }: Message & { readonly kind: 'look' }): Promise<void> {
    post.send({ kind: 'seen', from: me, id, seen: await errands.asked(device, withinMs) }, from);
  }

  async function list(): Promise<readonly WorkerEntry[]> {
    await link.reached(AbortSignal.timeout(REACHED_WITHIN_MS));
    return workerEntries(await roll.read(), await allRouters());
  }

  return {
    share,
    eyes: { isMine, ask: errands.ask, answer: errands.answer, follow: share.follow },
    tell: news.tell,
    list,
    early: [
      {
        name: 'workers',
        async start() {
          isSharing = true;
          await share.change();
          logger.info({ worker: me, redis: link.place }, 'this worker is one of several');
          await post.listen();
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
        polled(outcome: PollEnd, durationMs) {
          const { router } = outcome;
          news.polled(outcome, durationMs);
          if (holdings.tried(shardOf(router), router)) dealer.wake();
        },
      },
    ],
    ...(registry === null
      ? {}
      : { metrics: (await import('./metrics.ts')).createWorkersMetrics(registry, dealer.standing) }),
    async site() {
      const { createWorkersRoutes, WORKERS_LINK } = await import('./routes.ts');
      const { timeZone } = base.calendar;
      return {
        navigation: [WORKERS_LINK],
        routes: ({ frame }) => createWorkersRoutes({ list, me, frame, clock, timeZone }),
      };
    },
    examine: createWorkersExamine({ list, evictionPolicy: link.evictionPolicy }),
    handover: () => ({
      ...{ redis: url, worker: me, startedAt: self.startedAt },
      ...{ shards: holdings.in('locked', 'lapsed'), tokens: jobs.tokens() },
    }),
    async close() {
      await jobs.close();
      await link.close();
    },
  };
}
