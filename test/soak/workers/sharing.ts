import type { Address } from '../../../src/demo/api-server.ts';
import { startRedis } from '../../support/redis-server.ts';
import { notesOf } from '../begin.ts';
import { createSpellLog } from '../health/spells.ts';
import type { Fault, Plan } from '../plan.ts';
import { play } from '../play.ts';
import type { Stage } from '../soak.ts';
import type { Verdict } from '../verdict.ts';
import { askWorkers, THIS_VERSION, type WorkerSaid } from '../worker.ts';
import { beginWorkersFault } from './faults.ts';
import { createWatchedLine, type WatchedLine } from './lines.ts';
import { planWorkers } from './plan.ts';
import { judgeSharing } from './verdict.ts';

/** What a soak has beside the rest when several workers share its routers. */
export interface Sharing {
  /** The section of the configuration. */
  readonly config: { readonly workers: { readonly redis: string } };
  /** An address for the workers at which the router answers and is watched. */
  watch(router: Address): Promise<Address>;
  /** Of the faults of a plan those that do not hide what happens to several workers. */
  chosen(plan: Plan, durationMs: number): Plan;
  /** Has everything happen to the workers, to Redis and to the database; resolves at the end of the time. */
  playOut(
    stage: Stage,
    options: {
      readonly configFile: string;
      readonly seed: number;
      readonly durationMs: number;
      readonly tell: (line: string) => void;
    },
  ): Promise<void>;
  judge(stage: Stage): Verdict;
  stop(): Promise<void>;
}

/** They do not touch the workers, nor their clocks, nor what they share. */
const CHOSEN: readonly Fault['kind'][] = ['incident', 'cut-off', 'wire', 'mail'];
/** The end of the run in which every router has to have one worker. */
const JUDGED_MS = 30_000;

/** Starts Redis. */
export async function createSharing(): Promise<Sharing> {
  const server = await startRedis();
  const away = createSpellLog();
  const lines: WatchedLine[] = [];
  let quiet = { from: 0, to: 0 };
  let said: readonly WorkerSaid[] = [];
  return {
    config: { workers: { redis: server.url } },
    async watch(router) {
      const line = createWatchedLine(router);
      lines.push(line);
      return await line.start();
    },
    chosen: (plan, durationMs) => ({
      ...plan,
      faults: plan.faults.filter(
        ({ kind, atMs, forMs }) => CHOSEN.includes(kind) && atMs + forMs < durationMs - JUDGED_MS,
      ),
    }),
    async playOut(stage, { configFile, seed, durationMs, tell }) {
      await play(planWorkers({ seed, durationMs }), durationMs, (fault) =>
        beginWorkersFault(fault, stage, { server, away }, notesOf(fault, stage, tell)),
      );
      said = await askWorkers(THIS_VERSION, configFile);
      quiet = { from: Date.now() - JUDGED_MS, to: Date.now() };
    },
    judge: ({ routers, crew }) =>
      judgeSharing({
        lives: crew.lives,
        said: said.map((each) => ({
          ...each,
          address: crew.lives[crew.all.findIndex(({ pid }) => pid === each.pid)]?.address ?? `process ${each.pid}`,
        })),
        routers: routers.map((router, index) => ({
          name: router.name,
          sessions: lines[index]?.sessions ?? [],
          disturbed: router.disturbances(),
        })),
        redisAway: away.spells(),
        quiet,
      }),
    async stop() {
      for (const line of lines) await line.stop();
      await server.remove();
    },
  };
}
