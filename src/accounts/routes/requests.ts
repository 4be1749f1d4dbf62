import type { FastifyReply, FastifyRequest } from 'fastify';
import { isOwnOrigin } from '../../platform/http/own-origin.ts';
import { TroubleError } from '../../runtime/errors.ts';

/** What the routes of accounts read of a request. */

const COOKIE = 'netsentinel_session';
const LONGEST_NEXT = 4096;

/** `Lax`, not `Strict`: a link in LibreNMS is to open the page without another login. Nothing is changed by a GET. */
export function setCookie(
  reply: FastifyReply,
  value: string,
  maxAgeSeconds: number,
  { protocol }: FastifyRequest,
): FastifyReply {
  const secure = protocol === 'https' ? '; Secure' : '';
  return reply.header(
    'set-cookie',
    `${COOKIE}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${secure}`,
  );
}

/** The value of the session's cookie; empty without one. */
export function cookieOf({ headers }: FastifyRequest): string {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1) ?? '';
}

/** What `Authorization: Bearer` says; `null` without it. Other schemes are a proxy's. */
export function bearerOf({ headers }: FastifyRequest): string | null {
  return /^bearer\s+(.*)$/i.exec(headers.authorization ?? '')?.[1]?.trim() ?? null;
}

/**
 * Whether a page of this server sent the request. Browsers say so over https and on this machine; elsewhere `Origin` must name the same
 * scheme, host and port. Who says neither is refused.
 */
export function isSameOrigin(request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site'];
  return site === undefined ? isOwnOrigin(request, null) : site === 'same-origin';
}

/** A path on this site; anything that would lead elsewhere becomes `/`. */
export function localPath(text: string | null): string {
  const base = 'http://here.invalid';
  if (text === null || text.length > LONGEST_NEXT || !text.startsWith('/')) return '/';
  const url = URL.parse(text, base);
  return url === null || url.origin !== base ? '/' : `${url.pathname}${url.search}`.replace(/^\/{2,}/, '/');
}

export const UNAVAILABLE = 'Database unavailable';
export const TRY_AGAIN = 'Try again in a minute.';
/** What is said, and how long to wait, while too many passwords wait to be looked at. */
export const TOO_BUSY = 'Too many people log in at once. Try again in a few seconds.';
export const BUSY_SECONDS = 5;

/** Gives the result of the work or its trouble; a bug is thrown. */
export async function unlessAway<Result>(work: () => Promise<Result>): Promise<Result | TroubleError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TroubleError) return error;
    throw error;
  }
}
