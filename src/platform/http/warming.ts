import type { Clock } from '../../runtime/clock.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { Part } from '../../runtime/lifecycle.ts';
import type { Route } from './route.ts';

/** The first polls of all routers come before. */
const AFTER_MS = 5_000;

export interface WarmingDeps {
  readonly routes: readonly Pick<Route, 'warm'>[];
  readonly clock: Pick<Clock, 'after'>;
  readonly onBug: (error: unknown) => void;
}

/** Makes the pages that people open first once for nobody, a moment after the start. */
export function createWarming({ routes, clock, onBug }: WarmingDeps): Part {
  let isOver = false;
  let cancel = () => {};

  async function warmAll(): Promise<void> {
    for (const { warm } of routes) {
      if (isOver) return;
      await warm?.().catch((error: unknown) => {
        // Whoever asks for the page is told.
        if (!(error instanceof TroubleError)) onBug(error);
      });
    }
  }

  return {
    name: 'first pages',
    start() {
      cancel = clock.after(AFTER_MS, () => void warmAll());
    },
    stop() {
      isOver = true;
      cancel();
    },
  };
}
