import type { HeldShards, Member } from './ports.ts';

/**
 * How a worker holds a shard. `locked`: by its lock. `lapsed`: it had the lock and lost it, as after a time without Redis; others leave the
 * shard to it. `alone`: it never had the lock, because Redis was not there when it started. `handed`: it has given the shard away.
 * In all four it polls; in the last three until another worker has the lock and has tried the devices.
 */
export type Holding = 'locked' | 'lapsed' | 'alone' | 'handed';

interface Held {
  holding: Holding;
  /** Devices that were not tried since it was taken. */
  readonly untried: Set<string>;
  readonly takenMs: number;
  /** Since when another worker has its lock. */
  overtakenMs: number | null;
}

/** The shards that this worker works on. */
export interface Holdings {
  /** All, in whichever way. */
  shards(): readonly number[];
  has(shard: number): boolean;
  /** Those held in one of these ways, the last one taken last. */
  in(...holdings: readonly Holding[]): readonly number[];
  /** Takes one, or holds in another way what it has. */
  hold(shard: number, holding: Holding): void;
  /** A device was tried. Gives whether it was the last one of its shard. */
  tried(shard: number, device: string): boolean;
  /** What others are to know. */
  portrait(): HeldShards;
  /** Drops what another worker has taken over, and gives those. */
  yieldTo(others: readonly Member[]): readonly number[];
}

/** Devices that do not answer are tried for so long and longer: a shard counts as read without them. */
const TRIED_WITHIN_MS = 10_000;
/** A worker that has the lock and never reads is let have its way. */
const OVERTAKEN_AFTER_MS = 30_000;

export function createHoldings(deps: {
  /** Those that are to be tried when a shard is taken. */
  readonly devicesOf: (shard: number) => readonly string[];
  readonly clock: { monotonicMs(): number };
}): Holdings {
  const { clock } = deps;
  const held = new Map<number, Held>();

  function within(...holdings: readonly Holding[]): number[] {
    return [...held].flatMap(([shard, { holding }]) => (holdings.includes(holding) ? shard : []));
  }

  function isRead({ untried, takenMs }: Held): boolean {
    return untried.size === 0 || clock.monotonicMs() - takenMs >= TRIED_WITHIN_MS;
  }

  return {
    shards: () => [...held.keys()],
    has: (shard) => held.has(shard),
    in: within,
    hold(shard, holding) {
      const before = held.get(shard);
      if (before !== undefined) Object.assign(before, { holding, overtakenMs: null });
      else {
        const untried = new Set(deps.devicesOf(shard));
        held.set(shard, { holding, untried, takenMs: clock.monotonicMs(), overtakenMs: null });
      }
    },
    tried(shard, device) {
      const untried = held.get(shard)?.untried;
      return untried?.delete(device) === true && untried.size === 0;
    },
    portrait() {
      const locked = within('locked');
      const read = [...held].flatMap(([shard, each]) => (each.holding === 'locked' && isRead(each) ? shard : []));
      return { locked, read, lapsed: within('lapsed') };
    },
    yieldTo(others) {
      const nowMs = clock.monotonicMs();
      const dropped: number[] = [];
      for (const [shard, each] of held) {
        if (each.holding === 'locked') continue;
        const successor = others.find(({ locked }) => locked.includes(shard));
        if (successor === undefined) {
          each.overtakenMs = null;
          continue;
        }
        each.overtakenMs ??= nowMs;
        if (successor.read.includes(shard) || nowMs - each.overtakenMs >= OVERTAKEN_AFTER_MS) dropped.push(shard);
      }
      for (const shard of dropped) held.delete(shard);
      return dropped;
    },
  };
}
