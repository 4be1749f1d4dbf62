import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import type { RouterStateBook } from '../usage/ports.ts';
import { type RouterRecall, recallRouters } from './freshness.ts';

/** Passes the stored states of the routers on to the parts that show them. */
export interface RouterMemory {
  /** Reads it once. Rejects with a `TroubleError` when the database is away. */
  recall(): Promise<void>;
  /** From now on it is read every minute: another worker may read a router that this one cannot. */
  start(): void;
  stop(): Promise<void>;
}

const RECALLED_EVERY_MS = 60_000;

export function createRouterMemory(deps: {
  readonly states: Pick<RouterStateBook, 'states'>;
  /** When each router was last booked, Unix ms. */
  readonly lastReads: () => Promise<ReadonlyMap<string, number>>;
  readonly tell: (records: readonly RouterRecall[]) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}): RouterMemory {
  const { states, lastReads, tell, clock, logger } = deps;
  let isRunning = false;
  let cancelTimer = () => {};
  let current: Promise<void> = Promise.resolve();

  async function recall(): Promise<void> {
    tell(recallRouters(await states.states(), await lastReads()));
  }

  async function recallAndSleep(): Promise<void> {
    try {
      await recall();
    } catch (error) {
      if (!(error instanceof TroubleError)) logger.error({ err: error }, 'bug');
      else logger.debug({ code: error.code }, 'stored state of the routers cannot be read');
    }
    schedule();
  }

  function schedule(): void {
    if (!isRunning) return;
    cancelTimer = clock.after(RECALLED_EVERY_MS, () => {
      current = recallAndSleep();
    });
  }

  return {
    recall,
    start() {
      isRunning = true;
      schedule();
    },
    async stop() {
      isRunning = false;
      cancelTimer();
      await current;
    },
  };
}
