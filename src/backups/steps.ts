import { setImmediate as turn } from 'node:timers/promises';

/** Work on a large text in steps, each some ten milliseconds at most. */
export type Steps<Result> = Generator<void, Result>;

/**
 * So long it goes on before others have their turn, ms. The steps of most configurations are done by then: what they made is garbage before
 * the next begins. What lives for many turns is collected with the whole heap, which takes ten times as long.
 */
const TURN_MS = 5;

export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** Between two steps others have their turn, where the ones before took a while. */
export async function inTurns<Result>(steps: Steps<Result>): Promise<Result> {
  for (let begunMs = performance.now(); ; ) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (performance.now() - begunMs < TURN_MS) continue;
    await turn();
    begunMs = performance.now();
  }
}
