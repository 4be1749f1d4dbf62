import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf } from '../../platform/http/caller.ts';
import { type Found, formField, formOf, pathPart, problemsAt, readForm, seeOther } from '../../platform/http/forms.ts';
import { sendMessage, sendPage } from '../../platform/http/page-answer.ts';
import type { PageFrame } from '../../platform/http/page-frame.ts';
import type { Route } from '../../platform/http/route.ts';
import { newPassword, role, userBody } from '../bodies.ts';
import type { AccountDesk } from '../desk.ts';
import { sessionEntry, tokenEntry, userEntry } from '../entries.ts';
import { type UsersView, type UserView, viewUser, viewUsers } from '../pages/users.ts';
import { tryWork } from './forms.ts';

export interface UserPagesDeps {
  readonly desk: AccountDesk;
  readonly frame: PageFrame;
  readonly timeZone: string;
}

const IN_USERS = ['name', 'role', 'password'] as const;
const IN_USER = ['role', 'password', 'remove'] as const;

/** The pages on which admins add and change users, and their forms. */
export function createUserPages({ desk, frame, timeZone }: UserPagesDeps): Route[] {
  const usersPage = frame.page<UsersView>(new URL('../pages/users.hbs', import.meta.url));
  const userPage = frame.page<UserView>(new URL('../pages/user.hbs', import.meta.url));

  async function showUsers(reply: FastifyReply, user = { name: '', role: 'viewer' }, found: Found = {}) {
    const data = { users: (await desk.users()).map(userEntry), tokens: (await desk.tokens(null)).map(tokenEntry) };
    return sendPage(reply, usersPage(viewUsers(data, { user, problems: problemsAt(IN_USERS, found) }, timeZone)));
  }

  async function showUser(reply: FastifyReply, name: string, found: Found = {}): Promise<FastifyReply> {
    const user = (await desk.users()).find((each) => each.name === name);
    if (user === undefined) return sendGone(reply);
    const [sessions, tokens] = [await desk.sessions(name), await desk.tokens(name)];
    const data = { user: userEntry(user), sessions: sessions.map(sessionEntry), tokens: tokens.map(tokenEntry) };
    return sendPage(reply, userPage(viewUser({ ...data, problems: problemsAt(IN_USER, found) }, timeZone)));
  }

  function sendGone(reply: FastifyReply): FastifyReply {
    const advice = 'Somebody else may have removed this user.';
    return sendMessage(frame, reply, 404, { title: 'Not found', text: 'There is no user of this name.', advice });
  }

  /** Does it to the user in the path; what stands in the way is shown at this field. */
  async function change(
    request: FastifyRequest,
    reply: FastifyReply,
    field: (typeof IN_USER)[number],
    work: (name: string) => Promise<unknown>,
  ): Promise<FastifyReply> {
    const name = pathPart(request, 'name');
    if (!(await desk.users()).some((user) => user.name === name)) return sendGone(reply);
    const found = await tryWork(() => work(name));
    if (found === null) return seeOther(reply, field === 'remove' ? '/users' : `/users/${encodeURIComponent(name)}`);
    return await showUser(reply.code(409), name, { [field]: Object.values(found).join(' ') });
  }

  async function addUser(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const form = formOf(request);
    const typed = { name: formField(form, 'name'), role: formField(form, 'role') };
    const read = readForm(userBody, { ...typed, password: formField(form, 'password') });
    if (!read.isGood) return await showUsers(reply.code(400), typed, read.problems);
    const found = await tryWork(() => desk.addUser(actorOf(request), read.data));
    return found === null ? seeOther(reply, '/users') : await showUsers(reply.code(409), typed, found);
  }

  async function setRole(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const read = role.safeParse(formField(formOf(request), 'role'));
    if (!read.success) return await showUser(reply.code(400), pathPart(request, 'name'), { role: 'Choose a role.' });
    return await change(request, reply, 'role', (name) => desk.setUser(actorOf(request), name, { role: read.data }));
  }

  async function setPassword(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const read = readForm(newPassword, formField(formOf(request), 'password'));
    if (!read.isGood) {
      return await showUser(reply.code(400), pathPart(request, 'name'), { password: read.problems['form'] ?? '' });
    }
    const set = (name: string) => desk.setUser(actorOf(request), name, { password: read.data });
    return await change(request, reply, 'password', set);
  }

  async function endSessions(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const key = formField(formOf(request), 'key');
    return await change(request, reply, 'role', (name) => desk.endSessions(actorOf(request), name, key));
  }

  async function removeUser(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const keepsTokens = formField(formOf(request), 'keepTokens') === 'true';
    return await change(request, reply, 'remove', (name) => desk.removeUser(actorOf(request), name, { keepsTokens }));
  }

  async function removeToken(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    await tryWork(() => desk.removeToken(actorOf(request), formField(formOf(request), 'id'), null));
    return seeOther(reply, '/users');
  }

  return [
    { method: 'GET', path: '/users', right: 'administer', handler: async (_request, reply) => showUsers(reply) },
    { method: 'POST', path: '/users', right: 'administer', handler: addUser },
    // Not below `/users/`, where each word may be the name of a user.
    { method: 'POST', path: '/tokens/remove', right: 'administer', handler: removeToken },
    {
      method: 'GET',
      path: '/users/:name',
      right: 'administer',
      handler: async (request, reply) => showUser(reply, pathPart(request, 'name')),
    },
    { method: 'POST', path: '/users/:name/role', right: 'administer', handler: setRole },
    { method: 'POST', path: '/users/:name/password', right: 'administer', handler: setPassword },
    { method: 'POST', path: '/users/:name/sessions/end', right: 'administer', handler: endSessions },
    { method: 'POST', path: '/users/:name/remove', right: 'administer', handler: removeUser },
  ];
}
