import { TroubleError } from '../../src/runtime/errors.ts';
import { createTroubleLog } from '../../src/runtime/trouble-log.ts';
import { createDealer, type Dealer } from '../../src/workers/dealer.ts';
import { createHoldings, type Holdings } from '../../src/workers/holdings.ts';
import type { Member, Roll, SelfPortrait, ShardJobs } from '../../src/workers/ports.ts';
import { ALL_SHARDS, shardOf } from '../../src/workers/shards.ts';
import type { ManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';

export const LOCK_MS = 15_000;
const AWAY = () => new TroubleError('REDIS_UNREACHABLE', 'Redis does not answer', 'Start Redis.');

/** Redis as the workers see it: jobs with locks, and the list of workers. It can go away, and forget everything. */
export function createMemoryRedis(clock: ManualClock) {
  let isThere = true;
  let waiting: number[] = [];
  let locks = new Map<number, { readonly owner: string; untilMs: number }>();
  let members = new Map<string, Member>();

  function enter(): void {
    if (!isThere) throw AWAY();
  }

  const isHeld = (shard: number, owner: string) => {
    const lock = locks.get(shard);
    return lock?.owner === owner && lock.untilMs > clock.monotonicMs();
  };

  return {
    setThere(there: boolean) {
      isThere = there;
    },
    /** As after a restart without its data. */
    forget() {
      [waiting, locks, members] = [[], new Map(), new Map()];
    },
    jobsOf: (owner: string): ShardJobs => ({
      async mend() {
        enter();
        const nowMs = clock.monotonicMs();
        for (const [shard, { untilMs }] of locks) {
          if (untilMs > nowMs) continue;
          locks.delete(shard);
          waiting.push(shard);
        }
        const known = new Set([...waiting, ...locks.keys()]);
        waiting.push(...ALL_SHARDS.filter((shard) => !known.has(shard)));
      },
      async take() {
        enter();
        const shard = waiting.shift();
        if (shard === undefined) return null;
        locks.set(shard, { owner, untilMs: clock.monotonicMs() + LOCK_MS });
        return shard;
      },
      async keep(shards) {
        enter();
        const kept = shards.filter((shard) => isHeld(shard, owner));
        for (const shard of kept) locks.set(shard, { owner, untilMs: clock.monotonicMs() + LOCK_MS });
        return shards.filter((shard) => !kept.includes(shard));
      },
      async release(shard) {
        enter();
        // It is the next one that is taken, as with BullMQ.
        if (isHeld(shard, owner) && locks.delete(shard)) waiting.unshift(shard);
      },
      async free() {
        enter();
        return waiting.length;
      },
    }),
    roll: {
      async sign(self: SelfPortrait) {
        enter();
        members.set(self.worker, { ...structuredClone(self), lastSeenAt: clock.now() });
        return { now: clock.now(), members: [...members.values()] };
      },
      async read() {
        enter();
        return { now: clock.now(), members: [...members.values()] };
      },
      async strike(worker: string) {
        enter();
        members.delete(worker);
      },
    } satisfies Roll,
  };
}

export interface TestWorker {
  readonly name: string;
  readonly dealer: Dealer;
  readonly holdings: Holdings;
  /** All its devices were tried. */
  readAll(): void;
  readonly logger: ReturnType<typeof createMemoryLogger>;
  changes(): number;
}

const DEVICES = Array.from({ length: 100 }, (_, index) => `edge-${index}`);
const BY_SHARD = Map.groupBy(DEVICES, shardOf);

/** One worker at that Redis, which looks when it is told to. */
export function createTestWorker(
  name: string,
  redis: Pick<ReturnType<typeof createMemoryRedis>, 'jobsOf'> & { readonly roll: Roll },
  clock: ManualClock,
): TestWorker {
  const logger = createMemoryLogger();
  let changes = 0;
  const holdings = createHoldings({ devicesOf: (shard) => BY_SHARD.get(shard) ?? [], clock });
  const dealer = createDealer({
    self: { worker: name, host: 'here', pid: 1, startedAt: clock.now() },
    ...{ jobs: redis.jobsOf(name), roll: redis.roll, holdings, clock, logger },
    reached: () => Promise.resolve(),
    onChange() {
      changes += 1;
    },
    ring: () => {},
    troubles: createTroubleLog({ logger, clock }),
    onBug(error) {
      throw error;
    },
  });
  return {
    ...{ name, dealer, holdings, logger, changes: () => changes },
    readAll() {
      for (const shard of holdings.shards()) {
        for (const device of BY_SHARD.get(shard) ?? []) holdings.tried(shard, device);
      }
    },
  };
}
