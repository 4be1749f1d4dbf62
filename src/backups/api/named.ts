import type { FastifyReply, FastifyRequest } from 'fastify';
import { parseQuery } from '../../platform/http/answer.ts';
import type { Contract } from '../../platform/http/contract.ts';
import { pathPart } from '../../platform/http/forms.ts';
import type { Route } from '../../platform/http/route.ts';
import { answering } from './refusals.ts';
import { namedQuery } from './schemas.ts';

export interface DeviceRoute extends Pick<Route, 'method' | 'right'> {
  /** But for the name, which each route takes in its own way. */
  readonly contract: Contract;
  /** What stands behind the name: empty, or `/diff`. */
  readonly end?: string;
  readonly work: (request: FastifyRequest, reply: FastifyReply, device: string) => Promise<FastifyReply>;
}

/** The same at two addresses: `.`, `runs` and the like may be names, and can be no part of a path. */
export function deviceRoutes({ method, right, contract, end = '', work }: DeviceRoute): Route[] {
  return [
    {
      ...{ method, path: `/api/v1/backups/:device${end}`, right, contract },
      handler: answering((request, reply) => work(request, reply, pathPart(request, 'device'))),
    },
    {
      ...{ method, path: `/api/v1/backup${end}`, right },
      contract: { ...contract, query: [namedQuery, ...[contract.query ?? []].flat()] },
      handler: answering(async (request, reply) => {
        const asked = parseQuery(namedQuery, reply, request.query);
        return asked === null ? reply : await work(request, reply, asked.name);
      }),
    },
  ];
}
