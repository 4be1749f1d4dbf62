import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { name, parseQuery, sendEntries } from '../../platform/http/answer.ts';
import { todayOf } from '../../platform/http/days.ts';
import type { ApiDeps } from '../../platform/http/deps.ts';
import { explainQueue } from '../explain.ts';

const explainQuery = z.object({ queue: name, router: name.optional(), day: z.iso.date().optional() });

/** How a queue's total of a day came about, an account for each router that has it. */
export function addExplainRoute(scope: FastifyInstance, deps: ApiDeps): void {
  const { usage: archive, calendar } = deps;
  scope.get('/api/v1/explain', async ({ query }, reply) => {
    const asked = parseQuery(explainQuery, reply, query);
    if (asked === null) return reply;
    const { queue, router, day = todayOf(deps) } = asked;
    const request = { queue, day, ...(router === undefined ? {} : { router }) };
    return sendEntries(reply, await explainQueue({ archive, calendar }, request));
  });
}
