import type { Visit } from '../../src/runtime/rounds.ts';

/** A visit with a place of its own. */
export function visitUntil(signal: AbortSignal = new AbortController().signal): Visit {
  return { signal, connectWithinMs: null, enter: async () => {} };
}
