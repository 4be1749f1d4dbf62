#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { Handover } from './app.ts';
import type { CheckOptions } from './check/commands/check.ts';
import type { CopyOptions } from './copy/commands/copy.ts';
import type { Books, GlobalOptions } from './platform/cli/program.ts';
import type { Worker } from './platform/cli/run.ts';
import type { Config } from './platform/config/schema.ts';
import type { Logger } from './runtime/logger.ts';
import { listenForSignals } from './runtime/signals.ts';

/** Heard before all else: what is imported by name is loaded before the first line runs, long enough for a SIGTERM to fall into. */
const signals = listenForSignals();
const { createApp } = await import('./app.ts');
const { runCheck } = await import('./check/commands/check.ts');
const { isCollected, reportCollection } = await import('./usage/commands/collect.ts');
const { findTarget, isCopied, reportCopy } = await import('./copy/commands/copy.ts');
const { runProgram } = await import('./platform/cli/program.ts');
const { createScreen } = await import('./platform/cli/render/screen.ts');
const { createBell, runReloading } = await import('./platform/cli/run.ts');
const { loadConfig } = await import('./platform/config/load.ts');
const { reloadConfig } = await import('./platform/config/reload.ts');
const { systemClock } = await import('./runtime/clock.ts');
const { commandNameOf } = await import('./runtime/command-name.ts');
const { keepHeapSmall } = await import('./runtime/heap.ts');
const { createHeartbeat, HEARTBEAT_VARIABLE } = await import('./runtime/heartbeat.ts');
const { createLogger } = await import('./runtime/logger.ts');
const { mask } = await import('./runtime/mask.ts');
const { copyToDatabase } = await import('./compose/copying.ts');

const { version }: { version: string } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/**
 * Node gives each address of a name a fraction of a second and then goes on to the next; one lost packet costs a second. This holds for
 * whatever has no time of its own: LibreNMS, mail servers.
 */
const ADDRESS_ATTEMPT_MS = 2_000;

setDefaultAutoSelectFamilyAttemptTimeout(ADDRESS_ATTEMPT_MS);

function loggerFor({ logLevel }: GlobalOptions): Logger {
  return createLogger({ level: logLevel, isPretty: process.stderr.isTTY === true });
}

async function openBooks(globals: GlobalOptions): Promise<Books> {
  keepHeapSmall();
  const config = await loadConfig(globals.config);
  const app = await createApp(config, loggerFor(globals));
  try {
    const migrated = await app.migrate();
    const { mail, quotas, retention } = config;
    return { ...app, migrated, policies: quotas, hasMail: mail !== undefined, retentionDays: retention.days };
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** Docker waits for 10 s before it kills. */
const LONGEST_STOP_MS = 7_500;

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

async function runWorker(globals: GlobalOptions): Promise<number> {
  keepHeapSmall();
  const logger = loggerFor(globals);
  const bell = createBell();
  signals.onHangup(bell.ring);
  const signal = signals.untilStop();
  signal.addEventListener('abort', () => setTimeout(() => giveUp(logger), LONGEST_STOP_MS).unref());
  const { config: file } = globals;
  const config = await Promise.race([loadConfig(file), onceAborted(signal)]);
  if (config === null) {
    // The file may wait for something that never comes. Nothing has begun, so that there is nothing to put in order.
    logger.info('worker stopped before it began');
    process.exit(0);
  }
  await runReloading<Handover>({
    config,
    createWorker: (current, before) => createWorker(current, before, logger),
    reload: (signal) => reloadConfig({ signal, ...(file === undefined ? {} : { file }) }),
    bell,
    signal,
    logger,
    clock: systemClock,
  });
  logger.info('worker stopped');
  return 0;
}

/** A database that does not answer may hold up the start, and any poll, for two times its connect timeout of 10 s. */
const SHORTEST_SILENCE_MS = 30_000;

async function createWorker(config: Config, before: Handover | null, logger: Logger): Promise<Worker<Handover>> {
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
    ...(before === null ? {} : { before }),
  });
  return {
    async run(signal) {
      logger.info({ version, routers: config.routers.length }, 'worker started');
      heartbeat.start();
      await app.run(signal);
    },
    handover: app.handover,
    close: app.close,
  };
}

async function collectOnce(globals: GlobalOptions): Promise<number> {
  const app = await createApp(await loadConfig(globals.config), loggerFor(globals));
  try {
    await app.migrate();
    const outcomes = await app.collect(signals.untilStop());
    process.stdout.write(reportCollection(outcomes));
    const { failed } = await app.settle();
    return isCollected(outcomes) && failed === 0 ? 0 : 1;
  } finally {
    await app.close();
  }
}

async function check(globals: GlobalOptions, options: CheckOptions): Promise<number> {
  const app = await createApp(await loadConfig(globals.config), loggerFor(globals));
  try {
    const screen = createScreen(process.stdout, process.env);
    const { text, exitCode } = await runCheck({ checker: app.checker, screen, signal: signals.untilStop() }, options);
    process.stdout.write(text);
    return exitCode;
  } finally {
    await app.close();
  }
}

async function copy(globals: GlobalOptions, options: CopyOptions): Promise<number> {
  const target = findTarget(options, process.env);
  const config = await loadConfig(globals.config);
  const tables = await copyToDatabase(config, target, { logger: loggerFor(globals), signal: signals.untilStop() });
  process.stdout.write(reportCopy(tables));
  return isCopied(tables) ? 0 : 1;
}

// A bug ends the process with its stack, as Node would write it; but errors of libraries carry what a server said.
process.on('uncaughtException', (error) => {
  process.stderr.write(`${mask(inspect(error))}\n`);
  process.exit(1);
});

// Whoever reads our output may stop early, as `head` does.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit(0);
  process.stderr.write(`error: the output cannot be written (${message})\nThe output is incomplete.\n`);
  process.exit(1);
});

/** Until they ask to be told of a stop, all but the worker end by a signal as any program does. */
function released<Args extends unknown[], Result>(command: (...args: Args) => Promise<Result>) {
  return async (...args: Args): Promise<Result> => {
    await signals.release();
    return await command(...args);
  };
}

process.exitCode = await runProgram(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  version,
  commandName: commandNameOf(process),
  openBooks: released(openBooks),
  runWorker,
  collectOnce: released(collectOnce),
  check: released(check),
  copy: released(copy),
  demo: released(async (globals: GlobalOptions, { seconds }: { readonly seconds: number | null }) => {
    // Its simulator and mail server are 25 MB that a worker should not carry.
    const { runDemo } = await import('./demo/demo.ts');
    return await runDemo({
      ...(seconds === null ? {} : { seconds }),
      signal: signals.untilStop(),
      stdout: process.stdout,
      mailFolder: join(tmpdir(), `netsentinel-demo-mails-${process.pid}`),
      logger: loggerFor(globals),
    });
  }),
});
