import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parseQuery } from '../../platform/http/answer.ts';
import type { Contract } from '../../platform/http/contract.ts';
import type { Route } from '../../platform/http/route.ts';
import { namedQuery } from './inventory-schemas.ts';
import { answering } from './refusals.ts';

export interface NamedRoute extends Pick<Route, 'method' | 'right'> {
  /** But for the name, which each route takes in its own way. */
  readonly contract: Contract;
  readonly kind: 'device' | 'credential';
  /** What stands behind the name: empty, or `/test`. */
  readonly end?: string;
  readonly work: (request: FastifyRequest, reply: FastifyReply, name: string) => Promise<FastifyReply>;
}

/** The same at two addresses: `.`, `import` and the like may be names, and can be no part of a path. */
export function namedRoutes({ kind, method, right, contract, end = '', work }: NamedRoute): Route[] {
  const handler = (from: (request: FastifyRequest) => unknown) =>
    answering(async (request, reply) => {
      const asked = parseQuery(namedQuery, reply, from(request));
      return asked === null ? reply : await work(request, reply, asked.name);
    });
  return [
    { method, path: `/api/v1/${kind}s/:name${end}`, right, contract, handler: handler(({ params }) => params) },
    {
      ...{ method, path: `/api/v1/${kind}${end}`, right },
      contract: { ...contract, query: withName(contract.query) },
      handler: handler(({ query }) => query),
    },
  ];
}

function withName(query: Contract['query']): z.ZodType {
  return query instanceof z.ZodObject ? namedQuery.extend(query.shape) : namedQuery;
}
