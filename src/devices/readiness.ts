import { type Clock, clockTrouble } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { createDatabaseQuestion } from '../runtime/question.ts';
import type { Condition } from './ports.ts';

/** Whether the worker does its job. */
export interface Readiness {
  readonly isReady: boolean;
  /** Why not; the machine's clock and the database first. */
  readonly reasons: readonly NotReady[];
  readonly routers: number;
  readonly freshRouters: number;
  /** The longest time since a router's last booked poll. */
  readonly oldestMs: number;
  /** Samples in memory that wait for the database. */
  readonly heldSamples: number;
}

export type NotReady =
  | { readonly subject: 'clock' | 'database'; readonly code: string }
  | { readonly subject: 'router'; readonly router: string; readonly code: string; readonly ageMs: number };

/** How many devices are in which state; those that are paused are left out. */
export interface DeviceStanding {
  readonly total: number;
  readonly up: number;
  readonly down: number;
  /** Behind one that is down. */
  readonly unreachable: number;
  readonly unknown: number;
  readonly maintenance: number;
  /** Names of some that are down, for the longest time first. */
  readonly longestDown: readonly string[];
  /** The worker's own line is down: nobody can tell. */
  readonly isBlind: boolean;
}

export interface ReadinessDeps {
  /** Of the routers that are polled. */
  readonly conditions: () => readonly Condition[];
  /** Rejects with a `TroubleError` when the database cannot be asked. */
  readonly pingDatabase: () => Promise<void>;
  readonly heldSamples: () => number;
  readonly clock: Clock;
}

/** An orchestrator's probe waits a few seconds; it must get the reason before it gives up. */
const DATABASE_DEADLINE_MS = 2_000;
/** No poll ended and no error was reported: it hangs, was never started or hit a bug. */
const OVERDUE = 'POLL_OVERDUE';

/** Looks whether the clock is set, the database can be reached and every router is fresh. Trouble is part of the answer; only a bug rejects. */
export function createReadiness(deps: ReadinessDeps): () => Promise<Readiness> {
  const { conditions, pingDatabase, heldSamples, clock } = deps;
  const ping = createDatabaseQuestion({ ask: pingDatabase, clock, deadlineMs: DATABASE_DEADLINE_MS });

  async function databaseReasons(): Promise<NotReady[]> {
    try {
      await ping();
      return [];
    } catch (error) {
      if (!(error instanceof TroubleError)) throw error;
      return [{ subject: 'database', code: error.code }];
    }
  }

  function clockReasons(): NotReady[] {
    const trouble = clockTrouble(clock);
    return trouble === null ? [] : [{ subject: 'clock', code: trouble.code }];
  }

  return async () => {
    const database = await databaseReasons();
    const routers = conditions();
    const stale = routers.filter(({ isFresh }) => !isFresh);
    const reasons = [
      ...clockReasons(),
      ...database,
      ...stale.map(({ router, code, ageMs }) => ({ subject: 'router', router, code: code ?? OVERDUE, ageMs }) as const),
    ];
    return {
      isReady: reasons.length === 0,
      reasons,
      routers: routers.length,
      freshRouters: routers.length - stale.length,
      oldestMs: Math.max(0, ...routers.map(({ ageMs }) => ageMs)),
      heldSamples: heldSamples(),
    };
  };
}
