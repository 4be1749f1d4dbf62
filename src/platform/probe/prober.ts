import type { Clock } from '../../runtime/clock.ts';
import { createLimiter, type Limiter } from '../../runtime/limiter.ts';
import { createPinger, type Ping, type Pinger, type PingOptions } from './ping.ts';
import { type Knock, type KnockOptions, knock } from './tcp.ts';

/** Small questions to hosts, few at once however many are asked. Waiting for a turn counts as part of the time. */
export interface Prober {
  /** See `knock` in `tcp.ts`. */
  knock(options: Omit<KnockOptions, 'clock'>): Promise<Knock>;
  /** See `Pinger`; `unable` also when no turn came in time. */
  ping(options: PingOptions): Promise<Ping>;
  /** Why this machine cannot ping; `null` when it can. */
  pingTrouble(): Promise<string | null>;
}

/** Each costs a socket for its time. */
const KNOCKS_AT_ONCE = 128;
/** Each is a process, 5 ms of CPU. */
const PINGS_AT_ONCE = 16;

export function createProber({
  clock,
  pinger = createPinger({ clock }),
}: {
  readonly clock: Clock;
  readonly pinger?: Pinger;
}): Prober {
  const knocks = createLimiter(KNOCKS_AT_ONCE);
  const pings = createLimiter(PINGS_AT_ONCE);

  /** Runs `ask` with the time that is left once it is its turn; `late` when none is. */
  async function inTurn<Answer>(
    limiter: Limiter,
    { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
    late: Answer,
    ask: (leftMs: number) => Promise<Answer>,
  ): Promise<Answer> {
    const over = new AbortController();
    const startedMs = clock.monotonicMs();
    const cancel = clock.after(timeoutMs, () => over.abort());
    const leave = await limiter.enter(AbortSignal.any([signal, over.signal]));
    try {
      const leftMs = timeoutMs - (clock.monotonicMs() - startedMs);
      return over.signal.aborted || leftMs <= 0 ? late : await ask(leftMs);
    } finally {
      cancel();
      leave();
    }
  }

  return {
    knock: (options) =>
      inTurn<Knock>(knocks, options, { kind: 'unseen', reason: 'too many checks at once' }, (timeoutMs) =>
        knock({ ...options, timeoutMs, clock }),
      ),
    ping: (options) =>
      inTurn<Ping>(pings, options, { kind: 'unable' }, (timeoutMs) => pinger.ping({ ...options, timeoutMs })),
    pingTrouble: pinger.trouble,
  };
}
