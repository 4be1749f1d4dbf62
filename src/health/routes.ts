import { z } from 'zod';
import { name, parseQuery, sendEntries, sendRefusal } from '../platform/http/answer.ts';
import type { Route } from '../platform/http/route.ts';
import { statusAnswer, transitionAnswer, uptimeAnswer } from './api/schemas.ts';
import { DEFAULT_DAYS, MOST_DAYS, readStatus, readTransitions, readUptime, type StatusDeps } from './status.ts';

const uptimeQuery = z.object({ days: z.coerce.number().int().min(1).max(MOST_DAYS).default(DEFAULT_DAYS) });
const transitionsQuery = z.object({
  device: name.optional(),
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
});

/** How the devices are and were, as JSON. */
export function createHealthRoutes(deps: StatusDeps): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/status',
      right: 'view',
      contract: { summary: 'List the devices, and how each is', answers: { 200: z.array(statusAnswer) } },
      handler: async (_request, reply) => sendEntries(reply, await readStatus(deps)),
    },
    {
      method: 'GET',
      path: '/api/v1/uptime',
      right: 'view',
      contract: {
        summary: 'Tell how much of the last days each device was up',
        query: uptimeQuery,
        answers: { 200: z.array(uptimeAnswer) },
      },
      async handler({ query }, reply) {
        const asked = parseQuery(uptimeQuery, reply, query);
        return asked === null ? reply : sendEntries(reply, await readUptime(deps, asked.days));
      },
    },
    {
      method: 'GET',
      path: '/api/v1/transitions',
      right: 'view',
      contract: {
        summary: 'List when devices changed their state, in order of time; of more than 10,000 the last ones',
        query: transitionsQuery,
        answers: { 200: z.array(transitionAnswer) },
      },
      async handler({ query }, reply) {
        const asked = parseQuery(transitionsQuery, reply, query);
        if (asked === null) return reply;
        if (asked.from !== undefined && asked.to !== undefined && asked.from > asked.to) {
          return sendRefusal(reply, 'from: is later than to');
        }
        return sendEntries(reply, await readTransitions(deps, asked));
      },
    },
  ];
}
