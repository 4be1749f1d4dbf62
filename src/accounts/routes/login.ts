import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { formField, formOf, type ProblemsAt, problemsAt, readForm } from '../../platform/http/forms.ts';
import type { Frame } from '../../platform/http/frame.ts';
import { goneOf } from '../../platform/http/gone.ts';
import { sendMessage, sendPage } from '../../platform/http/page-answer.ts';
import type { PageFrame } from '../../platform/http/page-frame.ts';
import type { Route } from '../../platform/http/route.ts';
import type { Clock } from '../../runtime/clock.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { AccountSessions } from '../account-sessions.ts';
import { type Actor, type AuditBook, auditEntry } from '../audit.ts';
import { userBody } from '../bodies.ts';
import type { AccountDesk } from '../desk.ts';
import { type LogInDeps, logIn, openSession } from '../log-in.ts';
import type { Account } from '../ports.ts';
import { SESSION_MS } from '../session-limits.ts';
import { withinDeadline } from '../sessions.ts';
import type { Setup } from '../setup.ts';
import { createLoginPage, endSession, tooMany } from './password-login.ts';
import {
  BUSY_SECONDS,
  cookieOf,
  isSameOrigin,
  localPath,
  setCookie,
  TOO_BUSY,
  TRY_AGAIN,
  UNAVAILABLE,
  unlessAway,
} from './requests.ts';

export interface LoginDeps extends LogInDeps {
  readonly open: AccountSessions;
  readonly desk: Pick<AccountDesk, 'addFirstUser'>;
  readonly setup: Setup;
  readonly frame: PageFrame;
  readonly logger: Logger;
  readonly audit: AuditBook;
  readonly clock: Clock;
}

interface SetupView extends Frame {
  readonly token: string;
  readonly name: string;
  readonly problems: ProblemsAt<'name' | 'password'>;
}

const ELSEWHERE = 'The form was sent from another site. Please log in here.';
const NAMES = ['name', 'password'] as const;
const setupBody = userBody.omit({ role: true });

/** Login with a name, logout, and the page that makes the first account. */
export function createLogin(deps: LoginDeps): Route[] {
  const { open, desk, setup, frame, logger, audit, clock } = deps;
  const within = withinDeadline(clock);
  const renderLogin = createLoginPage(frame);
  const setupPage = frame.page<SetupView>(new URL('../pages/setup.hbs', import.meta.url));

  async function enter(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const form = formOf(request);
    const next = localPath(form.get('next'));
    const name = formField(form, 'name');
    const again = (status: number, problem: string) =>
      sendPage(reply.code(status), renderLogin({ problem, next, name }));
    if (!isSameOrigin(request)) return again(403, ELSEWHERE);
    const given = {
      name,
      password: formField(form, 'password').normalize('NFC'),
      address: request.ip,
      gone: goneOf(reply),
    };
    const agent = request.headers['user-agent'] ?? '';
    const result = await unlessAway(() => logIn(deps, { ...given, agent }));
    if (result instanceof TroubleError) return again(503, `${UNAVAILABLE}: login is not possible now. ${TRY_AGAIN}`);
    if (result.is === 'wait') {
      reply.header('retry-after', Math.ceil(result.waitMs / 1000));
      return again(429, tooMany(result.waitMs));
    }
    if (result.is === 'busy') {
      reply.header('retry-after', BUSY_SECONDS);
      return again(503, TOO_BUSY);
    }
    if (result.is === 'wrong') {
      logger.warn({ address: request.ip, code: 'LOGIN_FAILED' }, 'wrong name or password for the pages');
      return again(401, 'Wrong name or password.');
    }
    return setCookie(reply, result.token, SESSION_MS / 1000, request).redirect(next, 303);
  }

  async function leave(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (!isSameOrigin(request)) return reply.code(403).send({ error: 'the form was sent from another site' });
    const session = await unlessAway(() => open.find(cookieOf(request)));
    // Nobody is kept logged in because that cannot be noted now.
    async function close(token: string): Promise<void> {
      await open.close(token);
      if (session === null || session instanceof TroubleError) return;
      const by = { who: session.account.name, kind: 'user', from: request.ip } as const;
      const note = auditEntry({ ...by, action: 'logout', subject: '', outcome: 'ok' }, clock.now());
      await unlessAway(() => within(() => audit.add(note)));
    }
    return await endSession({ close }, frame, request, reply);
  }

  async function showLogin(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const next = localPath(new URLSearchParams(request.url.split('?')[1]).get('next'));
    const session = await unlessAway(() => open.find(cookieOf(request)));
    const isAway = session instanceof TroubleError;
    if (!isAway && session !== null) return reply.redirect(next, 303);
    const problem = isAway ? `${UNAVAILABLE}: login is not possible now. ${TRY_AGAIN}` : null;
    return sendPage(reply, renderLogin({ problem, next, name: '' }));
  }

  function sendSetup(reply: FastifyReply, view: Omit<SetupView, keyof Frame>): FastifyReply {
    return sendPage(reply, setupPage({ ...view, title: 'First admin', nav: null }));
  }

  function sendNoSetup(reply: FastifyReply): FastifyReply {
    return sendMessage(frame, reply, 403, {
      title: 'Link not valid',
      text: 'This link is wrong, was used, is older than 30 minutes, or there is a user already.',
      advice: 'Restart NetSentinel for a new link in its log, or use the command `user add`.',
    });
  }

  async function showSetup(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const token = new URLSearchParams(request.url.split('?')[1]).get('token') ?? '';
    if (!(await setup.isOpen(token))) return sendNoSetup(reply);
    return sendSetup(reply, { token, name: '', problems: problemsAt(NAMES, {}) });
  }

  /** `null`: the link is void by now. */
  async function addFirst(token: string, actor: Actor, user: z.output<typeof setupBody>): Promise<Account | null> {
    try {
      return (await setup.use(token, () => desk.addFirstUser(actor, user)))?.result ?? null;
    } catch (error) {
      if (error instanceof TroubleError && error.code === 'ACCOUNT_NOT_FIRST') return null;
      throw error;
    }
  }

  async function makeFirst(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const form = formOf(request);
    const token = formField(form, 'token');
    if (!isSameOrigin(request) || !(await setup.isOpen(token))) return sendNoSetup(reply);
    const name = formField(form, 'name');
    const read = readForm(setupBody, { name, password: formField(form, 'password') });
    if (!read.isGood) return sendSetup(reply.code(400), { token, name, problems: problemsAt(NAMES, read.problems) });
    const actor = { who: read.data.name, kind: 'user', from: request.ip } as const;
    const account = await addFirst(token, actor, read.data);
    if (account === null) return sendNoSetup(reply);
    const agent = request.headers['user-agent'] ?? '';
    const cookie = await openSession(deps, account, { address: request.ip, agent });
    if (cookie !== null) setCookie(reply, cookie, SESSION_MS / 1000, request);
    return reply.redirect('/', 303);
  }

  return [
    { method: 'GET', path: '/login', right: 'public', handler: showLogin },
    { method: 'POST', path: '/login', right: 'public', handler: enter },
    { method: 'POST', path: '/logout', right: 'public', handler: leave },
    { method: 'GET', path: '/setup', right: 'public', handler: showSetup },
    { method: 'POST', path: '/setup', right: 'public', handler: makeFirst },
  ];
}
