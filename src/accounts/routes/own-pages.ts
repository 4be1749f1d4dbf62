import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf, callerOf } from '../../platform/http/caller.ts';
import { formField, formOf, problemsAt, readForm, seeOther } from '../../platform/http/forms.ts';
import { goneOf } from '../../platform/http/gone.ts';
import { sendPage } from '../../platform/http/page-answer.ts';
import type { PageFrame } from '../../platform/http/page-frame.ts';
import type { Route } from '../../platform/http/route.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { AuditBook } from '../audit.ts';
import { ownPasswordBody, tokenBody } from '../bodies.ts';
import { type AccountDesk, KEY_DIGITS } from '../desk.ts';
import { sessionEntry, tokenEntry } from '../entries.ts';
import { noteWrong } from '../log-in.ts';
import { type AccountState, type AccountView, viewAccount } from '../pages/account.ts';
import type { PasswordTry, PasswordVerdict } from '../password-check.ts';
import { hashOfKey } from '../random-keys.ts';
import { tryWork } from './forms.ts';
import { tooMany } from './password-login.ts';
import { BUSY_SECONDS, cookieOf, TOO_BUSY } from './requests.ts';

export interface OwnPagesDeps {
  readonly desk: AccountDesk;
  readonly check: (given: PasswordTry) => Promise<PasswordVerdict>;
  readonly audit: AuditBook;
  readonly clock: Clock;
  readonly frame: PageFrame;
  readonly timeZone: string;
}

const IN_PASSWORD = ['current', 'password'] as const;
const IN_TOKEN = ['name', 'role', 'days'] as const;
const NOTHING_TYPED: AccountState = {
  password: problemsAt(IN_PASSWORD, {}),
  tokenProblems: problemsAt(IN_TOKEN, {}),
  token: { name: '', role: 'viewer', days: '' },
  made: null,
};

/** The page of one's own account, and its forms. */
export function createOwnPages({ desk, check, audit, clock, frame, timeZone }: OwnPagesDeps): Route[] {
  const page = frame.page<AccountView>(new URL('../pages/account.hbs', import.meta.url));

  async function show(request: FastifyRequest, reply: FastifyReply, state: Partial<AccountState>) {
    const { who: name, role } = callerOf(request);
    const sessions = (await desk.sessions(name)).map(sessionEntry);
    const tokens = (await desk.tokens(name)).map(tokenEntry);
    const thisKey = hashOfKey(cookieOf(request)).slice(0, KEY_DIGITS);
    const data = { name, role, sessions, thisKey, tokens };
    return sendPage(reply, page(viewAccount(data, { ...NOTHING_TYPED, ...state }, timeZone)));
  }

  async function changePassword(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const form = formOf(request);
    const typed = { current: formField(form, 'current'), password: formField(form, 'password') };
    const again = (status: number, found: Readonly<Record<string, string>>) =>
      show(request, reply.code(status), { password: problemsAt(IN_PASSWORD, found) });
    const read = readForm(ownPasswordBody, typed);
    if (!read.isGood) return await again(400, read.problems);
    const { who: name } = callerOf(request);
    const { current } = read.data;
    const verdict = await check({ name, password: current, address: request.ip, gone: goneOf(reply) });
    if (verdict.is === 'wait') {
      reply.header('retry-after', Math.ceil(verdict.waitMs / 1000));
      return await again(429, { form: tooMany(verdict.waitMs) });
    }
    if (verdict.is === 'busy') {
      reply.header('retry-after', BUSY_SECONDS);
      return await again(503, { form: TOO_BUSY });
    }
    if (verdict.is === 'wrong') {
      const tried = { who: name, from: request.ip, action: 'user.set', subject: `${name}: password` };
      await noteWrong({ audit, clock }, tried, verdict.startsWait);
      return await again(400, { current: 'Wrong password.' });
    }
    await desk.setUser(actorOf(request), name, { password: read.data.password });
    return seeOther(reply, '/login?next=/account');
  }

  async function endSession(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const key = formField(formOf(request), 'key');
    // An empty key would be all of them.
    if (/^[0-9a-f]{12}$/.test(key)) await desk.endSessions(actorOf(request), callerOf(request).who, key);
    return seeOther(reply, '/account');
  }

  /** The answer is the only place where the token ever is: nothing could keep it until the page is asked for anew. */
  async function addToken(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const form = formOf(request);
    const token = { name: formField(form, 'name'), role: formField(form, 'role'), days: formField(form, 'days') };
    const again = (found: Readonly<Record<string, string>>) =>
      show(request, reply.code(400), { token, tokenProblems: problemsAt(IN_TOKEN, found) });
    const days = token.days.trim() === '' ? {} : { days: Number(token.days) };
    const read = readForm(tokenBody, { name: token.name, role: token.role, ...days });
    if (!read.isGood) return await again(read.problems);
    const { who: name, role } = callerOf(request);
    let made = '';
    const problems = await tryWork(async () => {
      made = (await desk.addToken(actorOf(request), read.data, { name, role })).token;
    });
    return problems === null ? await show(request, reply, { made }) : await again(problems);
  }

  async function removeToken(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const id = formField(formOf(request), 'id');
    await tryWork(() => desk.removeToken(actorOf(request), id, callerOf(request).who));
    return seeOther(reply, '/account');
  }

  return [
    { method: 'GET', path: '/account', right: 'account', handler: async (request, reply) => show(request, reply, {}) },
    { method: 'POST', path: '/account/password', right: 'account', handler: changePassword },
    { method: 'POST', path: '/account/sessions/end', right: 'account', handler: endSession },
    { method: 'POST', path: '/account/tokens', right: 'account', handler: addToken },
    { method: 'POST', path: '/account/tokens/remove', right: 'account', handler: removeToken },
  ];
}
