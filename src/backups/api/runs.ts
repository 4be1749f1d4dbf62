import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { parseBody, sendEntries, sendEntry, sendUnknown } from '../../platform/http/answer.ts';
import { actorOf } from '../../platform/http/caller.ts';
import { pathPart } from '../../platform/http/forms.ts';
import type { Route } from '../../platform/http/route.ts';
import type { BackupActs } from '../acts.ts';
import { runEntry, runStateEntry } from '../entries.ts';
import type { RunStates } from '../outcome.ts';
import { answering } from './refusals.ts';
import { runAnswer, runBody, runStateAnswer } from './schemas.ts';

export interface RunApiDeps {
  readonly states: RunStates;
  readonly acts: Pick<BackupActs, 'begin'>;
}

const MOST_RUNS = 100;

/** Backups that are made and were made, as JSON. */
export function runRoutes({ states, acts }: RunApiDeps): Route[] {
  async function sendRun(reply: FastifyReply, run: string): Promise<FastifyReply> {
    const details = await states.of(run);
    if (details === null) return sendUnknown(reply, 'no such run');
    return sendEntry(reply, { ...runEntry(details), running: details.isRunning });
  }

  return [
    {
      ...{ method: 'POST', path: '/api/v1/backups/run', right: 'operate' },
      contract: {
        summary: 'Back up devices now, all without device and tag; the run goes on in the worker',
        ...{ body: runBody, answers: { 202: runAnswer }, refuses: [409] },
      },
      handler: answering(async (request, reply) => {
        const wanted = parseBody(runBody, reply, request.body);
        if (wanted === null) return reply;
        const { run } = await acts.begin(actorOf(request), wanted);
        return await sendRun(reply.code(202).header('location', `/api/v1/backups/runs/${run}`), run);
      }),
    },
    {
      ...{ method: 'GET', path: '/api/v1/backups/runs', right: 'view' },
      contract: { summary: `The last ${MOST_RUNS} runs, newest first`, answers: { 200: z.array(runStateAnswer) } },
      handler: async (_request, reply) => sendEntries(reply, (await states.recent(MOST_RUNS)).map(runStateEntry)),
    },
    {
      ...{ method: 'GET', path: '/api/v1/backups/runs/:run', right: 'view' },
      contract: { summary: 'What a run came to so far', answers: { 200: runAnswer }, refuses: [404] },
      handler: async (request, reply) => sendRun(reply, pathPart(request, 'run')),
    },
  ];
}
