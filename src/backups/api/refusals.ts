import type { FastifyReply } from 'fastify';
import { sendTrouble } from '../../platform/http/answer.ts';
import type { Route } from '../../platform/http/route.ts';
import { TroubleError } from '../../runtime/errors.ts';

/** Of what cannot be done as things are; all other trouble is the database's. */
const STATUS: Readonly<Record<string, 404 | 409>> = {
  BACKUP_UNKNOWN: 404,
  BACKUP_CAME_AGAIN: 409,
  BACKUP_DAMAGED: 409,
  BACKUP_MODEL_UNKNOWN: 409,
  BACKUP_NO_DEVICE: 409,
  BACKUP_NOT_ACCEPTABLE: 409,
  BACKUP_RUNNING: 409,
  KEY_MISSING: 409,
  KEY_WRONG: 409,
  SCHEDULE_LIMIT: 409,
  SCHEDULE_UNKNOWN: 404,
  SECRET_DAMAGED: 409,
};

/** The status of a refusal; `null`: it is none. */
export function statusOf(error: unknown): 404 | 409 | null {
  return error instanceof TroubleError ? (STATUS[error.code] ?? null) : null;
}

/** The same handler; what cannot be done is answered with its status and code. */
export function answering(handler: Route['handler']): Route['handler'] {
  return async (request, reply): Promise<FastifyReply> => {
    try {
      await handler(request, reply);
      return reply;
    } catch (error) {
      const status = statusOf(error);
      if (status === null || !(error instanceof TroubleError)) throw error;
      return sendTrouble(reply, status, error);
    }
  };
}
