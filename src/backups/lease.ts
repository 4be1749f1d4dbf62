import { type Clock, pause } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';

interface Leased<Result> {
  /** Takes the lease, or extends it; `false`: another process has it. Rejects with a `TroubleError` when the database is away. */
  readonly take: () => Promise<boolean>;
  /** Its signal aborts when the lease is lost, too. */
  readonly work: (whileHeld: AbortSignal) => Promise<Result>;
  readonly ifLost: () => Result;
  readonly release: () => Promise<void>;
}

/** A killed process gives back what it works on after this time. */
export const LEASE_MS = 90_000;
/** How often a lease is extended: three times as often as one ends that nobody extends. */
const HEARTBEAT_MS = LEASE_MS / 3;

/** Keeps a lease that was taken while something is done. Who no longer holds it may not go on: another process does it then. */
export async function keepLease<Result>(
  { take, work, ifLost, release }: Leased<Result>,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  signal: AbortSignal,
): Promise<Result> {
  const lost = new AbortController();
  const over = new AbortController();
  const beating = beat();
  try {
    return await work(AbortSignal.any([signal, lost.signal]));
  } catch (error) {
    if (lost.signal.aborted && !signal.aborted) return ifLost();
    throw error;
  } finally {
    over.abort();
    await beating;
    await release().catch(leaveIt);
  }

  async function beat(): Promise<void> {
    for (;;) {
      await pause(clock, HEARTBEAT_MS, over.signal);
      if (over.signal.aborted) return;
      const isHeld = await take().catch((error: unknown) => {
        leaveIt(error);
        return true;
      });
      if (!isHeld) return lost.abort();
    }
  }

  /** A database that is away for a moment: the lease ends by itself. */
  function leaveIt(error: unknown): void {
    if (!(error instanceof TroubleError)) throw error;
    logger.debug({ code: error.code }, 'the lease of a backup is left to end by itself');
  }
}
