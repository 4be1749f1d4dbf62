import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parseQuery, sendEntries, sendTrouble, sendUnknown } from '../../platform/http/answer.ts';
import { actorOf } from '../../platform/http/caller.ts';
import { countField, instantField } from '../../platform/http/contract.ts';
import { pathPart } from '../../platform/http/forms.ts';
import type { Route } from '../../platform/http/route.ts';
import { isVaultTrouble } from '../../runtime/vault.ts';
import type { RecordChange, Recording, RecordingBook } from '../ports.ts';
import { readCast } from '../read-cast.ts';

export interface RecordingApiDeps {
  readonly recordings: Pick<RecordingBook, 'list' | 'find' | 'part'>;
  readonly record: RecordChange;
}

const CAST_TYPE = 'application/x-asciicast';
/** Of an id; what is none is not looked for. */
const ID = /^[0-9a-f]{32}$/;
const MOST = 1000;

const listQuery = z.object({ limit: z.coerce.number().int().min(1).max(MOST).default(100) });
const recordingAnswer = z
  .strictObject({
    ...{ id: z.string(), device: z.string(), user: z.string() },
    ...{ columns: countField, rows: countField, startedAt: instantField },
    ...{ durationMs: countField, outputBytes: countField, outcome: z.string().nullable() },
  })
  .meta({ id: 'TerminalRecording' });

/** The recording that the path names; `null`: there is none. */
export async function findRecording(
  request: FastifyRequest,
  recordings: Pick<RecordingBook, 'find'>,
): Promise<Recording | null> {
  const id = pathPart(request, 'id');
  return ID.test(id) ? await recordings.find(id) : null;
}

/** Recordings of terminals: the list, and each as asciicast v2. */
export function recordingRoutes({ recordings, record }: RecordingApiDeps): Route[] {
  async function sendCast(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const found = await findRecording(request, recordings);
    if (found === null) return sendUnknown(reply, 'no such recording');
    try {
      const pieces = await readCast(recordings, found);
      // It shows what somebody saw on the device, secrets too.
      const subject = `${found.device}, ${new Date(found.startedAt).toISOString()}`;
      await record({ ...actorOf(request), action: 'terminal.replay', subject, outcome: 'ok' });
      return reply
        .headers({ 'cache-control': 'no-store, no-transform', 'content-type': CAST_TYPE })
        .send(Readable.from(pieces));
    } catch (error) {
      if (!isVaultTrouble(error)) throw error;
      return sendTrouble(reply, 409, error);
    }
  }

  return [
    {
      ...{ method: 'GET', path: '/api/v1/terminal/recordings', right: 'administer' },
      contract: {
        summary: 'Recordings of terminals, the newest first',
        ...{ query: listQuery, answers: { 200: z.array(recordingAnswer) } },
      },
      async handler({ query }, reply) {
        const asked = parseQuery(listQuery, reply, query);
        if (asked === null) return reply;
        return sendEntries(reply, (await recordings.list({ most: asked.limit })).map(entryOf));
      },
    },
    {
      ...{ method: 'GET', path: '/api/v1/terminal/recordings/:id', right: 'administer', handler: sendCast },
      contract: {
        summary: 'A recording, as asciicast v2; that it was read is in the audit',
        ...{ answers: { 200: { mediaType: CAST_TYPE } }, refuses: [404, 409] },
      },
    },
  ];
}

function entryOf({ id, device, who, size, startedAt, durationMs, outputBytes, outcome }: Recording): object {
  const { columns, rows } = size;
  const at = new Date(startedAt).toISOString();
  return { id, device, user: who, columns, rows, startedAt: at, durationMs, outputBytes, outcome };
}
