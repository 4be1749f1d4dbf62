import { z } from 'zod';
import { parseBody, sendEntries, sendEntry } from '../../platform/http/answer.ts';
import { actorOf, callerOf } from '../../platform/http/caller.ts';
import type { Route } from '../../platform/http/route.ts';
import { tokenBody } from '../bodies.ts';
import type { AccountDesk } from '../desk.ts';
import { tokenEntry } from '../entries.ts';
import { answering } from './answers.ts';
import { newTokenAnswer, tokenAnswer } from './schemas.ts';

const named = z.object({ id: z.string() });

/** Tokens of the API as JSON. A token itself is in one answer only. */
export function tokenRoutes({ desk }: { readonly desk: AccountDesk }): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/tokens',
      right: 'administer',
      contract: { summary: 'All tokens', answers: { 200: z.array(tokenAnswer) } },
      handler: async (_request, reply) => sendEntries(reply, (await desk.tokens(null)).map(tokenEntry)),
    },
    {
      method: 'POST',
      path: '/api/v1/tokens',
      right: 'administer',
      contract: {
        summary: 'Make a token, as a user who is logged in; it is shown once',
        body: tokenBody,
        answers: { 201: newTokenAnswer },
        refuses: [409],
      },
      handler: answering(async (request, reply) => {
        const { who: name, kind, role } = callerOf(request);
        // One made by a token would go on when that is removed or over, or when its owner is.
        if (kind !== 'user') return reply.code(403).send({ error: 'only a user who is logged in makes tokens' });
        const token = parseBody(tokenBody, reply, request.body);
        if (token === null) return reply;
        return sendEntry(reply.code(201), await desk.addToken(actorOf(request), token, { name, role }));
      }),
    },
    {
      method: 'DELETE',
      path: '/api/v1/tokens/:id',
      right: 'administer',
      contract: { summary: 'Remove a token', answers: { 204: null }, refuses: [404] },
      handler: answering(async (request, reply) => {
        await desk.removeToken(actorOf(request), named.parse(request.params).id, null);
        return reply.code(204).send();
      }),
    },
  ];
}
