import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Stdout is closed after its first bytes, as `head` does. */
  readonly readsFirstOnly?: boolean;
  /** What is on stdin; nothing without it. */
  readonly stdin?: string;
  /** Stdout goes there instead of to us. */
  readonly stdoutFile?: string;
}

/** A command of ours as a process of its own, as an admin would start it. */
export interface CliProcess {
  /** Resolves when the text has been seen on stderr, so many times; rejects when the process ends before. */
  said(text: string, times?: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly result: Promise<CliResult>;
}

export function startCli(args: readonly string[], options: CliOptions): CliProcess {
  const { cwd, env = {}, readsFirstOnly = false, stdin, stdoutFile } = options;
  const file = stdoutFile === undefined ? null : openSync(stdoutFile, 'w');
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], ...env },
    stdio: [stdin === undefined ? 'ignore' : 'pipe', file ?? 'pipe', 'pipe'],
  });
  child.stdin?.end(stdin);
  if (file !== null) closeSync(file);
  let seen = '';
  const watchers = new Set<() => void>();
  child.stderr?.on('data', (chunk: Buffer) => {
    seen += chunk.toString();
    for (const watcher of watchers) watcher();
  });
  const exited = once(child, 'close');
  if (readsFirstOnly) child.stdout?.once('data', () => child.stdout?.destroy());
  const stdout = readsFirstOnly || child.stdout === null ? '' : text(child.stdout);
  const result = exited.then(async ([code]) => ({ code, stdout: await stdout, stderr: seen }));
  return {
    result,
    kill: (signal) => child.kill(signal),
    said(words, times = 1) {
      return new Promise((resolve, reject) => {
        const look = () => {
          if (seen.split(words).length <= times) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        result.then(() => reject(new Error(`the process ended without saying "${words}":\n${seen}`)));
        look();
      });
    },
  };
}

export function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  return startCli(args, options).result;
}
