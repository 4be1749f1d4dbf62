import type { FastifyReply } from 'fastify';

/** Aborted when the client is gone, or has its answer. */
export function goneOf({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  if (raw.destroyed) controller.abort();
  raw.once('close', () => controller.abort());
  return controller.signal;
}
