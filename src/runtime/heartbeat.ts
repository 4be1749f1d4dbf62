import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import type { Clock } from './clock.ts';

/**
 * The worker's sign of life, for a command in another process of the same container. The file holds how long it stays good, in ms;
 * the instant of the last sign is the time the file was last changed.
 */
export interface Heartbeat {
  /** Makes the file: the worker has as long to give its next sign as it always has. */
  start(): void;
  /** To be called when work was done. */
  beat(): void;
}

/** Content of the file. */
export interface Pulse {
  /** Unix ms of the last sign. */
  readonly beatAt: number;
  readonly goodForMs: number;
}

/** Where the file lies is `NETSENTINEL_HEARTBEAT`; without it no file is written. */
export const HEARTBEAT_VARIABLE = 'NETSENTINEL_HEARTBEAT';

/** `onFailure` gets why the file cannot be written, once: the worker works without it. */
export function createHeartbeat(deps: {
  readonly file: string | undefined;
  readonly goodForMs: number;
  readonly onFailure: (error: unknown) => void;
}): Heartbeat {
  const { file, goodForMs, onFailure } = deps;
  let writes = file !== undefined && file !== '';

  function attempt(write: (file: string) => void): void {
    if (!writes || file === undefined) return;
    try {
      write(file);
    } catch (error) {
      writes = false;
      onFailure(error);
    }
  }

  return {
    start: () => attempt((path) => writeFileSync(path, `${goodForMs}\n`)),
    beat: () =>
      attempt((path) => {
        const now = new Date();
        utimesSync(path, now, now);
      }),
  };
}

/** Gives a sign every `everyMs` while there is nothing to work on, which would give one; until the returned function is called. */
export function beatWhileIdle(deps: {
  readonly isIdle: () => boolean;
  readonly beat: () => void;
  readonly clock: Pick<Clock, 'after'>;
  readonly everyMs: number;
}): () => void {
  const { isIdle, beat, clock, everyMs } = deps;
  function again(): () => void {
    return clock.after(everyMs, () => {
      if (isIdle()) beat();
      cancel = again();
    });
  }
  let cancel = again();
  return () => cancel();
}

/** `null` when no worker has made the file, or it has another format. */
export function readPulse(file: string): Pulse | null {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return /^\d+$/.test(text) ? { beatAt: statSync(file).mtimeMs, goodForMs: Number(text) } : null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
