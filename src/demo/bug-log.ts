import type { Logger } from '../runtime/logger.ts';

/** A log for the time a screen is drawn: lines would tear it, so bugs wait until it is given back. */
export interface BugLog {
  /** Logs errors only: the trouble in a demonstration is intended and shown on the screen. */
  readonly logger: Logger;
  /** Writes what waits; how many bugs there were since the last time. */
  release(): number;
}

export function createBugLog(target: Logger): BugLog {
  const held: Parameters<Logger['error']>[] = [];
  return {
    logger: {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: (...entry: Parameters<Logger['error']>) => {
        held.push(entry);
      },
    },
    release() {
      const entries = held.splice(0);
      for (const entry of entries) target.error(...entry);
      return entries.length;
    },
  };
}
