import { z } from 'zod';
import { parseBody, sendEntries, sendEntry } from '../../platform/http/answer.ts';
import { actorOf } from '../../platform/http/caller.ts';
import { instantField } from '../../platform/http/contract.ts';
import { pathPart } from '../../platform/http/forms.ts';
import type { Route } from '../../platform/http/route.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { MaintenanceDesk } from '../maintenance-desk.ts';
import { type MaintenanceEntry, maintenanceEntry, windowBody, windowIdOf } from '../maintenance-entries.ts';

const fields = {
  id: z.int().positive(),
  device: z.string().nullable(),
  tag: z.string().nullable(),
  from: instantField,
  to: instantField,
  every: z.literal('week').nullable(),
  open: z.boolean(),
} satisfies Record<keyof MaintenanceEntry, z.ZodType>;

const answer = z.strictObject(fields).meta({ id: 'MaintenanceWindow' });

export interface MaintenanceApiDeps {
  readonly desk: MaintenanceDesk;
  readonly timeZone: string;
  readonly clock: { now(): number };
}

/** Times in which devices are not judged, as JSON. */
export function maintenanceRoutes({ desk, timeZone, clock }: MaintenanceApiDeps): Route[] {
  const body = windowBody(timeZone);
  return [
    {
      method: 'GET',
      path: '/api/v1/maintenance',
      right: 'view',
      contract: { summary: 'List maintenance windows by their begin', answers: { 200: z.array(answer) } },
      async handler(_request, reply) {
        const windows = await desk.list();
        return sendEntries(
          reply,
          windows.map((window) => maintenanceEntry(window, clock.now(), timeZone)),
        );
      },
    },
    {
      method: 'POST',
      path: '/api/v1/maintenance',
      right: 'operate',
      contract: {
        summary: 'Add a maintenance window for a device and what is behind it, or for all with a tag',
        body,
        answers: { 201: answer },
      },
      async handler(request, reply) {
        const window = parseBody(body, reply, request.body);
        if (window === null) return reply;
        try {
          const added = await desk.add(actorOf(request), window);
          return sendEntry(reply.code(201), maintenanceEntry(added, clock.now(), timeZone));
        } catch (error) {
          if (!(error instanceof TroubleError) || error.code !== 'MAINTENANCE_DEVICE_UNKNOWN') throw error;
          const problems = [{ path: 'device', message: error.message }];
          return reply.code(400).send({ error: 'the body is not valid', code: error.code, problems });
        }
      },
    },
    {
      method: 'DELETE',
      path: '/api/v1/maintenance/:id',
      right: 'operate',
      contract: { summary: 'Remove a maintenance window', answers: { 204: null }, refuses: [404] },
      async handler(request, reply) {
        try {
          await desk.remove(actorOf(request), windowIdOf(pathPart(request, 'id')) ?? 0);
          return reply.code(204).send();
        } catch (error) {
          if (!(error instanceof TroubleError) || error.code !== 'MAINTENANCE_UNKNOWN') throw error;
          return reply.code(404).send({ error: error.message, code: error.code });
        }
      },
    },
  ];
}
