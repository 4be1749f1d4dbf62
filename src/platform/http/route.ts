import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RIGHTS, type Right } from '../../runtime/rights.ts';
import type { Contract } from './contract.ts';
import type { Gate } from './gate.ts';

/** Addresses of the API. */
export const API_PREFIX = '/api/';

/** One thing that can be asked for, with the right it needs. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** As the router takes it: `/api/v1/users/:router/:user`. */
  readonly path: string;
  readonly right: Right;
  /** What it takes and answers. Every route of the API has one. */
  readonly contract?: Contract;
  /** A larger body is refused with 413 while it is read; 16 KiB without a limit of its own. */
  readonly largestBodyBytes?: number;
  /** Sends the answer, or gives what is to be sent. A `TroubleError` becomes 503 with its code. */
  readonly handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
  /** Makes the page once for nobody: the first who asks for it after a start need not wait until everything for it is compiled. */
  readonly warm?: () => Promise<unknown>;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    right?: Right;
  }
}

/**
 * `beforeHandler` may throw a `TroubleError` instead of letting the handler run. A route of the API that does not say what it takes and
 * answers is a bug: the server does not start.
 */
export function addRoute(
  scope: FastifyInstance,
  { method, path, right, contract, largestBodyBytes, handler }: Route,
  beforeHandler?: () => void,
): void {
  if (path.startsWith(API_PREFIX) && contract === undefined) throw new Error(`${method} ${path} has no contract`);
  scope.route({
    method,
    url: path,
    config: { right },
    handler,
    ...(largestBodyBytes === undefined ? {} : { bodyLimit: largestBodyBytes }),
    ...(beforeHandler === undefined ? {} : { preHandler: async () => beforeHandler() }),
  });
}

/**
 * Asks the gate before every route that is not public, in every scope. A route that does not say which right it
 * needs, or that needs one where there is no gate, is a bug: the server does not start. To be called before any route is added.
 */
export function guardRoutes(server: FastifyInstance, gate: Gate | null): void {
  server.addHook('onRoute', (route) => {
    const right = RIGHTS.find((known) => known === route.config?.right);
    const name = `${[route.method].flat().join(', ')} ${route.url}`;
    if (right === undefined) throw new Error(`${name} does not declare the right it needs`);
    if (right === 'public') return;
    if (gate === null) throw new Error(`${name} needs a right, and there is no gate to ask`);
    const admit = async (request: FastifyRequest, reply: FastifyReply) => gate.admit(request, reply, right);
    route.onRequest = [admit, ...[route.onRequest ?? []].flat()];
  });
}
