import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Right } from '../../runtime/rights.ts';

/** Knows who asks, and what they may. */
export interface Gate {
  /** Answers requests that do not have this right; `undefined` lets them on. It is asked before anything is read for them. */
  admit(
    request: FastifyRequest,
    reply: FastifyReply,
    right: Exclude<Right, 'public'>,
  ): Promise<FastifyReply | undefined>;
  /** Calls back when the session of an admitted request is over; not after the returned function was called. */
  follow(request: FastifyRequest, ended: () => void): Promise<() => void>;
  /** Ends its own work, and no session. */
  stop(): void;
}
