import { connectionCode, request } from './request.ts';

/** One POST to a server of somebody else. */
export interface Post {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
  /** From the connection to the last byte of the answer, ms. */
  readonly timeoutMs: number;
}

/** What the server said. */
export interface Posted {
  readonly status: number;
  /** At most 64 KiB of it; what arrived before the connection was lost. */
  readonly text: string;
  /** For how long it wants to be left alone, ms; `null`: it does not say. */
  readonly retryAfterMs: number | null;
}

/** There was no answer. `reason` quotes neither the address nor what was sent: both may be secret. */
export interface NotPosted {
  readonly failure: 'timeout' | 'connection';
  readonly reason: string;
}

const MOST_BYTES = 64 * 1024;

/** Posts once, without following redirects: another host would get the secrets too. Never rejects. */
export async function post({ url, headers, body, signal, timeoutMs }: Post): Promise<Posted | NotPosted> {
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const {
      status,
      text,
      headers: said,
    } = await request({
      ...{ method: 'POST', url, body, mostBytes: MOST_BYTES },
      headers: { 'Content-Type': 'application/json', ...headers },
      signal: AbortSignal.any([signal, late]),
    });
    return { status, text, retryAfterMs: retryAfterOf(said.get('retry-after')) };
  } catch (error) {
    if (late.aborted) return { failure: 'timeout', reason: `no answer within ${timeoutMs / 1000} s` };
    // Errors of `fetch` may quote what was sent, so only their code is passed on.
    return { failure: 'connection', reason: signal.aborted ? 'broken off' : connectionCode(error) };
  }
}

/** Seconds, or an instant (RFC 9110, 10.2.3); only seconds are in use where a server limits its callers. */
function retryAfterOf(header: string | null): number | null {
  const seconds = header === null || header.trim() === '' ? Number.NaN : Number(header);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}
