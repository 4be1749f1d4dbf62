import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parseQuery, sendEntries, sendEntry } from '../../platform/http/answer.ts';
import { actorOf } from '../../platform/http/caller.ts';
import { instantField } from '../../platform/http/contract.ts';
import { pathPart } from '../../platform/http/forms.ts';
import type { Route } from '../../platform/http/route.ts';
import { TroubleError } from '../../runtime/errors.ts';
import { ATTEMPT_STATES, type Attempt } from '../attempt.ts';
import type { HealingDesk } from '../desk.ts';
import { attemptEntry, attemptIdOf, MOST_ATTEMPTS } from '../entries.ts';
import { MODES } from '../rule.ts';

const healingQuery = z.object({ device: z.string().min(1).max(255).exactOptional() });

const attemptAnswer = z
  .strictObject({
    id: z.int().positive(),
    ...{ rule: z.string(), device: z.string(), via: z.string() },
    mode: z.enum(MODES),
    state: z.enum(ATTEMPT_STATES),
    reason: z.string().nullable(),
    startedAt: instantField,
    finishedAt: instantField.nullable(),
    by: z.string().nullable(),
  })
  .meta({ id: 'HealingAttempt' });

/** Healing as JSON. */
export function healingRoutes({ desk }: { readonly desk: HealingDesk }): Route[] {
  const decision = (word: 'approve' | 'decline', summary: string): Route => ({
    ...{ method: 'POST', path: `/api/v1/healing/:id/${word}`, right: 'operate' },
    contract: { summary, answers: { 200: attemptAnswer }, refuses: [404, 409] },
    handler: (request, reply) =>
      answered(reply, () => desk[word](actorOf(request), attemptIdOf(pathPart(request, 'id')) ?? 0)),
  });
  return [
    {
      ...{ method: 'GET', path: '/api/v1/healing', right: 'view' },
      contract: {
        summary: 'What rules did, proposed or refused, newest first',
        query: healingQuery,
        answers: { 200: z.array(attemptAnswer) },
      },
      async handler({ query }: FastifyRequest, reply) {
        const asked = parseQuery(healingQuery, reply, query);
        if (asked === null) return reply;
        const attempts = await desk.log({ most: MOST_ATTEMPTS, device: asked.device });
        return sendEntries(reply, attempts.map(attemptEntry));
      },
    },
    decision('approve', 'Approve what a rule proposes; its state is refused where a guard says no now'),
    decision('decline', 'Decline what a rule proposes'),
  ];
}

async function answered(reply: FastifyReply, work: () => Promise<Attempt>): Promise<FastifyReply> {
  try {
    return sendEntry(reply, attemptEntry(await work()));
  } catch (error) {
    const status = statusOf(error);
    if (status === null || !(error instanceof TroubleError)) throw error;
    return reply.code(status).send({ error: error.message, code: error.code });
  }
}

/** Of what cannot be done; all other trouble is the database's. */
const STATUS: Readonly<Record<string, 404 | 409>> = { HEALING_UNKNOWN: 404, HEALING_NOT_PROPOSED: 409 };

/** The status of a refusal; `null`: it is none. */
export function statusOf(error: unknown): 404 | 409 | null {
  return error instanceof TroubleError ? (STATUS[error.code] ?? null) : null;
}
