import type { Clock } from '../runtime/clock.ts';
import type { CollectionMeter, RouterStatus } from '../usage/ports.ts';

/** How well one router is being read. */
export interface RouterFreshness {
  readonly router: string;
  readonly isFresh: boolean;
  /** Since it was last booked; of one that never was, since it was first tried. */
  readonly ageMs: number;
  /** Unix ms; `null`: never, as far as is known. */
  readonly lastReadAt: number | null;
  /** Trouble code of the last poll; `null` when that went well or there was none. */
  readonly code: string | null;
}

/** What the database knows of a router from before this process, or from another worker. Instants are Unix ms. */
export interface RouterRecall {
  readonly router: string;
  /** When it was last booked; `null`: never. */
  readonly lastReadAt: number | null;
  /** Since when each poll has failed; `null` when the last one went well. */
  readonly failingSince: number | null;
  /** Trouble code of the last poll. */
  readonly code: string | null;
  /** The same in words; `null` also where an earlier version noted only the code. */
  readonly trouble: { readonly code: string; readonly message: string; readonly advice: string } | null;
  /** What the last good poll took. */
  readonly tookMs: number;
}

/** How each router is read, in memory: it can be asked while the database is away. */
export interface FreshnessBoard {
  readonly meter: CollectionMeter;
  /** From now on these are watched and no others; one that is new has its first three intervals from now. */
  set(routers: readonly string[]): void;
  /** Takes over stored states; where this process has its own, the later one counts. */
  recall(records: readonly RouterRecall[]): void;
  /** One for each router, in the order of the configuration. */
  routers(): RouterFreshness[];
}

interface Entry {
  /** Monotonic instant that its age counts from. */
  sinceMs: number;
  lastReadAt: number | null;
  /** What the last good poll took. */
  tookMs: number;
  code: string | null;
  /** How the last poll of this process ended. */
  lastPoll: 'none' | 'good' | 'held' | 'failed';
  /** Until then it is too early to expect a poll; monotonic. */
  graceUntilMs: number;
}

const FRESH_FOR_INTERVALS = 3;

/**
 * A router is fresh for three intervals after a booked poll, and after the start: unless the database knows that it
 * was failing before, or the first poll fails. A router that takes longer to read than the interval is given three times what its last
 * poll took: it is read as often as it can be.
 */
export function createFreshnessBoard(deps: {
  readonly routers: readonly string[];
  readonly everyMs: number;
  readonly clock: Clock;
}): FreshnessBoard {
  const { everyMs, clock } = deps;
  let board = new Map<string, Entry>();
  /** `null`: the database was not asked yet. */
  let records: ReadonlyMap<string, RouterRecall> | null = null;

  function newEntry(router: string): Entry {
    const nowMs = clock.monotonicMs();
    const entry: Entry = {
      sinceMs: nowMs,
      lastReadAt: null,
      tookMs: 0,
      code: null,
      lastPoll: 'none',
      graceUntilMs: nowMs + FRESH_FOR_INTERVALS * everyMs,
    };
    if (records !== null) takeIn(entry, records.get(router));
    return entry;
  }

  /** From now on it is known whether and when it was ever read, so that a failed poll is no longer waited out. */
  function takeIn(entry: Entry, record: RouterRecall | undefined): void {
    if (entry.lastPoll === 'failed') entry.graceUntilMs = -Infinity;
    if (record === undefined) return;
    const monotonicOf = (at: number) => clock.monotonicMs() - Math.max(0, clock.now() - at);
    const { lastReadAt, failingSince, code, tookMs } = record;
    if (lastReadAt !== null && (entry.lastReadAt === null || lastReadAt > entry.lastReadAt)) {
      const readMs = monotonicOf(lastReadAt);
      entry.sinceMs = entry.lastReadAt === null ? readMs : Math.max(entry.sinceMs, readMs);
      entry.lastReadAt = lastReadAt;
    }
    if (entry.lastReadAt === null && failingSince !== null) {
      entry.sinceMs = Math.min(entry.sinceMs, monotonicOf(failingSince));
    }
    if (entry.lastPoll !== 'none') return;
    entry.tookMs = tookMs;
    if (failingSince === null) return;
    entry.code = code;
    entry.graceUntilMs = -Infinity;
  }

  function set(routers: readonly string[]): void {
    board = new Map(routers.map((router) => [router, board.get(router) ?? newEntry(router)]));
  }

  set(deps.routers);
  return {
    meter: {
      polled(outcome, durationMs) {
        const entry = board.get(outcome.router);
        if (entry === undefined) return;
        if (outcome.status === 'failed' || outcome.status === 'held') {
          entry.code = outcome.trouble.code;
          entry.lastPoll = outcome.status;
          if (outcome.status === 'failed' && records !== null) entry.graceUntilMs = -Infinity;
        } else {
          Object.assign(entry, { lastReadAt: clock.now(), sinceMs: clock.monotonicMs(), tookMs: durationMs });
          Object.assign(entry, { code: null, lastPoll: 'good' });
        }
      },
      booked: () => {},
    },
    set,
    recall(known) {
      records = new Map(known.map((record) => [record.router, record]));
      for (const [router, entry] of board) takeIn(entry, records.get(router));
    },
    routers: () =>
      [...board].map(([router, { sinceMs, lastReadAt, tookMs, code, graceUntilMs }]) => {
        const nowMs = clock.monotonicMs();
        const ageMs = nowMs - sinceMs;
        const isRead = lastReadAt !== null && ageMs <= FRESH_FOR_INTERVALS * Math.max(everyMs, tookMs);
        return { router, isFresh: isRead || nowMs <= graceUntilMs, ageMs, lastReadAt, code };
      }),
  };
}

/** What is known of each router that was ever read or tried. `lastReads`: Unix ms by router. */
export function recallRouters(
  states: readonly RouterStatus[],
  lastReads: ReadonlyMap<string, number>,
): readonly RouterRecall[] {
  const noted = new Map(states.map((state) => [state.router, state]));
  return [...new Set([...noted.keys(), ...lastReads.keys()])].map((router) => {
    const state = noted.get(router);
    const failingSince = state?.reachableUntil ?? null;
    return {
      router,
      lastReadAt: lastReads.get(router) ?? null,
      failingSince,
      code: failingSince === null ? null : (state?.errorCode ?? null),
      trouble: failingSince === null ? null : troubleOf(state),
      tookMs: failingSince === null ? (state?.pollMs ?? 0) : 0,
    };
  });
}

function troubleOf(state: RouterStatus | undefined): RouterRecall['trouble'] {
  const { errorCode: code = null, errorText = null } = state ?? {};
  return code === null || errorText === null ? null : { code, ...errorText };
}
