import { readFileSync } from 'node:fs';
import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { createApp } from './app.ts';
import type { App } from './assemble.ts';
import { allCommands, type Books } from './commands.ts';
import { copyDatabase } from './copy/store/copy-databases.ts';
import type { DeviceBooks } from './devices/commands/device.ts';
import type { GlobalOptions } from './platform/cli/frame.ts';
import { createTerminalQuestions } from './platform/cli/init/questions.ts';
import type { KeyBooks } from './platform/cli/key-commands.ts';
import { runProgram } from './platform/cli/program.ts';
import { createSecretInput } from './platform/cli/secret-input.ts';
import { createEnvFile } from './platform/config/env-file.ts';
import { COMMAND_TABLES } from './platform/store/tables.ts';
import { commandNameOf } from './runtime/command-name.ts';
import { keepHeapSmall } from './runtime/heap.ts';
import { createLogger, type Logger } from './runtime/logger.ts';
import { mask } from './runtime/mask.ts';
import type { Signals } from './runtime/signals.ts';
import { loadConfig } from './settings.ts';
import { WRITTEN_TABLES } from './tables.ts';
import { runWorker } from './worker.ts';

/**
 * Node gives each address of a name a fraction of a second and then goes on to the next; one lost packet costs a second. This holds for
 * whatever has no time of its own: LibreNMS, mail servers.
 */
const ADDRESS_ATTEMPT_MS = 2_000;

const { version }: { version: string } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** Runs the command that the process was started for, and gives the exit code. */
export async function start(signals: Signals): Promise<number> {
  setDefaultAutoSelectFamilyAttemptTimeout(ADDRESS_ATTEMPT_MS);
  endAtBugs();
  endWhenNobodyReads();
  const envFile = createEnvFile(process.env);
  return await runProgram(process.argv.slice(2), {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    version,
    commandName: commandNameOf(process),
    // All commands but the worker end by a signal, unless they ask for `untilStop`.
    beforeCommand: async (name) => {
      if (name !== 'run') await signals.release();
      envFile.read();
    },
    untilStop: signals.untilStop,
    commands: allCommands({
      async runWorker(globals) {
        await runWorker({ file: globals.config, envFile, version, signals, logger: loggerFor(globals) });
        return 0;
      },
      openApp,
      openQuestions: () =>
        process.stdin.isTTY && process.stdout.isTTY ? createTerminalQuestions(process.stdin, process.stdout) : null,
      openBooks,
      openInventory,
      secrets: createSecretInput({ stdin: process.stdin, stderr: process.stderr }),
      stdin: process.stdin,
      async copyTo(url, globals) {
        const config = await loadConfig(globals.config);
        return await copyDatabase({
          fromUrl: config.database.reveal(),
          toUrl: url,
          known: [...WRITTEN_TABLES, ...COMMAND_TABLES],
          logger: loggerFor(globals),
          signal: signals.untilStop(),
        });
      },
      async runDemo(seconds, globals) {
        // Its simulator and mail server are 25 MB that a worker should not carry.
        const { runDemo } = await import('./demo/demo.ts');
        return await runDemo({
          ...(seconds === null ? {} : { seconds }),
          signal: signals.untilStop(),
          stdout: process.stdout,
          mailFolder: join(tmpdir(), `netsentinel-demo-mails-${process.pid}`),
          logger: loggerFor(globals),
        });
      },
    }),
  });
}

function loggerFor({ logLevel }: GlobalOptions): Logger {
  return createLogger({ level: logLevel, isPretty: process.stderr.isTTY === true });
}

async function openApp(globals: GlobalOptions): Promise<App> {
  return await createApp(await loadConfig(globals.config), loggerFor(globals));
}

async function openBooks(globals: GlobalOptions): Promise<Books & Pick<App, 'close'>> {
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

async function openInventory(globals: GlobalOptions): Promise<DeviceBooks & KeyBooks & Pick<App, 'close'>> {
  const app = await createApp(await loadConfig(globals.config), loggerFor(globals));
  try {
    await app.migrate();
    const { desk, rotateKey } = app.inventory;
    return { desk, rotateKey, testDevice: app.testDevice, close: app.close };
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** A bug ends the process with its stack, as Node would write it; but errors of libraries carry what a server said. */
function endAtBugs(): void {
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${mask(inspect(error))}\n`);
    process.exit(1);
  });
}

/** The reader of the output may stop early, as `head` does. */
function endWhenNobodyReads(): void {
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') process.exit(0);
    process.stderr.write(`error: the output cannot be written (${message})\nThe output is incomplete.\n`);
    process.exit(1);
  });
}
