import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Frame } from '../platform/http/frame.ts';
import type { Gate } from '../platform/http/gate.ts';
import { sendMessage, sendPage, wantsPage } from '../platform/http/page-answer.ts';
import type { PageFrame } from '../platform/http/page-frame.ts';
import type { Route } from '../platform/http/route.ts';
import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { isSameText } from '../runtime/same-text.ts';
import { createLoginThrottle } from './login-throttle.ts';
import type { SessionBook } from './ports.ts';
import { createSessions, SESSION_MS } from './sessions.ts';

/** Who may see the pages. One password opens all of them, and there is nothing that could be changed. */
export interface AccountsGate {
  readonly gate: Gate;
  /** Login and logout, where there is a password. */
  readonly routes: readonly Route[];
}

interface LoginView extends Frame {
  readonly problem: string | null;
  readonly next: string;
}

export interface GateDeps {
  /** `null`: open to this machine alone. */
  readonly password: (() => string) | null;
  /** Sessions and tries go by this clock. */
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sessions: SessionBook;
  readonly frame: PageFrame;
}

const COOKIE = 'netsentinel_session';
const LOOPBACK_HOST = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;
const LONGEST_NEXT = 4096;

export function createGate(deps: GateDeps): AccountsGate {
  const { password } = deps;
  return password === null ? createOpenGate() : createPasswordGate({ ...deps, password });
}

/** A name in the Host header that is not this machine's is a foreign page that had its own name point here. */
function createOpenGate(): AccountsGate {
  const gate: Gate = {
    async admit(request, reply) {
      if (LOOPBACK_HOST.test(request.headers.host ?? '')) return undefined;
      return reply.code(403).send({ error: 'open these pages as http://127.0.0.1 or http://localhost' });
    },
    follow: async () => () => {},
    stop: () => {},
  };
  return { gate, routes: [] };
}

function createPasswordGate(deps: GateDeps & { readonly password: () => string }): AccountsGate {
  const { password, clock, logger, frame } = deps;
  const renderLogin = frame.page<LoginView>(new URL('./pages/login.hbs', import.meta.url));
  const sessions = createSessions({ book: deps.sessions, password, clock, logger });
  const throttle = createLoginThrottle({ clock });

  async function logIn(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const form = formOf(request);
    const next = localPath(form.get('next'));
    const again = (status: number, problem: string) => sendLogin(reply.code(status), { problem, next });
    if (!isFromHere(request)) return again(403, 'The form was sent from another site. Please log in here.');
    const waitMs = throttle.waitMs(request.ip);
    if (waitMs > 0) {
      const minutes = Math.ceil(waitMs / 60_000);
      reply.header('retry-after', Math.ceil(waitMs / 1000));
      return again(429, `Too many wrong passwords. Try again in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`);
    }
    if (!isSameText(form.get('password') ?? '', password())) {
      throttle.failed(request.ip);
      logger.warn({ address: request.ip, code: 'LOGIN_FAILED' }, 'wrong password for the pages');
      return again(401, 'Wrong password.');
    }
    const token = await unlessAway(() => sessions.open());
    if (token instanceof TroubleError) return again(503, `${UNAVAILABLE}: login is not possible now. ${TRY_AGAIN}`);
    reply.header('set-cookie', cookieOf(token, SESSION_MS / 1000, request));
    return reply.redirect(next, 303);
  }

  async function logOut(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (!isFromHere(request)) return reply.code(403).send({ error: 'the form was sent from another site' });
    const trouble = await unlessAway(() => sessions.close(tokenOf(request)));
    reply.header('set-cookie', cookieOf('', 0, request));
    if (!(trouble instanceof TroubleError)) return reply.redirect('/login', 303);
    if (!wantsPage(request)) throw trouble;
    return sendUnknown(reply, {
      title: 'Logged out',
      text: `This browser is logged out. ${UNAVAILABLE} (${trouble.code}): the session is not yet deleted on the server.`,
      advice: 'It is deleted when the database is back. If NetSentinel restarts before that, log in and out again.',
    });
  }

  async function admit(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const isOpen = await unlessAway(() => sessions.isOpen(tokenOf(request)));
    if (isOpen === true) return undefined;
    if (isOpen instanceof TroubleError) {
      if (!wantsPage(request)) throw isOpen;
      return sendUnknown(reply, {
        title: UNAVAILABLE,
        text: `${UNAVAILABLE} (${isOpen.code}). NetSentinel cannot check your login.`,
        advice: 'Polling continues. Load this page again when the database is back; you stay logged in.',
      });
    }
    if (!wantsPage(request)) return reply.code(401).send({ error: 'log in first' });
    return reply.redirect(`/login?next=${encodeURIComponent(localPath(request.url))}`, 303);
  }

  async function showLogin(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const next = localPath(new URLSearchParams(request.url.split('?')[1]).get('next'));
    const isOpen = await unlessAway(() => sessions.isOpen(tokenOf(request)));
    if (isOpen === true) return reply.redirect(next, 303);
    const problem = isOpen instanceof TroubleError ? `${UNAVAILABLE}: login is not possible now. ${TRY_AGAIN}` : null;
    return sendLogin(reply, { problem, next });
  }

  function sendLogin(reply: FastifyReply, view: Omit<LoginView, keyof Frame>): FastifyReply {
    return sendPage(reply, renderLogin({ ...view, title: 'Log in', nav: null }));
  }

  /** While the database is away, visitors cannot be identified. */
  function sendUnknown(reply: FastifyReply, view: Parameters<typeof sendMessage>[3]): FastifyReply {
    return sendMessage(frame, reply, 503, view);
  }

  return {
    gate: { admit, follow: (request, ended) => sessions.follow(tokenOf(request), ended), stop: sessions.stop },
    routes: [
      { method: 'GET', path: '/login', right: 'public', handler: showLogin },
      { method: 'POST', path: '/login', right: 'public', handler: logIn },
      { method: 'POST', path: '/logout', right: 'public', handler: logOut },
    ],
  };
}

const UNAVAILABLE = 'Database unavailable';
const TRY_AGAIN = 'Try again in a minute.';

/** Gives the result of the work or its trouble; a bug is thrown. */
async function unlessAway<Result>(work: () => Promise<Result>): Promise<Result | TroubleError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TroubleError) return error;
    throw error;
  }
}

/** `Lax`, not `Strict`: a link in LibreNMS is to open the page without another login. Nothing is changed by a GET. */
function cookieOf(value: string, maxAgeSeconds: number, { protocol }: FastifyRequest): string {
  const secure = protocol === 'https' ? '; Secure' : '';
  return `${COOKIE}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${secure}`;
}

function tokenOf(request: FastifyRequest): string {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1) ?? '';
}

/** Browsers say where a form comes from; programs that say nothing have no cookie of somebody else's either. */
function isFromHere({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin } = headers;
  return origin === undefined || URL.parse(origin)?.host === headers.host;
}

function formOf({ body }: FastifyRequest): URLSearchParams {
  return body instanceof URLSearchParams ? body : new URLSearchParams();
}

/** A path on this site; anything that would lead elsewhere becomes `/`. */
export function localPath(text: string | null): string {
  const base = 'http://here.invalid';
  if (text === null || text.length > LONGEST_NEXT || !text.startsWith('/')) return '/';
  const url = URL.parse(text, base);
  return url === null || url.origin !== base ? '/' : `${url.pathname}${url.search}`.replace(/^\/{2,}/, '/');
}
