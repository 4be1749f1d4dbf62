import { pause } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { createLimiter } from '../runtime/limiter.ts';
import type { Logger } from '../runtime/logger.ts';
import { type BackUpDeps, backUp } from './back-up.ts';
import type { LeaseBook, Outcome, RunBook, RunReport } from './outcome.ts';
import type { BackupDevice } from './ports.ts';
import type { BackupTeller } from './tell.ts';

export interface RunDeps extends BackUpDeps {
  readonly runs: RunBook & LeaseBook;
  /** Random and unique texts. */
  readonly newId: () => string;
  readonly logger: Logger;
  readonly tellFailures: BackupTeller['failures'];
  /** Says that there may be new notices. */
  readonly wake: () => void;
  /** Devices at once. */
  readonly places: number;
}

export interface Runner {
  /**
   * Backs up these devices and gives the report, which is stored as it grows. A device that another process backs up now is skipped.
   * Rejects with a `TroubleError` when the database is away at the beginning or the end, and with the reason of an aborted signal.
   */
  run(devices: readonly BackupDevice[], signal: AbortSignal): Promise<RunReport>;
  /** The same for a run with a name of its own, which one of several workers makes; `null`: another one has, or this one before. */
  claim(run: string, devices: readonly BackupDevice[], signal: AbortSignal): Promise<RunReport | null>;
}

/** A killed process gives its devices back after this time; one that lives takes them again three times as often. */
const LEASE_MS = 90_000;
const HEARTBEAT_MS = 30_000;

export function createRunner(deps: RunDeps): Runner {
  const { runs, clock, logger, newId } = deps;
  const limiter = createLimiter(deps.places);

  const claim: Runner['claim'] = async (run, devices, signal) => {
    const startedAt = clock.now();
    if (!(await runs.begin(run, startedAt))) return null;
    const outcomes = await Promise.all(
      devices.map((device) =>
        limiter.run(async () => {
          signal.throwIfAborted();
          const outcome = await leased(device, run, signal);
          await runs.note(run, outcome);
          logger.info(
            { device: device.name, outcome: outcome.outcome, code: outcome.code, version: outcome.version },
            'backup',
          );
          return outcome;
        }),
      ),
    );
    const finishedAt = clock.now();
    await runs.finish(run, finishedAt, deps.tellFailures(outcomes, await runs.codesBefore(run)));
    deps.wake();
    const byName = outcomes.toSorted((one, other) => (one.device < other.device ? -1 : 1));
    return { run, startedAt, finishedAt, devices: byName };
  };

  return {
    async run(devices, signal) {
      const report = await claim(newId(), devices, signal);
      if (report === null) throw new Error('a new name is not taken');
      return report;
    },
    claim,
  };

  async function leased(device: BackupDevice, run: string, signal: AbortSignal): Promise<Outcome> {
    const holder = newId();
    if (!(await runs.take(device.name, holder, LEASE_MS))) return skipped(device.name);
    // Who no longer holds the lease may not go on: another process does it then.
    const lost = new AbortController();
    const over = new AbortController();
    const beating = beat(device.name, holder, over.signal, lost);
    try {
      return await backUp(device, run, deps, AbortSignal.any([signal, lost.signal]));
    } catch (error) {
      if (lost.signal.aborted && !signal.aborted) return skipped(device.name);
      throw error;
    } finally {
      over.abort();
      await beating;
      await runs.release(device.name, holder).catch(leaveIt);
    }
  }

  async function beat(device: string, holder: string, over: AbortSignal, lost: AbortController): Promise<void> {
    for (;;) {
      await pause(clock, HEARTBEAT_MS, over);
      if (over.aborted) return;
      const isHeld = await runs.take(device, holder, LEASE_MS).catch((error: unknown) => {
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

function skipped(device: string): Outcome {
  return {
    ...{ device, outcome: 'skipped', code: null, step: 'lease', tries: 0, durationMs: 0, bytes: null, version: null },
    ...{ trouble: 'another run backs it up now', advice: null },
  };
}
