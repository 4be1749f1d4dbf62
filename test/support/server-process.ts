import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** How to know that a server is there. */
export interface Arrival {
  /** For the error, such as `Redis on port 6379`. */
  readonly what: string;
  /** The file that the server logs to. */
  readonly log: string;
  readonly answers: () => Promise<boolean>;
}

const START_DEADLINE_MS = 60_000;
const LOOK_EVERY_MS = 20;

/** Resolves when the server answers; rejects with the end of its log when it ends or takes too long. */
export async function untilAnswering(child: ChildProcess, { what, log, answers }: Arrival): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  while (!(await answers())) {
    if (hasEnded(child) || Date.now() > deadline) {
      const said = existsSync(log) ? readFileSync(log, 'utf8').slice(-2000) : '';
      throw new Error(`${what} did not start\n${said}`);
    }
    await sleep(LOOK_EVERY_MS);
  }
}

/** Ends a server at once, as a crash would, and waits until it is gone; one that has ended stays as it is. */
export async function killServer(child: ChildProcess | null): Promise<void> {
  if (child === null || hasEnded(child)) return;
  child.ref();
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
