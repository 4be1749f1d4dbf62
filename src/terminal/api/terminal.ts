import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parseBody, sendEntry, sendTrouble } from '../../platform/http/answer.ts';
import { actorOf, callerOf } from '../../platform/http/caller.ts';
import { pathPart } from '../../platform/http/forms.ts';
import type { Gate } from '../../platform/http/gate.ts';
import { isOwnOrigin } from '../../platform/http/own-origin.ts';
import type { Route } from '../../platform/http/route.ts';
import { acceptSocket, isUpgrade } from '../../platform/http/sockets.ts';
import { isVaultTrouble } from '../../runtime/vault.ts';
import { SESSION_ENDED } from '../ends.ts';
import { MOST_FRAME_BYTES, sizeFields } from '../frames.ts';
import { MOST_OF_A_USER } from '../ports.ts';
import type { Terminal } from '../session.ts';
import type { Asking, Refused, Terminals } from '../terminals.ts';

export interface TerminalApiDeps {
  readonly terminals: Pick<Terminals, 'issue' | 'admit'>;
  readonly gate: Pick<Gate, 'follow'>;
  /** Where people reach the pages, as far as that is known. */
  readonly publicUrl: string | null;
}

const ADDRESS = '/api/v1/devices/:name/terminal';
const windowBody = z.strictObject(sizeFields).meta({ id: 'TerminalWindow' });
const ticketAnswer = z.strictObject({ ticket: z.string() }).meta({ id: 'TerminalTicket' });
const shownQuery = z.object({ ticket: z.string().catch('') });

const REFUSALS: Readonly<Record<Refused, { readonly status: number; readonly error: string; readonly code?: string }>> =
  {
    ticket: { status: 403, error: 'the ticket is wrong, used or too old' },
    unknown: { status: 404, error: 'no such device' },
    two: { status: 409, error: `you have ${MOST_OF_A_USER} terminals open: close one of them`, code: 'TERMINAL_LIMIT' },
    busy: { status: 503, error: 'this worker has no room for another terminal', code: 'TERMINAL_BUSY' },
  };

/** A ticket for a terminal, and the WebSocket that takes it. */
export function terminalRoutes({ terminals, gate, publicUrl }: TerminalApiDeps): Route[] {
  async function issue(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const asking = askingOf(request);
    if (asking === null) return refuseToken(reply);
    const size = parseBody(windowBody, reply, request.body);
    if (size === null) return reply;
    try {
      const issued = await terminals.issue(asking, pathPart(request, 'name'), size);
      return typeof issued === 'string' ? refuse(reply, issued) : sendEntry(reply.code(201), issued);
    } catch (error) {
      if (!isVaultTrouble(error)) throw error;
      return sendTrouble(reply, 409, error);
    }
  }

  /** Everything is checked before the connection becomes a WebSocket. */
  async function open(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const asking = askingOf(request);
    if (asking === null) return refuseToken(reply);
    if (!isUpgrade(request)) {
      return reply.code(426).header('upgrade', 'websocket').send({ error: 'this address is for a WebSocket' });
    }
    if (!isOwnOrigin(request, publicUrl)) return reply.code(403).send({ error: 'asked for by another site' });
    const { ticket } = shownQuery.parse(request.query);
    const admitted = await terminals.admit(asking, pathPart(request, 'name'), ticket);
    if (typeof admitted === 'string') return refuse(reply, admitted);
    const isMade = await acceptSocket(request, reply, {
      mostBytes: MOST_FRAME_BYTES,
      open(wire) {
        const terminal = admitted.open(wire);
        void followSession(request, terminal);
        return terminal;
      },
    });
    if (!isMade) await admitted.leave();
    return reply;
  }

  async function followSession(request: FastifyRequest, terminal: Terminal): Promise<void> {
    const unfollow = await gate.follow(request, () => terminal.end(SESSION_ENDED));
    await terminal.ended;
    unfollow();
  }

  return [
    {
      ...{ method: 'POST', path: ADDRESS, right: 'administer', handler: issue },
      contract: {
        summary: 'A ticket for a terminal of a device, good once within 30 s; only with a login, not with a token',
        ...{ body: windowBody, answers: { 201: ticketAnswer }, refuses: [404, 409] },
      },
    },
    {
      ...{ method: 'GET', path: ADDRESS, right: 'administer', handler: open },
      contract: {
        summary: 'The terminal itself, as a WebSocket; the ticket is in the query',
        ...{ query: z.object({ ticket: z.string() }), answers: {}, refuses: [404, 409] },
      },
    },
  ];
}

/** `null`: a token asks, which would leave nobody to end it with. */
function askingOf(request: FastifyRequest): Asking | null {
  const { session } = callerOf(request);
  return session === null ? null : { ...actorOf(request), session };
}

function refuseToken(reply: FastifyReply): FastifyReply {
  return reply.code(403).send({ error: 'a terminal needs a login: a token opens none' });
}

function refuse(reply: FastifyReply, why: Refused): FastifyReply {
  const { status, ...refusal } = REFUSALS[why];
  return reply.code(status).send(refusal);
}
