import { connect } from 'node:net';
import type { Clock } from '../../runtime/clock.ts';

/** What became of one attempt to connect. */
export type Knock =
  /** Taken, or refused: by either something lives there. `latencyMs`: until its answer. */
  | { readonly kind: 'open' | 'refused'; readonly latencyMs: number }
  /** No answer in time, or a router on the way says that there is none. */
  | { readonly kind: 'silent' }
  /** The host name does not exist. */
  | { readonly kind: 'unresolved' }
  /** A fault of this machine: it learned nothing. `reason` is for people. */
  | { readonly kind: 'unseen'; readonly reason: string };

export interface KnockOptions {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Connects to a TCP port and hangs up at once. Never rejects. */
export function knock({ host, port, clock, timeoutMs, signal }: KnockOptions): Promise<Knock> {
  if (signal.aborted) return Promise.resolve(STOPPED);
  const { promise, resolve } = Promise.withResolvers<Knock>();
  const startedMs = clock.monotonicMs();
  const socket = connect({ host, port, noDelay: true });
  const answer = (kind: 'open' | 'refused'): Knock => ({ kind, latencyMs: clock.monotonicMs() - startedMs });
  const cancel = clock.after(timeoutMs, () => resolve({ kind: 'silent' }));
  const stop = (): void => resolve(STOPPED);
  signal.addEventListener('abort', stop, { once: true });
  socket.once('connect', () => resolve(answer('open')));
  // Stays for good: a socket may report an error after it was destroyed.
  socket.on('error', (error) => resolve(codeOf(error) === 'ECONNREFUSED' ? answer('refused') : failedKnock(error)));
  return promise.finally(() => {
    cancel();
    signal.removeEventListener('abort', stop);
    // A reset leaves no socket waiting on this side for a minute, as a farewell would.
    if (socket.readyState === 'open') socket.resetAndDestroy();
    else socket.destroy();
  });
}

const STOPPED: Knock = { kind: 'unseen', reason: 'it was stopped' };

/** What an error of a socket, but for a refusal, says of the peer. */
export function failedKnock(error: unknown): Exclude<Knock, { readonly kind: 'open' | 'refused' }> {
  const code = codeOf(error);
  if (MISSING_NAME.has(code)) return { kind: 'unresolved' };
  if (NO_NAME_SERVER.has(code)) return { kind: 'unseen', reason: 'no name server answers' };
  if (OWN_FAULTS.has(code)) return { kind: 'unseen', reason: 'this machine has no free connection' };
  return { kind: 'silent' };
}

const MISSING_NAME = new Set(['ENOTFOUND', 'EAI_NONAME', 'EAI_NODATA', 'ENODATA']);
const NO_NAME_SERVER = new Set(['EAI_AGAIN', 'EAI_FAIL', 'EAI_MEMORY']);
const OWN_FAULTS = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL', 'EACCES', 'EPERM']);

/** Of a name with several addresses that all failed, the code of the one that tells most: a refusal is an answer. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError) {
    const codes = error.errors.map(codeOf);
    return codes.find((code) => code === 'ECONNREFUSED') ?? codes[0] ?? '';
  }
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
