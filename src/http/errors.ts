import type { FastifyReply, FastifyRequest } from 'fastify';
import { TroubleError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';

/**
 * What went wrong, as JSON. The client reads what it did wrong itself, and of expected trouble the code; what else happens in here is
 * for the log alone.
 */
export function answerError(logger: Logger, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const status = statusOf(error);
  if (status < 500 && error instanceof Error) {
    reply.code(status).send({ error: error.message });
  } else if (error instanceof TroubleError) {
    reply.code(503).send({ error: 'temporarily unavailable', code: error.code });
  } else {
    logger.error({ err: error, route: request.routeOptions.url }, 'bug');
    reply.code(500).send({ error: 'internal error' });
  }
}

export function answerUnknownPath(_request: FastifyRequest, reply: FastifyReply): void {
  reply.code(404).send({ error: 'not found' });
}

function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}
