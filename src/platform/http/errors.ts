import type { FastifyReply, FastifyRequest } from 'fastify';
import { TroubleError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';

/**
 * What went wrong, as JSON. The client reads what it did wrong itself, and of expected trouble the code; what else happens in here is
 * for the log alone.
 */
export function answerError(logger: Logger, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { status, ...body } = describeError(logger, error, request);
  reply.code(status).send(body);
}

/** The same for callers with another response format; logs a bug. */
export function describeError(
  logger: Logger,
  error: unknown,
  request: FastifyRequest,
): { readonly status: number; readonly error: string; readonly code?: string } {
  const status = statusOf(error);
  if (status < 500 && error instanceof Error) return { status, error: error.message };
  if (error instanceof TroubleError) return { status: 503, error: 'temporarily unavailable', code: error.code };
  logger.error({ err: error, route: request.routeOptions.url }, 'bug');
  return { status: 500, error: 'internal error' };
}

export function answerUnknownPath(_request: FastifyRequest, reply: FastifyReply): void {
  reply.code(404).send({ error: 'not found' });
}

function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}
