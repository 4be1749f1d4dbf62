import { connectionCode, type HttpAnswer, request } from '../../platform/http/request.ts';
import { failed, full, loginRefused, refused, unreachable } from './trouble.ts';

/** Of a list of files; a longer one comes in parts or is refused. */
const MOST_BYTES = 32 * 1024 * 1024;

export interface Ask {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** Asks the server of an archive. Rejects with a `TroubleError` when there is no answer, and with the reason of an aborted signal. */
export async function askArchive(place: string, asked: Ask, signal: AbortSignal): Promise<HttpAnswer> {
  const { body, headers, ...others } = asked;
  try {
    return await request({
      ...{ ...others, signal, mostBytes: MOST_BYTES },
      // A length is to be that of the file.
      headers: { ...headers, 'Accept-Encoding': 'identity' },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
    });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw unreachable(place, connectionCode(error));
  }
}

/** The trouble that a status means. `said`: a word of the server that cannot repeat what it was sent; empty: none. */
export function statusTrouble(place: string, { status }: HttpAnswer, said: string, loginAdvice: string): Error {
  const what = said === '' ? `HTTP ${status}` : `HTTP ${status} (${said})`;
  if (status === 401 || status === 403) return loginRefused(place, what, loginAdvice);
  // 507: RFC 4918, 11.5.
  if (status === 507 || status === 413) return full(place, what);
  if (status === 408 || status === 429 || status >= 500) return failed(place, what);
  return refused(place, what);
}

/** A list that did not come to its end shows files as missing that are there. */
export function requireWhole(place: string, answer: HttpAnswer): string {
  if (answer.isWhole) return answer.text;
  throw failed(place, 'its list of files is cut off or too long');
}

/** `Content-Length` of an answer without a body; `unknown` where there is none. */
export function lengthOf({ headers }: HttpAnswer): number | 'unknown' {
  const length = headers.get('content-length') ?? '';
  return /^\d{1,15}$/.test(length) ? Number(length) : 'unknown';
}
