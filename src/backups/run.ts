import { pause } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { createLimiter } from '../runtime/limiter.ts';
import type { Logger } from '../runtime/logger.ts';
import { type BackUpDeps, backUp } from './back-up.ts';
import { keepLease, LEASE_MS } from './lease.ts';
import type { BegunRun, LeaseBook, Outcome, RunBook, RunReport } from './outcome.ts';
import type { BackupDevice } from './ports.ts';
import type { BackupTeller } from './tell.ts';

export interface RunDeps extends BackUpDeps {
  readonly runs: RunBook & LeaseBook;
  /** Random and unique texts. */
  readonly newId: () => string;
  readonly logger: Logger;
  readonly tellFailures: BackupTeller['failures'];
  readonly tellBinaryFailures: BackupTeller['binaryFailures'];
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
   * `onBegun`: it is this one that makes it.
   */
  claim(
    run: string,
    devices: readonly BackupDevice[],
    signal: AbortSignal,
    startOf?: (device: string) => number,
    onBegun?: () => void,
  ): Promise<RunReport | 'held' | 'finished'>;
}

/** When the run of a killed process is given back, all its devices are too. */
const RUN_LEASE_MS = 150_000;

export function createRunner(deps: RunDeps): Runner {
  const { runs, clock, logger, newId } = deps;
  const limiter = createLimiter(deps.places);

  const claim: Runner['claim'] = async (run, devices, signal, startOf = () => 0, onBegun) => {
    const holder = newId();
    const begin = () => runs.begin(run, clock.now(), holder, RUN_LEASE_MS);
    const begun = await begin();
    if (typeof begun === 'string') return begun;
    onBegun?.();
    const isHeld = async () => typeof (await begin()) !== 'string';
    return await keepLease<RunReport | 'held'>(
      {
        take: isHeld,
        work: (whileHeld) => finish(run, begun, { devices, startOf }, whileHeld),
        ifLost: () => 'held',
        release: () => runs.leave(run, holder),
      },
      deps,
      signal,
    );
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
          const { code, version, binary } = outcome;
          logger.info(
            {
              device: device.name,
              outcome: outcome.outcome,
              code,
              version,
              ...(binary && { binary: binary.code ?? binary.outcome }),
            },
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
    await runs.finish(run, finishedAt, [
      ...deps.tellFailures(outcomes, await runs.codesBefore(run)),
      ...deps.tellBinaryFailures(outcomes, await runs.binaryCodesBefore(run)),
    ]);
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
    return await keepLease(
      {
        take,
        work: (whileHeld) => backUp(device, run, deps, whileHeld),
        ifLost: () => skipped(device.name),
        release: () => runs.release(device.name, holder),
      },
      deps,
      signal,
    );
  }

  /** One device's trouble is its own; a bug is told loudly, and the others go on. */
  function failed(device: string, error: unknown): Outcome {
    const isTrouble = error instanceof TroubleError;
    if (!isTrouble) logger.error({ err: error, device }, 'a backup failed by a bug');
    return {
      ...{ device, outcome: 'failed', code: isTrouble ? error.code : 'BUG', step: 'lease', tries: 0, durationMs: 0 },
      ...{ bytes: null, version: null, trouble: isTrouble ? error.message : 'a bug: see the log' },
      advice: isTrouble ? error.advice : 'Please report it with what the log says.',
      binary: null,
    };
  }
}

function skipped(device: string): Outcome {
  return {
    ...{ device, outcome: 'skipped', code: null, step: 'lease', tries: 0, durationMs: 0, bytes: null, version: null },
    ...{ trouble: 'another run backs it up now', advice: null, binary: null },
  };
}
