import { readFileSync } from 'node:fs';
import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { allCommands } from './commands.ts';
import { createTerminalQuestions } from './platform/cli/init/questions.ts';
import { runProgram } from './platform/cli/program.ts';
import { createSecrets } from './platform/cli/secrets.ts';
import { createEnvFile } from './platform/config/env-file.ts';
import { systemClock } from './runtime/clock.ts';
import { commandNameOf } from './runtime/command-name.ts';
import { mask } from './runtime/mask.ts';
import type { Signals } from './runtime/signals.ts';

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
    stdin: process.stdin,
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
        const [{ runWorker }, { createLogFiles }, { createLogTail }, { loggerFor }] = await Promise.all([
          import('./worker.ts'),
          import('./runtime/log-files.ts'),
          import('./runtime/log-tail.ts'),
          opening(),
        ]);
        const logFiles = createLogFiles({ clock: systemClock, onTrouble: sayLogTrouble });
        const logTail = createLogTail({ startedAt: systemClock.now() });
        const logger = loggerFor(globals, (line) => {
          logFiles.write(line);
          logTail.write(line);
        });
        await runWorker({ file: globals.config, envFile, version, signals, logger, logFiles, logTail });
        return 0;
      },
      openApp: async (globals) => await (await opening()).openApp(globals),
      openQuestions: () =>
        process.stdin.isTTY && process.stdout.isTTY ? createTerminalQuestions(process.stdin, process.stdout) : null,
      openBooks: async (globals) => await (await opening()).openBooks(globals),
      openInventory: async (globals) => await (await opening()).openInventory(globals),
      openBackups: async (globals) => await (await opening()).openBackups(globals),
      secrets: createSecrets({ stdin: process.stdin, stderr: process.stderr }),
      stdin: process.stdin,
      copyTo: async (url, globals) => await (await opening()).copyTo(url, globals, signals.untilStop()),
      async runDemo({ seconds, hasPages }, globals) {
        // Its simulator and mail server are 25 MB that a worker should not carry.
        const { runDemo } = await import('./demo/demo.ts');
        const { loggerFor } = await opening();
        return await runDemo({
          ...(seconds === null ? {} : { seconds }),
          hasPages,
          signal: signals.untilStop(),
          stdout: process.stdout,
          mailFolder: join(tmpdir(), `netsentinel-demo-mails-${process.pid}`),
          logger: loggerFor(globals),
        });
      },
    }),
  });
}

/** The worker and the database are not for every command: what opens them is loaded by those that need it. */
function opening() {
  return import('./open.ts');
}

/** The log itself would come back here. */
function sayLogTrouble(error: unknown): void {
  process.stderr.write(`the log file cannot be written: ${error instanceof Error ? error.message : String(error)}\n`);
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
