import { abortedTrouble, closedTrouble, timeoutTrouble } from './errors.ts';
import { logIn } from './login.ts';
import { type CommandOptions, type CommandReply, openSession, type SessionOptions } from './session.ts';

export interface RouterClientOptions extends SessionOptions {
  readonly username: string;
  /** For connecting, TLS and login together, ms. */
  readonly connectTimeoutMs: number;
  /** Gives up connecting at once; once connected, `close` does. */
  readonly signal?: AbortSignal | undefined;
}

/** One logged-in API session. Commands may overlap. */
export interface RouterClient {
  /** Why the session has ended, `null` while it is open. */
  readonly failure: Error | null;
  /** What makes its TLS easy to break, `null` when nothing does or there is none. */
  readonly weakness: string | null;
  /** When the certificate of the router ends, Unix ms; `null` without TLS, and where it shows none. */
  readonly certificateEndsAt: number | null;
  /** So many have come from the router, whatever command they belong to. */
  readonly receivedBytes: number;
  /**
   * Sends the words and resolves with all rows once the router says `!done`. Rejects with a `TroubleError`: after `!trap` (also at
   * `!done`, rows dropped) with a `RouterTrapError`, and the session goes on; after anything else the session is over.
   */
  command<T>(words: readonly string[], options: CommandOptions<T>): Promise<CommandReply<T>>;
  /** The rows of a menu such as `/queue/simple`, with just these properties. */
  print<T>(menu: string, properties: readonly string[], options: CommandOptions<T>): Promise<T[]>;
  /** Ends the session at once, never waiting for the router; what is pending rejects with `reason`, by default `ROUTER_CLOSED`. */
  close(reason?: Error): void;
}

/** Connects and logs in. Rejects with a `TroubleError` when that fails or takes too long; no socket is left behind then. */
export async function connectRouter(options: RouterClientOptions): Promise<RouterClient> {
  const { clock, connectTimeoutMs, signal } = options;
  if (signal?.aborted) {
    throw abortedTrouble(signal.reason);
  }
  const session = openSession(options);
  let doing = 'the connection attempt';
  const abort = (): void => session.fail(abortedTrouble(signal?.reason));
  signal?.addEventListener('abort', abort, { once: true });
  const cancelDeadline = clock.after(connectTimeoutMs, () => session.fail(timeoutTrouble(doing, connectTimeoutMs)));
  const loginOptions = { toResult: () => null, totalTimeoutMs: connectTimeoutMs };
  try {
    await session.opened;
    doing = 'the login';
    await logIn(async (words) => (await session.send(words, 'untagged', loginOptions)).ret, options);
  } catch (error) {
    session.fail(closedTrouble('the login failed'));
    throw error;
  } finally {
    cancelDeadline();
    signal?.removeEventListener('abort', abort);
  }
  function command<T>(words: readonly string[], commandOptions: CommandOptions<T>): Promise<CommandReply<T>> {
    return session.send(words, 'tagged', commandOptions);
  }
  return {
    get failure() {
      return session.failure;
    },
    weakness: session.peer?.weakness ?? null,
    certificateEndsAt: session.peer?.certificateEndsAt ?? null,
    get receivedBytes() {
      return session.receivedBytes;
    },
    command,
    async print(menu, properties, printOptions) {
      return (await command([`${menu}/print`, `=.proplist=${properties.join(',')}`], printOptions)).rows;
    },
    close(reason = closedTrouble('the connection was closed by this side')) {
      session.fail(reason);
    },
  };
}
