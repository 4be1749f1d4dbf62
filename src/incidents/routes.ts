import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf, callerMay, callerOf } from '../platform/http/caller.ts';
import { formField, formOf, pathPart, readForm, seeOther, sentence } from '../platform/http/forms.ts';
import type { NavigationLink } from '../platform/http/frame.ts';
import { sendMessage, sendPage } from '../platform/http/page-answer.ts';
import type { PageFrame } from '../platform/http/page-frame.ts';
import { createPagePanel, type Panel } from '../platform/http/panels.ts';
import type { Route } from '../platform/http/route.ts';
import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { incidentRoutes } from './api/incidents.ts';
import type { IncidentDesk } from './desk.ts';
import { ackBody, incidentIdOf, incidentsQuery } from './entries.ts';
import {
  type IncidentsView,
  type IncidentView,
  viewDeviceIncidents,
  viewIncident,
  viewIncidents,
} from './pages/incidents.ts';

interface IncidentRoutesDeps {
  readonly desk: IncidentDesk;
  readonly frame: PageFrame;
  readonly clock: Pick<Clock, 'now'>;
  readonly timeZone: string;
}

const INCIDENTS_LINK: NavigationLink = { key: 'incidents', href: '/incidents', title: 'Incidents' };

/** More would be no page for people; the API has all. */
const MOST_ROWS = 500;
const MOST_OF_DEVICE = 20;

/** What people see of incidents. */
export function createIncidentSite(deps: Omit<IncidentRoutesDeps, 'frame'>) {
  return {
    navigation: [INCIDENTS_LINK],
    devicePanels: [createIncidentPanel(deps)],
    routes: ({ frame }: Pick<IncidentRoutesDeps, 'frame'>) => createIncidentRoutes({ ...deps, frame }),
  };
}

/** What is wrong now, as pages and as JSON. */
function createIncidentRoutes({ desk, frame, clock, timeZone }: IncidentRoutesDeps): Route[] {
  const listPage = frame.page<IncidentsView>(new URL('./pages/incidents.hbs', import.meta.url));
  const onePage = frame.page<IncidentView>(new URL('./pages/incident.hbs', import.meta.url));
  const context = () => ({ now: clock.now(), timeZone });

  async function showOne(
    request: FastifyRequest,
    reply: FastifyReply,
    typed: { readonly note: string; readonly problem: string } | null,
  ): Promise<FastifyReply> {
    const id = incidentIdOf(pathPart(request, 'id'));
    const incident = id === null ? null : await desk.find(id);
    if (incident === null) return sendUnknownIncident(frame, reply);
    const { who, kind } = callerOf(request);
    const by = incident.acknowledged?.by ?? who;
    const mayAcknowledge = kind === 'user' && callerMay(request, 'operate') && by === who;
    const form = {
      mayAcknowledge,
      problem: typed?.problem ?? null,
      note: typed?.note ?? incident.acknowledged?.note ?? '',
    };
    return sendPage(reply, onePage(viewIncident(incident, form, context())));
  }

  return [
    {
      method: 'GET',
      path: '/incidents',
      right: 'view',
      async handler({ query }, reply) {
        const all = incidentsQuery.safeParse(query).data?.all === 'true';
        const incidents = await desk.list({ all, most: MOST_ROWS });
        return sendPage(reply, listPage(viewIncidents(incidents, all, context())));
      },
    },
    {
      method: 'GET',
      path: '/incidents/:id',
      right: 'view',
      handler: (request, reply) => showOne(request, reply, null),
    },
    {
      method: 'POST',
      path: '/incidents/:id/ack',
      right: 'operate',
      async handler(request, reply) {
        const note = formField(formOf(request), 'note');
        const read = readForm(ackBody, { note });
        if (!read.isGood)
          return await showOne(request, reply.code(400), { note, problem: read.problems['note'] ?? '' });
        try {
          await desk.acknowledge(actorOf(request), incidentIdOf(pathPart(request, 'id')) ?? 0, read.data.note);
        } catch (error) {
          if (!(error instanceof TroubleError) || !error.code.startsWith('INCIDENT_')) throw error;
          if (error.code === 'INCIDENT_UNKNOWN') return sendUnknownIncident(frame, reply);
          return await showOne(request, reply.code(409), { note, problem: sentence(error.message) });
        }
        return seeOther(reply, '/incidents');
      },
    },
    ...incidentRoutes({ desk }),
  ];
}

/** What is and was wrong with a device, on its page. Programs have it from the API of incidents. */
function createIncidentPanel({
  desk,
  clock,
  timeZone,
}: Omit<IncidentRoutesDeps, 'frame'>): Panel<{ readonly name: string }> {
  return createPagePanel({
    key: 'incidents',
    templates: { below: new URL('./pages/device-incidents.hbs', import.meta.url) },
    read: ({ name }) => desk.ofSubject(name, MOST_OF_DEVICE),
    view: (incidents) => viewDeviceIncidents(incidents, { now: clock.now(), timeZone }),
  });
}

function sendUnknownIncident(frame: PageFrame, reply: FastifyReply): FastifyReply {
  const advice = 'It may be too old: incidents are kept as long as usage.';
  return sendMessage(frame, reply, 404, { title: 'Not found', text: 'There is no incident of this number.', advice });
}
