import type { Clock } from './clock.ts';

/** How many times as long as it took a result is good for. */
const KEPT_TIMES = 9;

/**
 * Runs the work once for all callers that ask while it runs, and keeps its result for nine times as long as it took: so it takes a
 * tenth of the time at most, however many ask. An unused result may be garbage-collected sooner; a failure is not kept.
 */
export function shareWork<Result extends object>(work: () => Promise<Result>, clock: Clock): () => Promise<Result> {
  let running: Promise<Result> | null = null;
  let kept: { readonly result: WeakRef<Result>; readonly untilMs: number } | null = null;

  async function run(): Promise<Result> {
    const startedMs = clock.monotonicMs();
    try {
      const result = await work();
      const endedMs = clock.monotonicMs();
      // Held weakly, so that today's usage of 100,000 users does not stay in memory after the last page was closed.
      kept = { result: new WeakRef(result), untilMs: endedMs + KEPT_TIMES * (endedMs - startedMs) };
      return result;
    } finally {
      running = null;
    }
  }

  return async () => {
    const known = kept !== null && clock.monotonicMs() < kept.untilMs ? kept.result.deref() : undefined;
    if (known !== undefined) return known;
    running ??= run();
    return await running;
  };
}

/**
 * Runs the work once for all callers that ask while it runs, and keeps what came of it for `keptMs` from then on, a failure too: it
 * never runs more often, however many ask.
 */
export function keepWork<Result>(
  work: () => Promise<Result>,
  keptMs: number,
  clock: Pick<Clock, 'monotonicMs'>,
): () => Promise<Result> {
  let kept: Promise<Result> | null = null;
  let untilMs = Number.POSITIVE_INFINITY;
  const settle = () => {
    untilMs = clock.monotonicMs() + keptMs;
  };
  return () => {
    if (kept !== null && clock.monotonicMs() < untilMs) return kept;
    untilMs = Number.POSITIVE_INFINITY;
    kept = work();
    kept.then(settle, settle);
    return kept;
  };
}

/** Kinds of work that are shared at a time. */
const MOST_KEYS = 16;

/**
 * `shareWork` for each kind of work by itself, which `workOf` makes when it is first asked for. The kinds that were asked for longest ago
 * are forgotten, with all that their work keeps.
 */
export function shareByKey<Question, Result extends object>(
  keyOf: (question: Question) => string,
  workOf: (question: Question) => () => Promise<Result>,
  clock: Clock,
): (question: Question) => Promise<Result> {
  const shared = new Map<string, () => Promise<Result>>();
  return (question) => {
    const key = keyOf(question);
    const ask = shared.get(key) ?? shareWork(workOf(question), clock);
    shared.delete(key);
    shared.set(key, ask);
    const [oldest] = shared.keys();
    if (shared.size > MOST_KEYS && oldest !== undefined) shared.delete(oldest);
    return ask();
  };
}
