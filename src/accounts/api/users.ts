import { z } from 'zod';
import { parseBody, parseQuery, sendEntries, sendEntry } from '../../platform/http/answer.ts';
import { actorOf } from '../../platform/http/caller.ts';
import type { Route } from '../../platform/http/route.ts';
import { userBody, userChangeBody } from '../bodies.ts';
import type { AccountDesk } from '../desk.ts';
import { type UserEntry, userEntry } from '../entries.ts';
import { answering } from './answers.ts';
import { userAnswer } from './schemas.ts';

const named = z.object({ name: z.string() });
const removeQuery = z.object({
  keepTokens: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
});

/** Users as JSON. */
export function userRoutes({ desk }: { readonly desk: AccountDesk }): Route[] {
  async function entryOf(name: string): Promise<UserEntry | null> {
    const user = (await desk.users()).find((each) => each.name === name);
    return user === undefined ? null : userEntry(user);
  }

  return [
    {
      method: 'GET',
      path: '/api/v1/users',
      right: 'administer',
      contract: { summary: 'All users', answers: { 200: z.array(userAnswer) } },
      handler: async (_request, reply) => sendEntries(reply, (await desk.users()).map(userEntry)),
    },
    {
      method: 'POST',
      path: '/api/v1/users',
      right: 'administer',
      contract: { summary: 'Add a user', body: userBody, answers: { 201: userAnswer }, refuses: [409] },
      handler: answering(async (request, reply) => {
        const user = parseBody(userBody, reply, request.body);
        if (user === null) return reply;
        await desk.addUser(actorOf(request), user);
        return sendEntry(reply.code(201), (await entryOf(user.name)) ?? {});
      }),
    },
    {
      method: 'PATCH',
      path: '/api/v1/users/:name',
      right: 'administer',
      contract: {
        summary: 'Change the role or the password of a user, whose sessions end by it',
        body: userChangeBody,
        answers: { 200: userAnswer },
        refuses: [404, 409],
      },
      handler: answering(async (request, reply) => {
        const { name } = named.parse(request.params);
        const change = parseBody(userChangeBody, reply, request.body);
        if (change === null) return reply;
        await desk.setUser(actorOf(request), name, change);
        return sendEntry(reply, (await entryOf(name)) ?? {});
      }),
    },
    {
      method: 'DELETE',
      path: '/api/v1/users/:name',
      right: 'administer',
      contract: { summary: 'Remove a user', query: removeQuery, answers: { 204: null }, refuses: [404, 409] },
      handler: answering(async (request, reply) => {
        const asked = parseQuery(removeQuery, reply, request.query);
        if (asked === null) return reply;
        await desk.removeUser(actorOf(request), named.parse(request.params).name, { keepsTokens: asked.keepTokens });
        return reply.code(204).send();
      }),
    },
  ];
}
