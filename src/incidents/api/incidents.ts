import { z } from 'zod';
import { parseBody, parseQuery, sendEntries, sendEntry } from '../../platform/http/answer.ts';
import { actorOf } from '../../platform/http/caller.ts';
import { instantField } from '../../platform/http/contract.ts';
import { pathPart } from '../../platform/http/forms.ts';
import type { Route } from '../../platform/http/route.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { IncidentDesk } from '../desk.ts';
import { ackBody, incidentEntry, incidentIdOf, incidentsQuery, MOST_INCIDENTS } from '../entries.ts';

const incidentAnswer = z
  .strictObject({
    id: z.int().positive(),
    kind: z.string(),
    device: z.string(),
    openedAt: instantField,
    closedAt: instantField.nullable(),
    acknowledgedBy: z.string().nullable(),
    summary: z.string(),
  })
  .meta({ id: 'Incident' });

/** Incidents as JSON. */
export function incidentRoutes({ desk }: { readonly desk: IncidentDesk }): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/incidents',
      right: 'view',
      contract: {
        summary: 'Current problems, with all=true also those that are over; open ones first, then the newest',
        query: incidentsQuery,
        answers: { 200: z.array(incidentAnswer) },
      },
      async handler({ query }, reply) {
        const asked = parseQuery(incidentsQuery, reply, query);
        if (asked === null) return reply;
        const incidents = await desk.list({ all: asked.all === 'true', most: MOST_INCIDENTS });
        return sendEntries(reply, incidents.map(incidentEntry));
      },
    },
    {
      method: 'POST',
      path: '/api/v1/incidents/:id/ack',
      right: 'operate',
      contract: {
        summary: 'Acknowledge an incident',
        body: ackBody,
        answers: { 200: incidentAnswer },
        refuses: [404, 409],
      },
      async handler(request, reply) {
        const said = parseBody(ackBody, reply, request.body);
        if (said === null) return reply;
        const id = incidentIdOf(pathPart(request, 'id')) ?? 0;
        try {
          return sendEntry(reply, incidentEntry(await desk.acknowledge(actorOf(request), id, said.note)));
        } catch (error) {
          const status = error instanceof TroubleError ? STATUS[error.code] : undefined;
          if (!(error instanceof TroubleError) || status === undefined) throw error;
          return reply.code(status).send({ error: error.message, code: error.code });
        }
      },
    },
  ];
}

/** Of what cannot be done; all other trouble is the database's. */
const STATUS: Readonly<Record<string, number>> = { INCIDENT_UNKNOWN: 404, INCIDENT_ACKNOWLEDGED: 409 };
