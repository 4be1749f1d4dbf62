import { z } from 'zod';
import type { Clock } from '../../../runtime/clock.ts';
import { TroubleError } from '../../../runtime/errors.ts';
import { readableName, shorten } from '../../../runtime/format.ts';
import { keepSecret, mask } from '../../../runtime/mask.ts';

/** Who vouches for the login; the shape of `mail.smtp.oauth2` in the configuration. */
export interface OAuth2Settings {
  /** The token endpoint (RFC 6749, 3.2), `https` only: secrets are sent to it. */
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret?: { reveal(): string };
  /** Without it the application logs in for itself (grant `client_credentials`). */
  readonly refreshToken?: { reveal(): string };
  readonly scope?: string;
}

/** Access tokens for XOAUTH2. */
export interface AccessTokens {
  /** One that is still good; a new one with `renew`, when the mail server refused the last. Rejects with a `TroubleError`. */
  get(renew: boolean): Promise<AccessToken>;
  close(): void;
}

export interface AccessToken {
  readonly text: string;
  /** Unix ms. */
  readonly goodUntil: number;
}

/** A token is some kilobytes at most. */
const MOST_BYTES = 64 * 1024;
/** RFC 6749 only recommends to say how long a token holds. */
const DEFAULT_LIFETIME_S = 300;
/** So that none ends on its way. */
const MARGIN_MS = 60_000;
const LONGEST_REASON = 300;

const granted = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  expires_in: z.coerce.number().positive().max(31_536_000).default(DEFAULT_LIFETIME_S),
  refresh_token: z.string().min(1).optional(),
});

const refused = z.object({ error: z.string().min(1), error_description: z.string().default('') });

/** Asks the token endpoint when a token is needed and keeps the answer for as long as it is good. */
export function createAccessTokens(deps: {
  readonly settings: OAuth2Settings;
  readonly clock: Clock;
  readonly timeoutMs: number;
}): AccessTokens {
  const { settings, clock, timeoutMs } = deps;
  const closing = new AbortController();
  let current: AccessToken | null = null;
  let forgetToken = () => {};
  let forgetRefreshToken = () => {};
  let underWay: Promise<AccessToken> | null = null;
  let refreshToken = settings.refreshToken?.reveal();

  async function ask(): Promise<AccessToken> {
    const answer = await requestToken(
      settings,
      refreshToken,
      AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)]),
    );
    const forgetLast = forgetToken;
    forgetToken = keepSecret(answer.access_token);
    forgetLast();
    if (answer.refresh_token !== undefined && answer.refresh_token !== refreshToken) {
      // Microsoft gives a new one each time. It is kept in memory alone: no secret is ever stored.
      const forgetLastRefresh = forgetRefreshToken;
      forgetRefreshToken = keepSecret(answer.refresh_token);
      forgetLastRefresh();
      refreshToken = answer.refresh_token;
    }
    current = { text: answer.access_token, goodUntil: clock.now() + answer.expires_in * 1000 - MARGIN_MS };
    return current;
  }

  return {
    get(renew) {
      if (!renew && current !== null && clock.now() < current.goodUntil) return Promise.resolve(current);
      // Two connections that log in at the same time need one token.
      underWay ??= ask().finally(() => {
        underWay = null;
      });
      return underWay;
    },
    close: () => closing.abort(),
  };
}

async function requestToken(
  { tokenUrl, clientId, clientSecret, scope }: OAuth2Settings,
  refreshToken: string | undefined,
  signal: AbortSignal,
): Promise<z.output<typeof granted>> {
  const place = new URL(tokenUrl).host;
  const form = new URLSearchParams({ client_id: clientId, grant_type: 'client_credentials' });
  if (clientSecret !== undefined) form.set('client_secret', clientSecret.reveal());
  if (scope !== undefined) form.set('scope', scope);
  if (refreshToken !== undefined) {
    form.set('grant_type', 'refresh_token');
    form.set('refresh_token', refreshToken);
  }
  const { status, text } = await post(tokenUrl, form, place, signal);
  const body = parseJson(text);
  if (status === 200) {
    const answer = granted.safeParse(body);
    if (answer.success) return answer.data;
    throw unreadable(place, 'no access token in it');
  }
  const refusal = refused.safeParse(body);
  if (status >= 400 && status < 500 && status !== 429 && refusal.success) {
    throw refusedBy(place, refusal.data.error, refusal.data.error_description);
  }
  if (status >= 500 || status === 429) throw unavailable(place, `HTTP ${status}`);
  throw unreadable(place, `HTTP ${status}`);
}

async function post(tokenUrl: string, form: URLSearchParams, place: string, signal: AbortSignal) {
  try {
    const response = await fetch(tokenUrl, {
      method: 'POST',
      headers: { Accept: 'application/json' },
      body: form,
      // Another host would get the secrets too.
      redirect: 'manual',
      signal,
    });
    return { status: response.status, text: await readText(response, place) };
  } catch (error) {
    if (error instanceof TroubleError) throw error;
    // Errors of `fetch` may quote what was sent, so only their code is passed on.
    throw unavailable(place, signal.aborted ? 'it did not answer in time' : codeOf(error));
  }
}

async function readText(response: Response, place: string): Promise<string> {
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = '';
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw unreadable(place, `more than ${MOST_BYTES / 1024} KiB`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No JSON fits no answer; the error would quote the text.
    return null;
  }
}

function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'no connection';
}

/** What to do about an error of RFC 6749, 5.2. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  [
    'invalid_grant',
    'The refresh token has expired or was revoked. Make a new one as docs/mail.md shows, and set mail.smtp.oauth2.refreshToken.',
  ],
  ['invalid_client', 'Check mail.smtp.oauth2.clientId and clientSecret; a client secret of Microsoft expires.'],
  [
    'unauthorized_client',
    'Check mail.smtp.oauth2.clientId and the permissions of the application; with Microsoft, also mail.smtp.oauth2.tenant.',
  ],
]);

function refusedBy(place: string, error: string, description: string): TroubleError {
  const said = mask(description === '' ? error : `${error}: ${description}`);
  return new TroubleError(
    'MAIL_TOKEN_REFUSED',
    `the token server ${place} refuses an access token: ${shorten(readableName(said.replace(/\s+/g, ' ').trim()), LONGEST_REASON)}`,
    ADVICE.get(error) ?? 'Check mail.smtp.oauth2 with docs/mail.md: the answer of the token server shows the reason.',
  );
}

function unavailable(place: string, reason: string): TroubleError {
  return new TroubleError(
    'MAIL_TOKEN_UNAVAILABLE',
    `the token server ${place} cannot be reached: ${reason}`,
    'Check that this machine can reach it by https (firewall, proxy, DNS). Mails wait and are retried.',
  );
}

function unreadable(place: string, reason: string): TroubleError {
  return new TroubleError(
    'MAIL_TOKEN_UNREADABLE',
    `invalid answer from the token server ${place}: ${reason}`,
    'Check mail.smtp.oauth2.tokenUrl: it must be the token endpoint.',
  );
}
