import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Caller, noteCaller } from '../../platform/http/caller.ts';
import type { Gate } from '../../platform/http/gate.ts';
import { sendMessage, wantsPage } from '../../platform/http/page-answer.ts';
import type { PageFrame } from '../../platform/http/page-frame.ts';
import { TroubleError } from '../../runtime/errors.ts';
import { mayUse, type Right, type Role } from '../../runtime/rights.ts';
import { isTokenLike } from '../tokens.ts';
import { bearerOf, cookieOf, isSameOrigin, localPath, UNAVAILABLE } from './requests.ts';

/** How people without a token are known: by an account, by the one password, or not at all. */
export interface Visitors {
  /** `null`: nobody we know. Rejects with a `TroubleError` when that cannot be found out now. */
  find(cookie: string, byItself: boolean): Promise<Omit<Caller, 'from'> | null>;
  follow(cookie: string, ended: () => void): Promise<() => void>;
  stop(): void;
}

export interface GateDeps {
  readonly visitors: Visitors;
  /** `null`: it is none, or is over. */
  readonly findToken: (token: string) => Promise<{ readonly name: string; readonly role: Role } | null>;
  /** An `Authorization: Bearer` is for us, whatever it says; otherwise only when it looks like a token of ours: others are a proxy's. */
  readonly takesEveryBearer: boolean;
  /** Only names of this machine in the Host header: another one is a foreign page that had its own name point here. */
  readonly isForThisMachine: boolean;
  readonly frame: PageFrame;
}

const LOOPBACK_HOST = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;
const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Who asks, by a token or a session, and whether their role is enough. Asked before the route looks at anything. */
export function createGate(deps: GateDeps): Gate {
  const { visitors, findToken, takesEveryBearer, isForThisMachine, frame } = deps;

  function tokenOf(request: FastifyRequest): string | null {
    const bearer = bearerOf(request);
    return bearer !== null && (takesEveryBearer || isTokenLike(bearer)) ? bearer : null;
  }

  async function findCaller(request: FastifyRequest): Promise<Caller | null> {
    const given = tokenOf(request);
    if (given === null) {
      const visitor = await visitors.find(cookieOf(request), isByItself(request));
      return visitor === null ? null : { ...visitor, from: request.ip };
    }
    const token = await findToken(given);
    return token === null
      ? null
      : { who: token.name, kind: 'token', role: token.role, from: request.ip, session: null };
  }

  function refuse(request: FastifyRequest, reply: FastifyReply, error: string): FastifyReply {
    if (!wantsPage(request)) return reply.code(403).send({ error });
    return sendMessage(frame, reply, 403, { title: 'Not allowed', text: `${capitalized(error)}.`, advice: null });
  }

  return {
    async admit(request, reply, right) {
      if (isForThisMachine && !LOOPBACK_HOST.test(request.headers.host ?? '')) {
        return reply.code(403).send({ error: 'open these pages as http://127.0.0.1 or http://localhost' });
      }
      let caller: Caller | null;
      try {
        caller = await findCaller(request);
      } catch (error) {
        if (!(error instanceof TroubleError) || !wantsPage(request)) throw error;
        return sendUnknown(frame, reply, error);
      }
      if (caller === null) {
        return tokenOf(request) === null ? askToLogIn(request, reply) : refuseToken(reply);
      }
      if (caller.kind !== 'token' && !READS.has(request.method) && !isSameOrigin(request)) {
        return refuse(request, reply, 'the request was sent from another site, or does not say from where');
      }
      if (!mayUse({ role: caller.role, isUser: caller.kind === 'user' }, right)) {
        return refuse(request, reply, tooSmall(caller, right));
      }
      noteCaller(request, caller);
      return undefined;
    },
    follow: (request, ended) => visitors.follow(cookieOf(request), ended),
    stop: visitors.stop,
  };
}

/** Streams of pages that are left open. */
const STREAMS: readonly (string | undefined)[] = ['/live', '/live/logs'];

/** Whether a page that is left open asks: its stream, and what its script asks for after news. */
function isByItself({ headers, routeOptions }: FastifyRequest): boolean {
  return STREAMS.includes(routeOptions.url) || headers['x-netsentinel-refresh'] !== undefined;
}

function refuseToken(reply: FastifyReply): FastifyReply {
  return reply.code(401).header('www-authenticate', 'Bearer').send({ error: 'the token is wrong or expired' });
}

function askToLogIn(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (!wantsPage(request)) return reply.code(401).send({ error: 'log in first' });
  const next = READS.has(request.method) ? localPath(request.url) : '/';
  return reply.redirect(`/login?next=${encodeURIComponent(next)}`, 303);
}

/** While the database is away, visitors cannot be identified. */
function sendUnknown(frame: PageFrame, reply: FastifyReply, { code }: TroubleError): FastifyReply {
  return sendMessage(frame, reply, 503, {
    title: UNAVAILABLE,
    text: `${UNAVAILABLE} (${code}). NetSentinel cannot check your login.`,
    advice: 'Polling continues. Load this page again when the database is back; you stay logged in.',
  });
}

const NEEDS = { view: 'viewer', operate: 'operator', administer: 'admin' } as const;

function tooSmall({ kind, role }: Caller, right: Exclude<Right, 'public'>): string {
  if (right === 'account') return 'this needs a login with an own account';
  const what = kind === 'token' ? 'the token has' : kind === 'user' ? 'you have' : 'without an account you have';
  return `this needs the role ${NEEDS[right]}; ${what} the role ${role}`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
