import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { name, parseQuery, sendEntries } from '../../platform/http/answer.ts';
import { type TodayDeps, todayOf } from '../../platform/http/days.ts';
import type { Route } from '../../platform/http/route.ts';
import type { Calendar } from '../accounting/day.ts';
import { explainQueue } from '../explain.ts';
import type { UsageArchive, UsageDetails } from '../ports.ts';
import { explainAnswer } from './schemas.ts';

const explainQuery = z.object({ queue: name, router: name.optional(), day: z.iso.date().optional() });

export interface ExplainDeps extends TodayDeps {
  readonly usage: UsageArchive & UsageDetails;
  readonly calendar: Calendar;
}

/** How a queue's total of a day is calculated: one account for each router that has it. */
export function explainRoute(deps: ExplainDeps): Route {
  const { usage: archive, calendar } = deps;
  async function handler({ query }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const asked = parseQuery(explainQuery, reply, query);
    if (asked === null) return reply;
    const { queue, router, day = todayOf(deps) } = asked;
    const request = { queue, day, ...(router === undefined ? {} : { router }) };
    return sendEntries(reply, await explainQueue({ archive, calendar }, request));
  }
  const contract = {
    summary: 'How the total of a queue is calculated, for each router that has it',
    query: explainQuery,
    answers: { 200: explainAnswer },
  };
  return { method: 'GET', path: '/api/v1/explain', right: 'view', contract, handler };
}
