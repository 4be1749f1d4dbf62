import type { FastifyReply, FastifyRequest } from 'fastify';
import { parseQuery } from '../../platform/http/answer.ts';
import type { Route } from '../../platform/http/route.ts';
import { namedQuery } from './inventory-schemas.ts';
import { answering } from './refusals.ts';

export interface NamedRoute extends Pick<Route, 'method' | 'right'> {
  readonly kind: 'device' | 'credential';
  /** What stands behind the name: empty, or `/test`. */
  readonly end?: string;
  readonly work: (request: FastifyRequest, reply: FastifyReply, name: string) => Promise<FastifyReply>;
}

/** The same at two addresses: `.`, `import` and the like may be names, and can be no part of a path. */
export function namedRoutes({ kind, method, right, end = '', work }: NamedRoute): Route[] {
  const handler = (from: (request: FastifyRequest) => unknown) =>
    answering(async (request, reply) => {
      const asked = parseQuery(namedQuery, reply, from(request));
      return asked === null ? reply : await work(request, reply, asked.name);
    });
  return [
    { method, path: `/api/v1/${kind}s/:name${end}`, right, handler: handler(({ params }) => params) },
    { method, path: `/api/v1/${kind}${end}`, right, handler: handler(({ query }) => query) },
  ];
}
