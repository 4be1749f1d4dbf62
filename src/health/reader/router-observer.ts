import type { Prober } from '../../platform/probe/prober.ts';
import type { RouterLine } from '../../platform/routeros/line.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { TroubleError } from '../../runtime/errors.ts';
import type { Figures, Look, Observer, Outcome } from '../observation.ts';
import { createDiagnostician, STOPPED } from './diagnosis.ts';
import { createFiguresReader } from './router-figures.ts';
import { createRuns, type Run } from './router-run.ts';
import { loginRefused, MUTE, outcomeOfTrouble } from './trouble-outcome.ts';

/** Share of the time for a look that is waited for an answer before it is found out why none comes; it may come meanwhile. */
const PATIENCE = 0.6;

/**
 * Looks at a router over its one line; where that is closed, it is opened, which never stands in the way of the usage poll. The best
 * proof of life is an answer, and so are bytes of whatever is under way over the line.
 */
export function createRouterObserver(deps: {
  readonly line: RouterLine;
  readonly prober: Prober;
  readonly clock: Clock;
}): Observer {
  const { line, prober, clock } = deps;
  const { name, host, port } = line.target;
  const beginRun = createRuns({ line, clock, beginReading: createFiguresReader({ host, clock }) });
  const diagnostician = createDiagnostician({ host, port, service: 'its API', prober, clock });
  let running: Run | null = null;

  function runOf(look: Look): Run {
    if (running !== null) return running;
    const run = beginRun(look, Math.min(look.connectWithinMs ?? look.withinMs, look.withinMs));
    running = run;
    const forget = (): void => {
      running = null;
    };
    run.ended.then(forget, forget);
    return run;
  }

  /** How the look ends without an answer of the API. */
  async function failure(trouble: TroubleError | null, leftMs: number, signal: AbortSignal): Promise<Outcome> {
    const told = trouble === null ? null : outcomeOfTrouble(trouble);
    // A refusal that is remembered is none of now: something has to answer.
    if (told !== null && trouble?.code !== 'ROUTER_LOGIN_FAILED') return told;
    const found = await diagnostician.find({ timeoutMs: leftMs, signal });
    if (found.kind !== 'open') return found;
    return told === null ? MUTE : loginRefused(found.latencyMs);
  }

  /** Resolves with `null` once the API has answered. */
  async function withoutAnswer(run: Run, { withinMs, signal }: Look, startedMs: number): Promise<Outcome | null> {
    const patience = expiry(clock, withinMs * PATIENCE);
    const deadline = expiry(clock, withinMs);
    const stop = stopped(signal);
    const answer = run.answered.then(() => null);
    const before = run.receivedBytes();
    const arrives = () => run.receivedBytes() > before;
    const leftMs = () => startedMs + withinMs - clock.monotonicMs();
    try {
      const first = await Promise.race([answer, run.ended, patience.promise, stop.promise]);
      if (signal.aborted) return STOPPED;
      if (first === null) return null;
      if (first !== LATE) return await failure(first, leftMs(), signal);
      const diagnosis = arrives() ? null : failure(null, leftMs(), signal);
      const second = await Promise.race([answer, run.ended, deadline.promise, stop.promise]);
      if (signal.aborted) return STOPPED;
      if (second === null) return null;
      if (arrives()) return { kind: 'answered', proof: 'bytes', latencyMs: null };
      const told = second === LATE ? null : outcomeOfTrouble(second);
      return told ?? (await (diagnosis ?? failure(null, leftMs(), signal)));
    } finally {
      for (const each of [patience, deadline, stop]) each.cancel();
    }
  }

  async function observe(look: Look): Promise<{ readonly outcome: Outcome; readonly figures: Figures | null }> {
    const startedMs = clock.monotonicMs();
    const run = runOf(look);
    const outcome = await withoutAnswer(run, look, startedMs);
    if (outcome !== null) {
      if (outcome.kind === 'answered' || outcome.kind === 'ill') {
        diagnostician.recovered();
        await look.enter();
      }
      return { outcome, figures: null };
    }
    const leftMs = startedMs + look.withinMs - clock.monotonicMs();
    diagnostician.recovered();
    await look.enter();
    const deadline = expiry(clock, leftMs);
    const stop = stopped(look.signal);
    try {
      await Promise.race([run.ended, deadline.promise, stop.promise]);
    } finally {
      deadline.cancel();
      stop.cancel();
    }
    return {
      outcome: { kind: 'answered', proof: 'api', latencyMs: await run.answered },
      figures: run.reading().figures(),
    };
  }

  return {
    async observe(look) {
      const { outcome, figures } = await observe(look);
      return { device: name, at: clock.now(), monotonicMs: clock.monotonicMs(), outcome, figures };
    },
    close: () => line.close(),
  };
}

const LATE = Symbol('late');

interface Cancellable<Value> {
  readonly promise: Promise<Value>;
  cancel(): void;
}

function expiry(clock: Clock, afterMs: number): Cancellable<typeof LATE> {
  const { promise, resolve } = Promise.withResolvers<typeof LATE>();
  return { promise, cancel: clock.after(afterMs, () => resolve(LATE)) };
}

function stopped(signal: AbortSignal): Cancellable<typeof LATE> {
  const { promise, resolve } = Promise.withResolvers<typeof LATE>();
  const stop = (): void => resolve(LATE);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  return { promise, cancel: () => signal.removeEventListener('abort', stop) };
}
