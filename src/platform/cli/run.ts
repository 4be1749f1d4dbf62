import { type Clock, pause } from '../../runtime/clock.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { ConfigError } from '../config/problems.ts';

/** A worker of one configuration. */
export interface Worker<Handover> {
  /** Runs until the signal and drains. */
  run(signal: AbortSignal): Promise<void>;
  /** What the next worker in this process takes over; to be called after `run`. */
  handover(): Handover;
  close(): Promise<void>;
}

export interface RunDeps<Config, Handover> {
  readonly config: Config;
  /** `null` for the first worker. */
  readonly createWorker: (config: Config, before: Handover | null) => Promise<Worker<Handover>>;
  /** The configuration as it is now. Rejects with a `ConfigError`. */
  readonly reload: (signal: AbortSignal) => Promise<Config>;
  /** What differs, to be logged; `null` when they are the same. */
  readonly findChanges: (before: Config, after: Config) => object | null;
  /** Is rung when the configuration is to be read anew. */
  readonly bell: Bell;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Remembers that it was rung until somebody listens. */
export interface Bell {
  ring(): void;
  /** Resolves when it was rung since the last time, with `false` when the signal comes first. */
  heard(signal: AbortSignal): Promise<boolean>;
}

export function createBell(): Bell {
  let isRung = false;
  let wake = () => {};
  return {
    ring() {
      isRung = true;
      wake();
    },
    async heard(signal) {
      if (!isRung && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
      if (signal.aborted) return false;
      isRung = false;
      return true;
    },
  };
}

/** Until a worker that could not be run is tried again. */
const RETRY_MS = 10_000;

/**
 * Runs a worker until the signal. A new configuration that is usable is taken up by another worker, once this one has drained; with
 * one that is not, this one goes on. When trouble ends a new worker (an address in use, a schema it may not change) the
 * previous configuration is used again, and retried until it works: ending the process would lose the samples that wait for the
 * database. Rejects when the very first worker cannot be run, and with a bug.
 */
export async function runReloading<Config, Handover>(deps: RunDeps<Config, Handover>): Promise<void> {
  const { createWorker, signal, logger, clock } = deps;
  let current = deps.config;
  let previous: Config | null = null;
  let before: Handover | null = null;
  do {
    const isFirst = before === null;
    const over = new AbortController();
    const worker = await createWorker(current, before);
    const next = nextConfig(deps, current, AbortSignal.any([signal, over.signal])).finally(() => over.abort());
    let hasFailed = false;
    try {
      await worker.run(AbortSignal.any([signal, over.signal]));
    } catch (error) {
      if (!(error instanceof TroubleError) || isFirst) throw error;
      const { code, message: reason, advice } = error;
      logger.warn({ code, reason, advice }, previous === null ? TRIED_AGAIN : GONE_BACK);
      hasFailed = true;
    } finally {
      over.abort();
      before = worker.handover();
      await worker.close();
    }
    const wanted: Config | null = await next;
    if (wanted !== null) {
      previous = hasFailed ? previous : current;
      current = wanted;
    } else if (hasFailed) {
      if (previous === null) await pause(clock, RETRY_MS, signal);
      current = previous ?? current;
      previous = null;
    }
  } while (!signal.aborted);
}

const GONE_BACK = 'the new configuration cannot be run; the one before it is used again';
const TRIED_AGAIN = 'the worker cannot be run; it is tried again';

/** The next configuration that is usable and different; `null` when the signal comes first. */
async function nextConfig<Config, Handover>(
  { bell, reload, findChanges, logger }: RunDeps<Config, Handover>,
  current: Config,
  signal: AbortSignal,
): Promise<Config | null> {
  while (await bell.heard(signal)) {
    try {
      const config = await reload(signal);
      const changes = findChanges(current, config);
      if (changes !== null) {
        logger.info(changes, 'configuration changed');
        return config;
      }
      logger.info('configuration read again; it says the same');
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      if (signal.aborted) return null;
      const problems = error.problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
      logger.warn({ problems }, 'the configuration is not usable; the old one stays');
    }
  }
  return null;
}
