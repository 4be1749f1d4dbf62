import type { Clock } from '../../runtime/clock.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { connectRouter, type RouterClient } from './client.ts';
import { abortedTrouble } from './errors.ts';
import type { RouterTls } from './tls.ts';

/** A router to read and how to get in. */
export interface RouterTarget {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly tls: false | RouterTls;
  readonly username: string;
  /** Asked for anew at each login when it is a function. */
  readonly password: string | (() => string);
  /** Longest time for one use of the line, connecting included, ms; the router may be silent for half of it. */
  readonly timeoutMs: number;
  /** Code page of all names, e.g. `windows-1251`; unless given UTF-8, and windows-1252 for what is not that. */
  readonly encoding?: string | undefined;
}

/** A logged-in session for the time of one use. */
export interface LineUse {
  readonly client: Pick<RouterClient, 'command' | 'print' | 'certificateEndsAt' | 'receivedBytes'>;
  /** When the use has to be over, on the monotonic clock, ms. */
  readonly deadlineMs: number;
}

export interface UseOptions {
  readonly signal: AbortSignal;
  /** The longest time to connect, ms; `null`: what is left of the use. */
  readonly connectWithinMs: number | null;
}

/** The one API connection of a router. Each login is two lines in the router's log, so all readers of the router share it. */
export interface RouterLine {
  readonly target: RouterTarget;
  /**
   * Does some work over the connection, which is opened when there is none; several may do so at once. A connection that was kept and
   * turns out to be dead costs a second try and is no failure: the work may be begun twice. Rejects with a `TroubleError`; when the
   * signal comes, at once. After a failure to connect the router is left alone for a while, and the same trouble comes at once.
   */
  use<Result>(options: UseOptions, work: (over: LineUse) => Promise<Result>): Promise<Result>;
  /**
   * Does some work over the connection that another use has opened; `null` at once when none is open. It never connects, and however the
   * work ends, it counts neither as a failure nor as a success of the line. Rejects as `use` does.
   */
  useOpen<Result>(signal: AbortSignal, work: (over: LineUse) => Promise<Result>): Promise<Result | null>;
  /**
   * As `useOpen`, but connects where no connection is open. That never stands in the way of `use`: it causes no rest, needs no waiting
   * for the end of one, and gives way to a `use` that has to connect meanwhile.
   */
  useQuietly<Result>(options: UseOptions, work: (over: LineUse) => Promise<Result>): Promise<Result>;
  /** Why the last attempt to connect failed; `null` once one succeeded. */
  readonly trouble: TroubleError | null;
  /** Ends the connection and all that is done over it; never waits for the router. */
  close(): void;
}

/** After the n-th failure in a row the next attempt comes no sooner than about 2^(n-1) s after the last one began, at most this. */
const LONGEST_BACKOFF_MS = 30_000;
const FIRST_BACKOFF_MS = 1_000;

/** A comment of 1,000 characters in any script, which is what is stored; of a longer value no more is read. */
const KEPT_WORD_BYTES = 4_096;

const WEAK_TLS_ADVICE =
  'Update RouterOS, give api-ssl a certificate and pin it with tls: { fingerprint }; until then use it only over a trusted network.';

/** Codes of a kept connection that was lost unnoticed: by a reboot of the router, or in a firewall that dropped it silently. */
const DIED_UNSEEN: readonly string[] = ['ROUTER_CLOSED', 'ROUTER_TIMEOUT'];

interface Attempt {
  readonly client: Promise<RouterClient>;
  readonly aborter: AbortController;
  /** Of `useQuietly`: its failure means nothing to `use`. */
  readonly isQuiet: boolean;
}

interface Rest {
  readonly untilMs: number;
  readonly because: TroubleError;
}

function backoffMs(failures: number): number {
  const full = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
  return full * (0.5 + Math.random() / 2);
}

/** Makes a line; the connection is opened at its first use. */
export function createRouterLine(deps: {
  readonly target: RouterTarget;
  readonly clock: Clock;
  readonly logger: Logger;
}): RouterLine {
  const { target, clock, logger } = deps;
  let closing = new AbortController();
  const users = new Set<symbol>();
  let connected: RouterClient | null = null;
  let connecting: Attempt | null = null;
  let trouble: TroubleError | null = null;
  let failures = 0;
  let rest: Rest | null = null;
  let toldWeakness: string | null = null;

  /** Once, however often the router is connected to. */
  function warnOfTls(weakness: string | null): void {
    if (weakness !== null && weakness !== toldWeakness) {
      logger.warn(
        { router: target.name, code: 'ROUTER_TLS_WEAK', reason: weakness, advice: WEAK_TLS_ADVICE },
        'the connection to the router uses weak encryption',
      );
    }
    toldWeakness = weakness;
  }

  function openConnection(): RouterClient | null {
    return connected?.failure === null ? connected : null;
  }

  function connect(startedMs: number, deadlineMs: number, connectWithinMs: number | null): Promise<RouterClient> {
    if (connecting !== null && !connecting.isQuiet) return connecting.client;
    // It may have less time left than this use.
    connecting?.aborter.abort();
    return begin({ startedMs, deadlineMs, connectWithinMs, isQuiet: false }).client;
  }

  async function connectQuietly(startedMs: number, connectWithinMs: number | null): Promise<RouterClient> {
    const deadlineMs = startedMs + target.timeoutMs;
    const attempt = connecting ?? begin({ startedMs, deadlineMs, connectWithinMs, isQuiet: true });
    try {
      return await attempt.client;
    } catch (error) {
      // Given up for the attempt of a `use`.
      if (connecting === null || connecting === attempt || !attempt.aborter.signal.aborted) throw error;
      return await connecting.client;
    }
  }

  function begin(how: {
    readonly startedMs: number;
    readonly deadlineMs: number;
    readonly connectWithinMs: number | null;
    readonly isQuiet: boolean;
  }): Attempt {
    const { startedMs, connectWithinMs, isQuiet } = how;
    const aborter = new AbortController();
    const leftMs = how.deadlineMs - clock.monotonicMs();
    const client = connectRouter({
      host: target.host,
      port: target.port,
      tls: target.tls,
      username: target.username,
      password: typeof target.password === 'function' ? target.password() : target.password,
      encoding: target.encoding,
      clock,
      connectTimeoutMs: Math.min(leftMs, connectWithinMs ?? leftMs),
      idleTimeoutMs: target.timeoutMs / 2,
      keptWordBytes: KEPT_WORD_BYTES,
      signal: aborter.signal,
    });
    const attempt: Attempt = { client, aborter, isQuiet };
    connecting = attempt;
    client.then(
      (opened) => {
        // Its last user left before the connection was open.
        if (aborter.signal.aborted) return opened.close();
        connecting = null;
        connected = opened;
        trouble = null;
        // What is open needs no rest.
        rest = null;
        warnOfTls(opened.weakness);
      },
      (error: unknown) => {
        if (!aborter.signal.aborted) connecting = null;
        if (error instanceof TroubleError && error.code !== 'ROUTER_ABORTED') trouble = error;
        if (!isQuiet) noteFailure(error, startedMs);
      },
    );
    return attempt;
  }

  /** Only errors that mean the router is unavailable; a refused command does not. */
  function noteFailure(error: unknown, startedMs: number): void {
    if (!(error instanceof TroubleError) || error.code === 'ROUTER_ABORTED') return;
    failures += 1;
    rest = { untilMs: startedMs + backoffMs(failures), because: error };
  }

  async function useOver<Result>(
    client: RouterClient,
    deadlineMs: number,
    work: (over: LineUse) => Promise<Result>,
  ): Promise<Result> {
    const result = await work({ client, deadlineMs });
    failures = 0;
    rest = null;
    return result;
  }

  async function useWithin<Result>(
    startedMs: number,
    ended: AbortSignal,
    connectWithinMs: number | null,
    work: (over: LineUse) => Promise<Result>,
  ): Promise<Result> {
    const deadlineMs = startedMs + target.timeoutMs;
    const kept = openConnection();
    if (kept !== null) {
      try {
        return await useOver(kept, deadlineMs, work);
      } catch (error) {
        // Silence ends it after half the time, the other half is for a new one.
        const isDead = error instanceof TroubleError && DIED_UNSEEN.includes(error.code) && kept.failure !== null;
        if (!isDead || ended.aborted || clock.monotonicMs() >= deadlineMs) throw error;
      }
    }
    // Another user may have found the dead one first, and connected already.
    const client = openConnection() ?? (await connect(startedMs, deadlineMs, connectWithinMs));
    try {
      return await useOver(client, deadlineMs, work);
    } catch (error) {
      // However many use it, a connection that ends is one failure.
      if (client.failure === error && connected === client) {
        connected = null;
        noteFailure(error, startedMs);
      }
      throw error;
    }
  }

  /** Ends a connection without users, because its replies would still arrive. */
  function leave(user: symbol, reason: unknown): void {
    if (!users.delete(user) || users.size > 0) return;
    connecting?.aborter.abort(reason);
    // The next user starts a new connection.
    connecting = null;
    connected?.close(abortedTrouble(reason));
  }

  /** Runs one use until the signal or `close` ends it. */
  async function runUntilEnded<Result>(
    signal: AbortSignal,
    run: (ended: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const ended = AbortSignal.any([signal, closing.signal]);
    if (ended.aborted) throw abortedTrouble(ended.reason);
    const user = Symbol(target.name);
    users.add(user);
    const stopped = Promise.withResolvers<never>();
    const stop = (): void => {
      leave(user, ended.reason);
      stopped.reject(abortedTrouble(ended.reason));
    };
    ended.addEventListener('abort', stop, { once: true });
    try {
      return await Promise.race([run(ended), stopped.promise]);
    } finally {
      ended.removeEventListener('abort', stop);
      users.delete(user);
    }
  }

  return {
    target,
    use: ({ signal, connectWithinMs }, work) =>
      runUntilEnded(signal, async (ended) => {
        const startedMs = clock.monotonicMs();
        if (rest !== null && startedMs < rest.untilMs) throw rest.because;
        return await useWithin(startedMs, ended, connectWithinMs, work);
      }),
    async useOpen(signal, work) {
      const client = openConnection();
      if (client === null) return null;
      return await runUntilEnded(signal, () => work({ client, deadlineMs: clock.monotonicMs() + target.timeoutMs }));
    },
    useQuietly: ({ signal, connectWithinMs }, work) =>
      runUntilEnded(signal, async () => {
        const startedMs = clock.monotonicMs();
        const client = openConnection() ?? (await connectQuietly(startedMs, connectWithinMs));
        return await work({ client, deadlineMs: clock.monotonicMs() + target.timeoutMs });
      }),
    get trouble() {
      return trouble;
    },
    close() {
      closing.abort();
      closing = new AbortController();
      connected?.close();
      connected = null;
    },
  };
}
