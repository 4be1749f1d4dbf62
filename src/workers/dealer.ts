import type { Clock } from '../runtime/clock.ts';
import { pause } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import type { TroubleLog } from '../runtime/trouble-log.ts';
import { createCompany } from './company.ts';
import type { Holdings } from './holdings.ts';
import type { Member, Roll, RollCall, SelfPortrait, ShardJobs } from './ports.ts';
import { ALL_SHARDS } from './shards.ts';
import { giveShare, handOver, livingOthers, takeShare } from './table.ts';

export interface DealerDeps {
  readonly self: Pick<SelfPortrait, 'worker' | 'host' | 'pid' | 'startedAt'>;
  readonly jobs: ShardJobs;
  readonly roll: Roll;
  readonly holdings: Holdings;
  /** Resolves when Redis was reached, or when the signal comes. */
  readonly reached: (signal: AbortSignal) => Promise<void>;
  /** The shards of this worker changed. */
  readonly onChange: () => void;
  /** The others are to look at once. */
  readonly ring: () => void;
  readonly clock: Clock;
  readonly troubles: TroubleLog;
  readonly logger: Logger;
  readonly onBug: (error: unknown) => void;
}

/** What a worker has of the whole, and whom it knows. */
export interface Standing {
  readonly shards: number;
  /** Those that are there, this one too; `null`: Redis was never reached. */
  readonly workers: number | null;
  readonly isRedisUp: boolean;
}

/** Sees to it that this worker has its share of the shards. */
export interface Dealer {
  start(): void;
  /** Looks soon: something happened. */
  wake(): void;
  /** One look: keeps what it has, takes and gives what is due. Rejects with a `TroubleError` when Redis is away. */
  look(): Promise<void>;
  /** Gives everything away, and goes on until others have read it, but no longer than this. */
  leave(withinMs: number): Promise<void>;
  /** Ends with everything kept. */
  halt(): Promise<void>;
  standing(): Standing;
  /** Who else was there when it last looked; nobody, if it never could. */
  others(): readonly Member[];
}

const LOOK_EVERY_MS = 2_000;
const SOON_MS = 100;
/** Also how often all workers together look for locks that ran out. */
export const MENDED_EVERY_MS = 4_000;
/** After Redis was away, and at the start, the others may still be on their way: until then a worker takes only what was its own. */
const SETTLED_AFTER_MS = 5_000;
/** Without Redis a worker that starts waits so long for it; then it polls everything. */
const ALONE_AFTER_MS = 5_000;

export function createDealer(deps: DealerDeps): Dealer {
  const { self, jobs, roll, holdings, clock, troubles, logger } = deps;
  const company = createCompany(logger);
  let call: RollCall | null = null;
  /** What the others were last told. */
  let told = '';
  /** Since when Redis answers; `null`: it does not. */
  let reachedMs: number | null = null;
  let mendedMs = Number.NEGATIVE_INFINITY;
  let state: 'made' | 'running' | 'leaving' | 'gone' = 'made';
  let current: Promise<void> = Promise.resolve();
  let cancelTimer = () => {};
  let dueMs = Number.POSITIVE_INFINITY;
  const stopping = new AbortController();

  function portrait(): SelfPortrait {
    return { ...self, isLeaving: state === 'leaving', ...holdings.portrait() };
  }

  function look(): Promise<void> {
    const next = current.then(once);
    current = next.catch(() => {
      reachedMs = null;
    });
    return next;
  }

  async function once(): Promise<void> {
    const lost = await jobs.keep(holdings.in('locked'));
    for (const shard of lost) holdings.hold(shard, 'lapsed');
    // Who leaves wants nothing back.
    if (state === 'leaving') for (const shard of holdings.in('lapsed')) holdings.hold(shard, 'handed');
    reachedMs ??= clock.monotonicMs();
    if (clock.monotonicMs() - mendedMs >= MENDED_EVERY_MS) {
      await jobs.mend();
      mendedMs = clock.monotonicMs();
    }
    await sign();
    const yielded = holdings.yieldTo(others());
    if (yielded.length > 0) deps.onChange();
    if (state === 'leaving') await handOver(holdings, jobs, holdings.in('locked'));
    else await deal();
    // What others wait for they are to know at once.
    if (JSON.stringify(portrait()) !== told) await sign();
  }

  async function sign(): Promise<void> {
    const now = portrait();
    const before = told;
    told = JSON.stringify(now);
    call = await roll.sign(now);
    if (told !== before) deps.ring();
  }

  function others(): readonly Member[] {
    return call === null ? [] : livingOthers(self.worker, call);
  }

  async function deal(): Promise<void> {
    const before = new Set(holdings.shards());
    const isSettled = reachedMs !== null && clock.monotonicMs() - reachedMs >= SETTLED_AFTER_MS;
    if (isSettled && call !== null) company.seen(others(), call.members);
    const hasTaken = await takeShare(self.worker, { holdings, jobs }, others(), isSettled).finally(() => {
      // Also when Redis went away in between: what was taken is ours.
      if (holdings.shards().some((shard) => !before.has(shard))) deps.onChange();
    });
    if (!hasTaken && isSettled) await giveShare(self.worker, { holdings, jobs }, others());
  }

  async function lookAndPlan(): Promise<void> {
    cancelTimer();
    dueMs = Number.POSITIVE_INFINITY;
    try {
      await look();
      troubles.ended('redis');
    } catch (error) {
      if (!(error instanceof TroubleError)) deps.onBug(error);
      else if (state !== 'leaving') {
        troubles.started('redis', error);
        beAlone();
      }
    }
    plan(LOOK_EVERY_MS);
  }

  /** Nobody knows who else there is: everything is polled, by two rather than by none. */
  function beAlone(): void {
    if (call !== null || holdings.shards().length > 0) return;
    logger.warn('this worker polls all routers alone until Redis answers');
    for (const shard of ALL_SHARDS) holdings.hold(shard, 'alone');
    deps.onChange();
  }

  function plan(delayMs: number): void {
    const atMs = clock.monotonicMs() + delayMs;
    if (state !== 'running' || atMs >= dueMs) return;
    cancelTimer();
    dueMs = atMs;
    cancelTimer = clock.after(delayMs, () => void lookAndPlan());
  }

  async function begin(): Promise<void> {
    const late = new AbortController();
    const cancel = clock.after(ALONE_AFTER_MS, () => late.abort());
    await deps.reached(AbortSignal.any([late.signal, stopping.signal]));
    cancel();
    if (state === 'running') await lookAndPlan();
  }

  /** With nobody there who could go on, nothing is waited for. */
  async function giveAway(untilMs: number): Promise<void> {
    for (;;) {
      await look();
      const stay = others().filter(({ isLeaving }) => !isLeaving);
      const isLate = clock.monotonicMs() + SOON_MS >= untilMs;
      if (holdings.shards().length === 0 || stay.length === 0 || isLate) break;
      await pause(clock, SOON_MS);
    }
    await roll.strike(self.worker);
    deps.ring();
  }

  return {
    look,
    wake: () => plan(SOON_MS),
    others,
    standing: () => ({
      shards: holdings.shards().length,
      workers: call === null ? null : others().length + 1,
      isRedisUp: reachedMs !== null,
    }),
    start() {
      state = 'running';
      void begin();
    },
    async halt() {
      if (state !== 'running') return;
      state = 'gone';
      cancelTimer();
      stopping.abort();
      await current;
    },
    async leave(withinMs) {
      if (state !== 'running') return;
      state = 'leaving';
      cancelTimer();
      stopping.abort();
      const late = Promise.withResolvers<void>();
      const cancel = clock.after(withinMs, late.resolve);
      const given = giveAway(clock.monotonicMs() + withinMs).catch((error: unknown) => {
        if (!(error instanceof TroubleError)) deps.onBug(error);
      });
      await Promise.race([given, late.promise]);
      cancel();
      state = 'gone';
    },
  };
}
