import type { Clock } from '../../runtime/clock.ts';
import type { CollectionMeter } from './ports.ts';

/** How well one router is being read, as far as this process knows. */
export interface RouterFreshness {
  readonly router: string;
  readonly isFresh: boolean;
  /** Since the last poll that reached the books; since the start when there was none yet. */
  readonly ageMs: number;
  /** Code of what the last poll met; `null` when that went well or there was none. */
  readonly code: string | null;
}

/** What the polls of this process came to, in memory: it can be asked while the database is away. */
export interface FreshnessBoard {
  readonly meter: CollectionMeter;
  /** From now on these are watched and no others; one that is new has its first three intervals from now. */
  set(routers: readonly string[]): void;
  /** One for each router, in the order of the configuration. */
  routers(): RouterFreshness[];
}

interface Entry {
  /** Monotonic instant of the last poll that reached the books. */
  reachedMs: number;
  /** What that poll took. */
  tookMs: number;
  code: string | null;
}

const FRESH_FOR_INTERVALS = 3;

/**
 * A router is fresh for three intervals after a poll that reached the books, and after the start. A router that takes longer to read
 * than the interval is given three times what its last poll took: it is read as often as it can be.
 */
export function createFreshnessBoard(deps: {
  readonly routers: readonly string[];
  readonly everyMs: number;
  readonly clock: Clock;
}): FreshnessBoard {
  const { everyMs, clock } = deps;
  let board = new Map<string, Entry>();

  function set(routers: readonly string[]): void {
    const fresh = { reachedMs: clock.monotonicMs(), tookMs: 0, code: null };
    board = new Map(routers.map((router) => [router, board.get(router) ?? { ...fresh }]));
  }

  set(deps.routers);
  return {
    meter: {
      polled(outcome, durationMs) {
        const entry = board.get(outcome.router);
        if (entry === undefined) return;
        if (outcome.status === 'failed' || outcome.status === 'held') {
          entry.code = outcome.trouble.code;
        } else {
          Object.assign(entry, { reachedMs: clock.monotonicMs(), tookMs: durationMs, code: null });
        }
      },
      booked: () => {},
    },
    set,
    routers: () =>
      [...board].map(([router, { reachedMs, tookMs, code }]) => {
        const ageMs = clock.monotonicMs() - reachedMs;
        return { router, code, ageMs, isFresh: ageMs <= FRESH_FOR_INTERVALS * Math.max(everyMs, tookMs) };
      }),
  };
}
