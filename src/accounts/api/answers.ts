import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Route } from '../../platform/http/route.ts';
import { TroubleError } from '../../runtime/errors.ts';

/** Of what cannot be done the status; all other trouble is the database's. */
const STATUS: Readonly<Record<string, number>> = {
  ACCOUNT_UNKNOWN: 404,
  ACCOUNT_TOKEN_UNKNOWN: 404,
  ACCOUNT_NAME_TAKEN: 409,
  ACCOUNT_LAST_ADMIN: 409,
  ACCOUNT_ROLE_TOO_LARGE: 409,
};

/** The same handler; what cannot be done is answered with its own status and code. */
export function answering(handler: Route['handler']): Route['handler'] {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    try {
      return await handler(request, reply);
    } catch (error) {
      const status = error instanceof TroubleError ? STATUS[error.code] : undefined;
      if (!(error instanceof TroubleError) || status === undefined) throw error;
      return reply.code(status).send({ error: error.message, code: error.code });
    }
  };
}
