import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { NavigationLink } from '../platform/http/frame.ts';
import { routerLink } from '../platform/http/links.ts';
import { sendMessage, sendPage } from '../platform/http/page-answer.ts';
import type { PageFrame } from '../platform/http/page-frame.ts';
import { PANEL_PLACES } from '../platform/http/panels.ts';
import type { Route } from '../platform/http/route.ts';
import { findDevice, type RoutersDeps, readDevice, readRouters, routerRoutes } from './api/routers.ts';
import { type DeviceView, partialOf, viewDevice } from './pages/device.ts';
import { type RoutersView, viewRouters } from './pages/routers.ts';
import type { Roster } from './roster.ts';

export interface DeviceRoutesDeps extends RoutersDeps {
  /** All devices, also those that are not polled. */
  readonly roster: Pick<Roster, 'find'>;
  readonly frame: PageFrame;
  readonly clock: { now(): number };
}

export const ROUTERS_LINK: NavigationLink = { key: 'routers', href: '/r', title: 'Routers' };

const named = z.object({ name: z.string().catch('') });

/** Which routers there are and how they are read, as pages and as JSON. */
export function createDeviceRoutes(deps: DeviceRoutesDeps): Route[] {
  const { frame, panels, clock, timeZone } = deps;
  for (const panel of panels) {
    for (const place of PANEL_PLACES) {
      const template = panel.templates[place];
      if (template !== undefined) frame.addPartial(partialOf(panel, place), template);
    }
  }
  const routersPage = frame.page<RoutersView>(new URL('./pages/routers.hbs', import.meta.url));
  const devicePage = frame.page<DeviceView>(new URL('./pages/device.hbs', import.meta.url));

  async function sendDevice(reply: FastifyReply, name: string, query: unknown): Promise<FastifyReply> {
    const device = await findDevice(deps.roster, deps, name);
    if (device === null) {
      const view = { title: 'Not found', text: 'No such device.', advice: 'It may have been removed or renamed.' };
      return sendMessage(frame, reply, 404, view);
    }
    const reads = panels.map(({ typedQuery }) => typedQuery.parse(query));
    const { polled, panels: read } = await readDevice(deps, device, reads);
    const parts = panels.map((panel, index) => ({ panel, view: read[index]?.view() ?? null }));
    return sendPage(reply, devicePage(viewDevice({ device, polled, parts, nowAt: clock.now() })));
  }

  return [
    {
      method: 'GET',
      path: '/d/:name',
      right: 'view',
      handler: async ({ params, query }, reply) => sendDevice(reply, named.parse(params).name, query),
    },
    // For names that cannot stand in a path: `.`, `..`.
    {
      method: 'GET',
      path: '/d',
      right: 'view',
      handler: async ({ query }, reply) => sendDevice(reply, named.parse(query).name, query),
    },
    // Where the page was before; others keep links to it.
    {
      method: 'GET',
      path: '/r/:name',
      right: 'view',
      handler: async ({ params, url }, reply) =>
        reply.redirect(routerLink(named.parse(params).name) + askedIn(url), 308),
    },
    {
      method: 'GET',
      path: '/r',
      right: 'view',
      async handler({ query, url }, reply) {
        if (named.parse(query).name !== '') return reply.redirect(`/d${askedIn(url)}`, 308);
        return sendPage(reply, routersPage(viewRouters(await readRouters(deps), timeZone)));
      },
    },
    ...routerRoutes(deps),
  ];
}

/** The query of an address, with its `?`, as it was sent. */
function askedIn(url: string): string {
  const start = url.indexOf('?');
  return start < 0 ? '' : url.slice(start);
}
