import type { FastifyReply, FastifyRequest } from 'fastify';
import { formOf } from '../../platform/http/forms.ts';
import type { Frame } from '../../platform/http/frame.ts';
import { sendMessage, sendPage, wantsPage } from '../../platform/http/page-answer.ts';
import type { PageFrame } from '../../platform/http/page-frame.ts';
import type { Route } from '../../platform/http/route.ts';
import type { Clock } from '../../runtime/clock.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { isSameText } from '../../runtime/same-text.ts';
import { createLoginThrottle } from '../login-throttle.ts';
import type { PasswordSessions } from '../password-sessions.ts';
import { SESSION_MS } from '../session-limits.ts';
import { cookieOf, localPath, setCookie, TRY_AGAIN, UNAVAILABLE, unlessAway } from './requests.ts';

interface LoginView extends Frame {
  readonly problem: string | null;
  readonly next: string;
  /** There are accounts, so that a name is asked for; as typed. */
  readonly name: string | null;
}

/** The page that asks for the one password, or for a name and its password. */
export function createLoginPage(frame: PageFrame): (view: Omit<LoginView, keyof Frame>) => string {
  const page = frame.page<LoginView>(new URL('../pages/login.hbs', import.meta.url));
  return (view) => page({ ...view, title: 'Log in', nav: null });
}

export interface PasswordLoginDeps {
  readonly sessions: PasswordSessions;
  readonly password: () => string;
  /** Tries go by this clock. */
  readonly clock: Clock;
  readonly logger: Logger;
  readonly frame: PageFrame;
}

/** Login and logout with the one password, which opens all pages to read. */
export function createPasswordLogin(deps: PasswordLoginDeps): Route[] {
  const { sessions, password, clock, logger, frame } = deps;
  const renderLogin = createLoginPage(frame);
  const throttle = createLoginThrottle({ clock });

  async function logIn(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const form = formOf(request);
    const next = localPath(form.get('next'));
    const again = (status: number, problem: string) => sendLogin(reply.code(status), { problem, next });
    if (!isFromHere(request)) return again(403, 'The form was sent from another site. Please log in here.');
    const waitMs = throttle.waitMs(request.ip);
    if (waitMs > 0) {
      reply.header('retry-after', Math.ceil(waitMs / 1000));
      return again(429, tooMany(waitMs));
    }
    if (!isSameText(form.get('password') ?? '', password())) {
      throttle.failed(request.ip);
      logger.warn({ address: request.ip, code: 'LOGIN_FAILED' }, 'wrong password for the pages');
      return again(401, 'Wrong password.');
    }
    const token = await unlessAway(() => sessions.open());
    if (token instanceof TroubleError) return again(503, `${UNAVAILABLE}: login is not possible now. ${TRY_AGAIN}`);
    return setCookie(reply, token, SESSION_MS / 1000, request).redirect(next, 303);
  }

  async function logOut(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (!isFromHere(request)) return reply.code(403).send({ error: 'the form was sent from another site' });
    return await endSession(sessions, frame, request, reply);
  }

  async function showLogin(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const next = localPath(new URLSearchParams(request.url.split('?')[1]).get('next'));
    const opened = await unlessAway(() => sessions.find(cookieOf(request)));
    const isAway = opened instanceof TroubleError;
    if (!isAway && opened !== null) return reply.redirect(next, 303);
    return sendLogin(reply, {
      problem: isAway ? `${UNAVAILABLE}: login is not possible now. ${TRY_AGAIN}` : null,
      next,
    });
  }

  function sendLogin(reply: FastifyReply, view: Pick<LoginView, 'problem' | 'next'>): FastifyReply {
    return sendPage(reply, renderLogin({ ...view, name: null }));
  }

  return [
    { method: 'GET', path: '/login', right: 'public', handler: showLogin },
    { method: 'POST', path: '/login', right: 'public', handler: logIn },
    { method: 'POST', path: '/logout', right: 'public', handler: logOut },
  ];
}

/** Logs out: this browser at once, the session itself when the database knows. */
export async function endSession(
  sessions: { close(token: string): Promise<void> },
  frame: PageFrame,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const trouble = await unlessAway(() => sessions.close(cookieOf(request)));
  setCookie(reply, '', 0, request);
  if (!(trouble instanceof TroubleError)) return reply.redirect('/login', 303);
  if (!wantsPage(request)) throw trouble;
  return sendMessage(frame, reply, 503, {
    title: 'Logged out',
    text: `This browser is logged out. ${UNAVAILABLE} (${trouble.code}): the session is not yet deleted on the server.`,
    advice: 'It is deleted when the database is back. If NetSentinel restarts before that, log in and out again.',
  });
}

/** What who guesses passwords is told. */
export function tooMany(waitMs: number): string {
  const minutes = Math.ceil(waitMs / 60_000);
  return `Too many wrong passwords. Try again in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`;
}

/** Browsers say where a form comes from; programs that say nothing have no cookie of somebody else's either. */
function isFromHere({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin } = headers;
  return origin === undefined || URL.parse(origin)?.host === headers.host;
}
