import { type Posted, post } from '../../platform/http/post.ts';
import { TroubleError } from '../../runtime/errors.ts';
import { readableName, shorten } from '../../runtime/format.ts';
import { keepSecret, mask } from '../../runtime/mask.ts';
import { BusyError } from '../busy.ts';
import type { Answer } from '../ports.ts';

/** What every channel over HTTP is made with. */
export interface HttpChannelDeps {
  /** As in the configuration. */
  readonly name: string;
  readonly timeZone: string;
  readonly timeoutMs: number;
}

/** Far below the lease of a claim. */
export const CHANNEL_TIMEOUT_MS = 30_000;
const DEFAULT_BUSY_MS = 60_000;
const LONGEST_BUSY_MS = 3_600_000;
const LONGEST_REASON = 300;
/** A shorter part of an address, such as `webhooks`, is no secret. */
const SHORTEST_PART = 12;

interface Ask {
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Asks the server of a channel. Rejects with a `TroubleError` when it does not answer or is busy. */
export async function ask({ name, timeoutMs }: HttpChannelDeps, asked: Ask, signal: AbortSignal): Promise<Posted> {
  const answer = await post({ headers: {}, ...asked, signal, timeoutMs });
  if ('status' in answer) return answer;
  const code = answer.failure === 'timeout' ? 'CHANNEL_TIMED_OUT' : 'CHANNEL_UNREACHABLE';
  const advice = `Check the address of the channel, and that this machine can reach it (firewall, proxy, DNS). ${RETRIED}`;
  throw new TroubleError(code, `channel ${name}: ${answer.reason}`, advice);
}

const RETRIED = 'Notices wait and are retried.';

/**
 * What the status says: taken, refused for good (4xx), or trouble that is retried: a login or an address that is wrong (401, 404), too slow
 * (408), too much (429), a redirect, or the server's own (5xx).
 *
 * @param loginStatuses those that mean a wrong login or address
 */
export function judge(
  { name }: Pick<HttpChannelDeps, 'name'>,
  address: string,
  { status, text, retryAfterMs }: Posted,
  { loginStatuses = [401, 404], advice }: { readonly loginStatuses?: readonly number[]; readonly advice: string },
): Answer {
  if (status >= 200 && status < 300) return { refused: [], messageId: null };
  const said = `channel ${name}: HTTP ${status}${reasonIn(text)}`;
  if (status === 429) throw busy(name, retryAfterMs);
  if (loginStatuses.includes(status)) throw new TroubleError('CHANNEL_LOGIN_REFUSED', said, `${advice} ${RETRIED}`);
  if (status >= 300 && status < 400) {
    const follow = 'The server leads to another address, which is not followed: set the final address.';
    throw new TroubleError('CHANNEL_MOVED', said, `${follow} ${RETRIED}`);
  }
  if (status < 400 || status === 408 || status >= 500) throw failed(name, `HTTP ${status}${reasonIn(text)}`);
  return { refused: [{ address, permanent: true, reason: `HTTP ${status}${reasonIn(text)}` }], messageId: null };
}

export function busy(name: string, retryAfterMs: number | null): BusyError {
  const retryInMs = Math.min(Math.max(retryAfterMs ?? DEFAULT_BUSY_MS, 1000), LONGEST_BUSY_MS);
  const message = `channel ${name}: too many messages, next try in ${Math.ceil(retryInMs / 1000)} s`;
  return new BusyError(
    'CHANNEL_BUSY',
    message,
    'Nothing to do: the channel limits how much it takes. Notices wait.',
    retryInMs,
  );
}

export function failed(name: string, reason: string): TroubleError {
  return new TroubleError(
    'CHANNEL_FAILED',
    `channel ${name}: ${reason}`,
    `The server of the channel has a problem. ${RETRIED}`,
  );
}

/** What a server said, in one line; empty where it said nothing. Masked as it came: a part of a secret would not be known any more. */
export function reasonIn(text: string): string {
  const said = shorten(readableName(mask(text).replace(/\s+/g, ' ').trim()), LONGEST_REASON);
  return said === '' ? '' : `: ${said}`;
}

/** An address that is a secret, or has one in it. What repeats a part of it, such as an error page, is masked too. */
export function secretUrl(secret: { reveal(): string }): URL {
  const url = new URL(secret.reveal());
  const parts = url.pathname.split('/').filter((part) => part.length >= SHORTEST_PART);
  for (const part of [url.href, `${url.pathname}${url.search}`, ...parts, ...url.searchParams.values()]) {
    if (part.length >= SHORTEST_PART) keepSecret(part);
  }
  return url;
}
