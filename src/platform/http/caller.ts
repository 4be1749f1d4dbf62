import type { FastifyRequest } from 'fastify';
import { mayUse, type Right, type Role } from '../../runtime/rights.ts';

/** Who asks, as the gate found out. */
export interface Caller {
  /** The name of a user or of a token; empty for whoever has the one password, or needs none. */
  readonly who: string;
  readonly kind: 'user' | 'token' | 'shared';
  readonly role: Role;
  /** Their address. */
  readonly from: string;
  /** Tells the session of a user from all others, and opens none; `null`: it is nobody's session. */
  readonly session: string | null;
}

const callers = new WeakMap<FastifyRequest, Caller>();

/** To be called by the gate alone. */
export function noteCaller(request: FastifyRequest, caller: Caller): void {
  callers.set(request, caller);
}

/** Who asks for a route that is not public. */
export function callerOf(request: FastifyRequest): Caller {
  const caller = callers.get(request);
  if (caller === undefined) throw new Error(`nobody was asked who calls ${request.routeOptions.url}`);
  return caller;
}

/** The same for the audit. Only a token or a user may change anything. */
export function actorOf(request: FastifyRequest): Pick<Caller, 'who' | 'from'> & { readonly kind: 'user' | 'token' } {
  const { who, kind, from } = callerOf(request);
  if (kind === 'shared') throw new Error(`${request.routeOptions.url} is changed by somebody without a name`);
  return { who, kind, from };
}

/** Whether whoever asks has this right. */
export function callerMay(request: FastifyRequest, right: Right): boolean {
  const { role, kind } = callerOf(request);
  return mayUse({ role, isUser: kind === 'user' }, right);
}
