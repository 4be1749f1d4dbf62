import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ConfigFormat } from './format.ts';
import { checkConfig, DEFAULT_FILE } from './load.ts';
import { unpack } from './portable.ts';
import { ConfigError, type ConfigProblem } from './problems.ts';
import type { Environment } from './secret.ts';

const CHILD = fileURLToPath(new URL('./reload-child.ts', import.meta.url));
/** A file that waits for something must not leave a worker that waits for the file. */
const DEADLINE_MS = 30_000;

/**
 * Reads and checks a configuration file as it is now: in a process of its own, for a module is evaluated once in a process. Secrets
 * outside the file are read here, those within it come over the channel between the two. Rejects with a `ConfigError`.
 */
export async function reloadConfig<Config>(
  format: ConfigFormat<Config>,
  options: {
    readonly file?: string;
    readonly signal: AbortSignal;
    readonly env?: Environment;
    readonly deadlineMs?: number;
  },
): Promise<Config> {
  const { file = DEFAULT_FILE, env = process.env, deadlineMs = DEADLINE_MS } = options;
  const message = await askChild([file, format.moduleUrl], deadlineMs, options.signal);
  if ('problems' in message) throw new ConfigError(file, message.problems);
  return checkConfig(format, unpack(message.raw), file, env);
}

type Message = { readonly raw: unknown } | { readonly problems: readonly ConfigProblem[] };

function askChild(
  args: readonly [file: string, moduleUrl: string],
  deadlineMs: number,
  signal: AbortSignal,
): Promise<Message> {
  const [file] = args;
  const fail = (reason: string) => new ConfigError(file, [{ path: '', message: `it cannot be read again: ${reason}` }]);
  return new Promise((resolve, reject) => {
    // Structured clone, unlike JSON, keeps `undefined` and other values that the check needs to see. Output of the file is discarded.
    const child = fork(CHILD, args, {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
      signal,
      killSignal: 'SIGKILL',
    });
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(fail(`loading it did not end within ${deadlineMs / 1000} s`));
    }, deadlineMs);
    child.once('message', (message: Message) => resolve(message));
    child.once('error', (error) => reject(fail(error.message)));
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      reject(fail(`the process that read it ended early (${signal ?? `exit code ${code}`})`));
    });
  });
}
