import type { Clock } from './clock.ts';
import { TroubleError } from './errors.ts';
import type { Part } from './lifecycle.ts';
import { createScheduler } from './scheduler.ts';

/** A worker that was seen within this time counts as running. */
export const KEY_HOLDER_ALIVE_MS = 60_000;
const BEATS_EVERY_MS = 10_000;
const STOP_GRACE_MS = 1_000;

/** Notes, from `start` to `stop`, that this worker runs and which keys it has: `key rotate` waits for those without the new one. */
export function createKeyKeeper(deps: {
  readonly beat: () => Promise<void>;
  readonly remove: () => Promise<void>;
  readonly clock: Clock;
  readonly onBug: (error: unknown) => void;
}): Part {
  const { beat, remove, clock, onBug } = deps;
  let hasRun = false;
  const scheduler = createScheduler({
    jobs: [
      {
        nextAfter(at) {
          if (hasRun) return at + BEATS_EVERY_MS;
          hasRun = true;
          return at;
        },
        run: () => tolerate(beat),
      },
    ],
    clock,
    onBug,
  });
  return {
    name: 'key',
    start: () => scheduler.start(),
    async stop() {
      await scheduler.stop(STOP_GRACE_MS);
      await tolerate(remove);
    },
  };
}

/** While the database is away, nobody rotates a key in it; others tell of that. */
async function tolerate(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof TroubleError)) throw error;
  }
}
