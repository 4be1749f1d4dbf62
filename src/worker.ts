import { createApp } from './app.ts';
import type { Handover } from './assemble.ts';
import type { ProcessLog } from './logs/ports.ts';
import { createBell, runReloading, type Worker } from './platform/cli/run.ts';
import type { EnvFile } from './platform/config/env-file.ts';
import { systemClock } from './runtime/clock.ts';
import { keepHeapSmall } from './runtime/heap.ts';
import { beatWhileIdle, createHeartbeat, HEARTBEAT_VARIABLE } from './runtime/heartbeat.ts';
import type { LogFiles } from './runtime/log-files.ts';
import { createLevelSwitch } from './runtime/log-level.ts';
import type { LogTail } from './runtime/log-tail.ts';
import type { LeveledLogger, Logger } from './runtime/logger.ts';
import type { Signals } from './runtime/signals.ts';
import { type Config, findChanges, loadConfig, reloadConfig } from './settings.ts';

export interface WorkerDeps {
  /** As given; absent: the default one. */
  readonly file: string | undefined;
  /** Has been read. */
  readonly envFile: EnvFile;
  readonly version: string;
  readonly signals: Signals;
  readonly logger: LeveledLogger;
  readonly logFiles: LogFiles;
  readonly logTail: LogTail;
}

/** Docker waits for 10 s before it kills. */
const LONGEST_STOP_MS = 7_500;

/** Runs the worker until SIGTERM or SIGINT, with the configuration read anew at each SIGHUP. */
export async function runWorker(deps: WorkerDeps): Promise<void> {
  const { file, envFile, version, signals, logger, logFiles, logTail } = deps;
  keepHeapSmall();
  const bell = createBell();
  signals.onHangup(bell.ring);
  const signal = signals.untilStop();
  const log: ProcessLog = { tail: logTail, level: createLevelSwitch({ logger, clock: systemClock, signal }) };
  signals.onUserSignal(log.level.toggle);
  signal.addEventListener('abort', () => setTimeout(() => giveUp(logger), LONGEST_STOP_MS).unref());
  const sayEnvFile = () => {
    const found = envFile.found();
    if (found !== null) logger.info(found, 'environment variables read from a file');
  };
  sayEnvFile();
  const config = await Promise.race([loadConfig(file), onceAborted(signal)]);
  if (config === null) {
    // The file may wait for something that never comes. Nothing has begun, so that there is nothing to put in order.
    logger.info('worker stopped before it began');
    process.exit(0);
  }
  await runReloading<Config, Handover>({
    config,
    findChanges,
    createWorker(current, before) {
      const { logs, timeZone, http } = current;
      logFiles.use(logs === undefined ? null : { ...logs, timeZone });
      logTail.use(http?.pages === true);
      return createWorker(current, before, { version, logger, log, isStopping: () => signal.aborted });
    },
    async reload(signal) {
      envFile.read();
      sayEnvFile();
      return await reloadConfig({ signal, ...(file === undefined ? {} : { file }) });
    },
    bell,
    signal,
    logger,
    clock: systemClock,
  });
  logger.info('worker stopped');
}

/** A statement on a server that does not answer would hold up the end for minutes. The server rolls back what was not committed. */
function giveUp(logger: Logger): void {
  logger.warn({ afterSeconds: LONGEST_STOP_MS / 1000 }, 'stop took too long; uncommitted data is dropped');
  process.exit(0);
}

/** Resolves with `null` when the signal comes. */
function onceAborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener('abort', () => resolve(null), { once: true });
  });
}

/** A database that does not answer may hold up the start, and any poll, for two times its connect timeout of 10 s. */
const SHORTEST_SILENCE_MS = 30_000;

async function createWorker(
  config: Config,
  before: Handover | null,
  {
    version,
    logger,
    log,
    isStopping,
  }: Pick<WorkerDeps, 'version' | 'logger'> & { readonly log: ProcessLog; readonly isStopping: () => boolean },
): Promise<Worker<Handover>> {
  const heartbeat = createHeartbeat({
    file: process.env[HEARTBEAT_VARIABLE],
    goodForMs: Math.max(SHORTEST_SILENCE_MS, (3 * config.collect.everySeconds + config.collect.timeoutSeconds) * 1000),
    onFailure: (error) => logger.warn({ err: error }, 'the heartbeat file for the command `health` cannot be written'),
  });
  const app = await createApp(config, logger, {
    wrapReader: (reader) => ({
      // A router that cannot be read is no fault of the worker: it was tried.
      read: (visit) => reader.read(visit).finally(heartbeat.beat),
      close: () => reader.close(),
    }),
    log,
    isStopping,
    ...(before === null ? {} : { before }),
  });
  return {
    async run(signal) {
      logger.info({ version, routers: config.routers.length }, 'worker started');
      heartbeat.start();
      const stopBeating = beatWhileIdle({
        ...{ isIdle: app.isIdle, beat: heartbeat.beat },
        ...{ clock: systemClock, everyMs: SHORTEST_SILENCE_MS / 3 },
      });
      try {
        await app.run(signal);
      } finally {
        stopBeating();
      }
    },
    handover: app.handover,
    close: app.close,
  };
}
