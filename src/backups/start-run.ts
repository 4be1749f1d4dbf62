import { TroubleError } from '../runtime/errors.ts';
import { formatCount } from '../runtime/format.ts';
import type { Part } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logger.ts';
import { isMeant, type Wanted } from './choose.ts';
import type { BackupJob } from './job.ts';
import type { RunStates } from './outcome.ts';
import type { BackupDevice } from './ports.ts';
import type { Runner } from './run.ts';

/** A run that was begun. */
export interface StartedRun {
  readonly run: string;
  /** How many devices it backs up. */
  readonly devices: number;
}

/** Begins backups that people ask for; they go on in the worker. */
export interface RunStarter {
  /** Ends what goes on when the worker stops. */
  readonly part: Part;
  /**
   * Resolves when the run can be found. Rejects with a `TroubleError`: `BACKUP_RUNNING` (one goes on; the message names it),
   * `BACKUP_NO_DEVICE`, `KEY_MISSING`, or when the database is away.
   */
  begin(wanted: Wanted): Promise<StartedRun>;
  /** Resolves when nothing goes on any more that `begin` began. */
  ended(): Promise<void>;
  /** What `begin` began and goes on in this worker; `null`: nothing. */
  current(): StartedRun | null;
}

export interface RunStarterDeps {
  /** All that can be backed up now. */
  readonly devices: () => readonly BackupDevice[];
  /** Throws a `TroubleError` `KEY_MISSING` without a key. */
  readonly runner: () => Pick<Runner, 'claim'>;
  readonly states: Pick<RunStates, 'running'>;
  /** Random and unique texts. */
  readonly newId: () => string;
  readonly job: BackupJob;
  readonly logger: Logger;
}

export function createRunStarter(deps: RunStarterDeps): RunStarter {
  const { devices, runner, states, newId, job, logger } = deps;
  let stop = new AbortController();
  let going: { readonly started: StartedRun; readonly ended: Promise<unknown> } | null = null;

  async function begin(asked: Wanted): Promise<StartedRun> {
    if (going !== null) throw runningTrouble(going.started.run, going.started.devices);
    const wanted = devices().filter((device) => isMeant(device, asked));
    if (wanted.length === 0) throw noDevice();
    const started = { run: newId(), devices: wanted.length };
    const { promise: begun, resolve: onBegun } = Promise.withResolvers<void>();
    const work = make(started.run, wanted, onBegun);
    going = { started, ended: work.catch(() => {}) };
    const over = () => {
      going = null;
    };
    work.then(over, over);
    // Until it is begun, its trouble is the trouble of whoever asks; afterwards it is told in the log.
    await Promise.race([begun, work]);
    return started;
  }

  async function make(run: string, wanted: readonly BackupDevice[], onBegun: () => void): Promise<void> {
    const { signal } = stop;
    let isBegun = false;
    try {
      const other = await states.running();
      if (other !== null) throw runningTrouble(other.run, null);
      await job(signal, async () =>
        runner().claim(run, wanted, signal, undefined, () => {
          isBegun = true;
          onBegun();
        }),
      );
    } catch (error) {
      if (!isBegun) throw error;
      if (signal.aborted) return;
      if (error instanceof TroubleError) logger.warn({ code: error.code, run }, 'a backup run was cut off');
      else logger.error({ err: error, run }, 'a backup run failed by a bug');
    }
  }

  async function ended(): Promise<void> {
    await going?.ended;
  }

  return {
    begin,
    current: () => going?.started ?? null,
    ended,
    part: {
      name: 'backups on request',
      start() {
        stop = new AbortController();
      },
      async stop() {
        stop.abort(new Error('the worker stops'));
        await ended();
      },
    },
  };
}

function runningTrouble(run: string, devices: number | null): TroubleError {
  const what = devices === null ? '' : `, over ${formatCount(devices, 'device', 'devices')}`;
  return new TroubleError(
    'BACKUP_RUNNING',
    `backup run ${run} goes on${what}`,
    'Wait until it has ended, then try again.',
  );
}

function noDevice(): TroubleError {
  return new TroubleError(
    'BACKUP_NO_DEVICE',
    'no device matches that can be backed up',
    'A device needs a login by SSH, must not be paused, and must have backups on.',
  );
}
