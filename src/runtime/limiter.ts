/** Gives a place back; calling it again does nothing. */
export type Leave = () => void;

/** Lets a set number of tasks run at once; the others wait in order. */
export interface Limiter {
  run<T>(task: () => Promise<T>): Promise<T>;
  /** Waits for a place. Once the signal aborts, it returns at once, with or without a place. */
  enter(signal: AbortSignal): Promise<Leave>;
}

/** @param places tasks at once, at least 1 */
export function createLimiter(places: number): Limiter {
  const waiting = new Set<() => void>();
  let taken = 0;

  function leave(): void {
    // The place goes directly to the next in line, so that no later task can take it first.
    const [next] = waiting;
    if (next === undefined) {
      taken--;
      return;
    }
    waiting.delete(next);
    next();
  }

  function once(): Leave {
    let isIn = true;
    return () => {
      if (isIn) leave();
      isIn = false;
    };
  }

  async function enter(signal?: AbortSignal): Promise<Leave> {
    if (taken < places) {
      taken++;
      return once();
    }
    const { promise, resolve } = Promise.withResolvers<Leave>();
    const admit = () => resolve(once());
    const giveUp = () => {
      if (waiting.delete(admit)) resolve(() => {});
    };
    waiting.add(admit);
    if (signal?.aborted) giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      return await promise;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  return {
    enter,
    async run(task) {
      const leavePlace = await enter();
      try {
        return await task();
      } finally {
        leavePlace();
      }
    },
  };
}
