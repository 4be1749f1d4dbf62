import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf, callerMay, callerOf } from '../../platform/http/caller.ts';
import { type Found, formField, formOf, pathPart, readForm, seeOther, sentence } from '../../platform/http/forms.ts';
import { sendPage } from '../../platform/http/page-answer.ts';
import type { PageFrame } from '../../platform/http/page-frame.ts';
import type { Route } from '../../platform/http/route.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { MaintenanceApiDeps } from '../api/maintenance.ts';
import { windowBody, windowIdOf } from '../maintenance-entries.ts';
import {
  type MaintenanceView,
  NOTHING_TYPED,
  type TypedWindow,
  viewMaintenance,
  WINDOW_FIELDS,
} from '../pages/maintenance.ts';

export interface MaintenancePageDeps extends MaintenanceApiDeps {
  readonly frame: PageFrame;
}

/** The page on which operators add and remove maintenance windows, and the others see them. */
export function createMaintenancePage({ desk, frame, timeZone, clock }: MaintenancePageDeps): Route[] {
  const page = frame.page<MaintenanceView>(new URL('../pages/maintenance.hbs', import.meta.url));
  const body = windowBody(timeZone);

  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    typed: TypedWindow = NOTHING_TYPED,
    found: Found = {},
  ): Promise<FastifyReply> {
    const mayEdit = callerOf(request).kind === 'user' && callerMay(request, 'operate');
    const windows = await desk.list();
    return sendPage(reply, page(viewMaintenance(windows, { mayEdit, typed, found }, { now: clock.now(), timeZone })));
  }

  async function add(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const form = formOf(request);
    const typed = Object.fromEntries(
      WINDOW_FIELDS.map((field) => [field, formField(form, field).trim()]),
    ) as TypedWindow;
    const given = Object.fromEntries(
      Object.entries(typed).filter(([field, text]) => text !== '' || field === 'from' || field === 'to'),
    );
    const read = readForm(body, given);
    if (!read.isGood) return await show(request, reply.code(400), typed, read.problems);
    try {
      await desk.add(actorOf(request), read.data);
    } catch (error) {
      if (!(error instanceof TroubleError) || error.code !== 'MAINTENANCE_DEVICE_UNKNOWN') throw error;
      return await show(request, reply.code(400), typed, { device: sentence(error.message) });
    }
    return seeOther(reply, '/maintenance');
  }

  return [
    {
      method: 'GET',
      path: '/maintenance',
      right: 'view',
      handler: (request, reply) => show(request, reply),
    },
    { method: 'POST', path: '/maintenance', right: 'operate', handler: add },
    {
      method: 'POST',
      path: '/maintenance/:id/remove',
      right: 'operate',
      async handler(request, reply) {
        try {
          await desk.remove(actorOf(request), windowIdOf(pathPart(request, 'id')) ?? 0);
        } catch (error) {
          // Gone is what was wanted.
          if (!(error instanceof TroubleError) || error.code !== 'MAINTENANCE_UNKNOWN') throw error;
        }
        return seeOther(reply, '/maintenance');
      },
    },
  ];
}
