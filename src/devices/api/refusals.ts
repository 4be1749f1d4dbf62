import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendTrouble } from '../../platform/http/answer.ts';
import type { Route } from '../../platform/http/route.ts';
import { Refusal } from '../inventory.ts';
import { ImportRefused } from '../transfer.ts';
import { isInTheWay } from './inventory-deps.ts';

const STATUS = { invalid: 400, unknown: 404, conflict: 409 } as const;

/** The same handler; what is refused is answered with its status and every problem. */
export function answering(handler: Route['handler']): Route['handler'] {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    try {
      return await handler(request, reply);
    } catch (error) {
      if (error instanceof Refusal) {
        const problems = error.problems.map(({ field, message }) => ({ path: field, message }));
        return reply.code(STATUS[error.kind]).send({ error: error.message, code: error.code, problems });
      }
      if (error instanceof ImportRefused) {
        const problems = error.problems.map(({ line, column, message }) => ({
          line,
          message: column === null ? message : `${column}: ${message}`,
        }));
        return reply.code(400).send({ error: `${error.message}; nothing was imported`, problems });
      }
      if (!isInTheWay(error)) throw error;
      return sendTrouble(reply, 409, error);
    }
  };
}
