import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { Part } from '../runtime/lifecycle.ts';
import { createLoop } from '../runtime/loop.ts';

/** Which devices of the configuration or of LibreNMS are paused: the inventory has a field of its own for that. */
export interface PauseBook {
  list(): Promise<ReadonlySet<string>>;
  pause(device: string, at: number): Promise<void>;
  resume(device: string): Promise<void>;
}

/** Who is paused now, as far as is known; follows what other processes change. */
export interface Pauses extends Part {
  isPaused(device: string): boolean;
  /** Reads anew. Rejects with a `TroubleError` when the database is away. */
  refresh(): Promise<void>;
  /** From now on `listener` is called after each change, and waited for. */
  follow(listener: () => Promise<void>): void;
}

/** A change has to be followed within 15 s. */
const LOOK_EVERY_MS = 5_000;

export function createPauses({
  book,
  clock,
  onBug,
}: {
  readonly book: Pick<PauseBook, 'list'>;
  readonly clock: Clock;
  readonly onBug: (error: unknown) => void;
}): Pauses {
  const listeners: (() => Promise<void>)[] = [];
  let paused: ReadonlySet<string> = new Set();

  async function refresh(): Promise<void> {
    const now = await book.list();
    if (now.size === paused.size && now.isSubsetOf(paused)) return;
    paused = now;
    for (const tell of listeners) await tell();
  }

  async function look(): Promise<void> {
    try {
      await refresh();
    } catch (error) {
      // With the database away what was known goes on; others tell of it.
      if (!(error instanceof TroubleError)) onBug(error);
    }
  }

  const loop = createLoop({ everyMs: LOOK_EVERY_MS, work: look, clock });
  return {
    name: 'paused devices',
    isPaused: (device) => paused.has(device),
    refresh,
    follow: (listener) => void listeners.push(listener),
    start: loop.startNow,
    stop: loop.stop,
  };
}
