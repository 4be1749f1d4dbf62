import { z } from 'zod';
import { sendEntries } from '../../platform/http/answer.ts';
import type { Route } from '../../platform/http/route.ts';
import type { WorkerEntry } from '../entries.ts';

const entry = z
  .strictObject({
    worker: z.string(),
    host: z.string(),
    pid: z.int(),
    startedAt: z.iso.datetime(),
    lastSeenAt: z.iso.datetime(),
    state: z.enum(['active', 'leaving', 'lost']),
    shards: z.int(),
    routers: z.array(z.string()),
  })
  .meta({ id: 'Worker' });

/** The workers that share the routers, as JSON. */
export function workersRoute(list: () => Promise<readonly WorkerEntry[]>): Route {
  return {
    method: 'GET',
    path: '/api/v1/workers',
    right: 'view',
    contract: { summary: 'The workers that share the routers', answers: { 200: z.array(entry) } },
    handler: async (_request, reply) => sendEntries(reply, await list()),
  };
}
