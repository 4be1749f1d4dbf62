import { pause } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { createLimiter } from '../runtime/limiter.ts';
import type { Logger } from '../runtime/logger.ts';
import { type BackUpDeps, backUp } from './back-up.ts';
import type { BegunRun, LeaseBook, Outcome, RunBook, RunReport } from './outcome.ts';
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
  /**
   * The same for a run with a name of its own, which one of several workers makes. `held`: another one makes it now. One that nobody
   * finished is gone on with, for the devices without an outcome. `startOf`: no device begins before that instant; absent: all at once.
   */
  claim(
    run: string,
    devices: readonly BackupDevice[],
    signal: AbortSignal,
    startOf?: (device: string) => number,
  ): Promise<RunReport | 'held' | 'finished'>;
}

/** A killed process gives its devices back after this time; one that lives takes them again three times as often. */
const LEASE_MS = 90_000;
const HEARTBEAT_MS = 30_000;
/** When the run of a killed process is given back, all its devices are too. */
const RUN_LEASE_MS = 150_000;

export function createRunner(deps: RunDeps): Runner {
  const { runs, clock, logger, newId } = deps;
  const limiter = createLimiter(deps.places);

  const claim: Runner['claim'] = async (run, devices, signal, startOf = () => 0) => {
    const holder = newId();
    const begin = () => runs.begin(run, clock.now(), holder, RUN_LEASE_MS);
    const begun = await begin();
    if (typeof begun === 'string') return begun;
    const isHeld = async () => typeof (await begin()) !== 'string';
    return await withBeat<RunReport | 'held'>(isHeld, signal, {
      work: (whileHeld) => finish(run, begun, { devices, startOf }, whileHeld),
      ifLost: () => 'held',
      release: () => runs.leave(run, holder),
    });
  };

  async function finish(
    run: string,
    begun: BegunRun,
    { devices, startOf }: { readonly devices: readonly BackupDevice[]; readonly startOf: (device: string) => number },
    signal: AbortSignal,
  ): Promise<RunReport> {
    const done = new Set(begun.devices.map(({ device }) => device));
    const unsaved: Outcome[] = [];
    const left = devices.filter(({ name }) => !done.has(name));
    const made = await Promise.allSettled(
      left.map(async (device) => {
        const waitMs = startOf(device.name) - clock.now();
        if (waitMs > 0) await pause(clock, waitMs, signal);
        return await limiter.run(async () => {
          signal.throwIfAborted();
          const outcome = await leased(device, run, signal).catch((error: unknown) => {
            signal.throwIfAborted();
            return failed(device.name, error);
          });
          await runs.note(run, outcome).catch((error: unknown) => {
            if (!(error instanceof TroubleError)) throw error;
            unsaved.push(outcome);
          });
          logger.info(
            { device: device.name, outcome: outcome.outcome, code: outcome.code, version: outcome.version },
            'backup',
          );
          return outcome;
        });
      }),
    );
    const outcomes = [
      ...begun.devices,
      ...made.map((each) => {
        if (each.status === 'rejected') throw each.reason;
        return each.value;
      }),
    ];
    for (const outcome of unsaved) await runs.note(run, outcome);
    const finishedAt = clock.now();
    await runs.finish(run, finishedAt, deps.tellFailures(outcomes, await runs.codesBefore(run)));
    deps.wake();
    const byName = outcomes.toSorted((one, other) => (one.device < other.device ? -1 : 1));
    return { run, startedAt: begun.startedAt, finishedAt, devices: byName };
  }

  return {
    async run(devices, signal) {
      const report = await claim(newId(), devices, signal);
      if (typeof report === 'string') throw new Error('a new name is not taken');
      return report;
    },
    claim,
  };

  async function leased(device: BackupDevice, run: string, signal: AbortSignal): Promise<Outcome> {
    const holder = newId();
    const take = () => runs.take(device.name, holder, LEASE_MS);
    if (!(await take())) return skipped(device.name);
    return await withBeat(take, signal, {
      work: (whileHeld) => backUp(device, run, deps, whileHeld),
      ifLost: () => skipped(device.name),
      release: () => runs.release(device.name, holder),
    });
  }

  /** Keeps a lease while something is done. Who no longer holds it may not go on: another process does it then. */
  async function withBeat<Result>(
    take: () => Promise<boolean>,
    signal: AbortSignal,
    { work, ifLost, release }: Leased<Result>,
  ): Promise<Result> {
    const lost = new AbortController();
    const over = new AbortController();
    const beating = beat(take, over.signal, lost);
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
  }

  async function beat(take: () => Promise<boolean>, over: AbortSignal, lost: AbortController): Promise<void> {
    for (;;) {
      await pause(clock, HEARTBEAT_MS, over);
      if (over.aborted) return;
      const isHeld = await take().catch((error: unknown) => {
        leaveIt(error);
        return true;
      });
      if (!isHeld) return lost.abort();
    }
  }

  /** One device's trouble is its own; a bug is told loudly, and the others go on. */
  function failed(device: string, error: unknown): Outcome {
    const isTrouble = error instanceof TroubleError;
    if (!isTrouble) logger.error({ err: error, device }, 'a backup failed by a bug');
    return {
      ...{ device, outcome: 'failed', code: isTrouble ? error.code : 'BUG', step: 'lease', tries: 0, durationMs: 0 },
      ...{ bytes: null, version: null, trouble: isTrouble ? error.message : 'a bug: see the log' },
      advice: isTrouble ? error.advice : 'Please report it with what the log says.',
    };
  }

  /** A database that is away for a moment: the lease ends by itself. */
  function leaveIt(error: unknown): void {
    if (!(error instanceof TroubleError)) throw error;
    logger.debug({ code: error.code }, 'the lease of a backup is left to end by itself');
  }
}

interface Leased<Result> {
  /** Its signal aborts when the lease is lost, too. */
  readonly work: (whileHeld: AbortSignal) => Promise<Result>;
  readonly ifLost: () => Result;
  readonly release: () => Promise<void>;
}

function skipped(device: string): Outcome {
  return {
    ...{ device, outcome: 'skipped', code: null, step: 'lease', tries: 0, durationMs: 0, bytes: null, version: null },
    ...{ trouble: 'another run backs it up now', advice: null },
  };
}
