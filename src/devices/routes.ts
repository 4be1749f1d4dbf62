import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { NavigationLink } from '../platform/http/frame.ts';
import { routerLink } from '../platform/http/links.ts';
import { sendNotOnRecord, sendPage } from '../platform/http/page-answer.ts';
import type { PageFrame } from '../platform/http/page-frame.ts';
import type { Route } from '../platform/http/route.ts';
import { type RoutersDeps, readRouter, readRouters, routerRoutes } from './api/routers.ts';
import { type DeviceView, type PanelPlace, partialOf, viewDevice } from './pages/device.ts';
import { type RoutersView, viewRouters } from './pages/routers.ts';

export interface DeviceRoutesDeps extends RoutersDeps {
  readonly frame: PageFrame;
  readonly clock: { now(): number };
}

export const ROUTERS_LINK: NavigationLink = { key: 'routers', href: '/r', title: 'Routers' };

const PLACES: readonly PanelPlace[] = ['above', 'below'];
const named = z.object({ name: z.string().catch('') });

/** Which routers there are and how they are read, as pages and as JSON. */
export function createDeviceRoutes(deps: DeviceRoutesDeps): Route[] {
  const { frame, panels, clock, timeZone } = deps;
  for (const panel of panels) {
    for (const place of PLACES) {
      const template = panel.templates[place];
      if (template !== undefined) frame.addPartial(partialOf(panel, place), template);
    }
  }
  const routersPage = frame.page<RoutersView>(new URL('./pages/routers.hbs', import.meta.url));
  const devicePage = frame.page<DeviceView>(new URL('./pages/device.hbs', import.meta.url));

  /** At its own name: links of other programs, such as LibreNMS's menu of a device, name its host. */
  async function sendDevice(
    reply: FastifyReply,
    name: string,
    { query, url }: Pick<FastifyRequest, 'query' | 'url'>,
  ): Promise<FastifyReply> {
    const reads = panels.map(({ typedQuery }) => typedQuery.parse(query));
    const reading = await readRouter(deps, name, reads);
    if (reading === null) return sendNotOnRecord(frame, reply, 'No such router.');
    const { router } = reading.own;
    if (router !== name) return reply.redirect(movedTo(router, url), 307);
    const views = reading.panels.map((panel) => panel.view());
    return sendPage(reply, devicePage(viewDevice(reading.own, { panels, views, nowAt: clock.now() })));
  }

  return [
    {
      method: 'GET',
      path: '/d/:name',
      right: 'view',
      handler: async (request, reply) => sendDevice(reply, named.parse(request.params).name, request),
    },
    // For names that cannot stand in a path: `.`, `..`.
    {
      method: 'GET',
      path: '/d',
      right: 'view',
      handler: async (request, reply) => sendDevice(reply, named.parse(request.query).name, request),
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

/** The page of a router, with all else that was asked for. */
function movedTo(router: string, url: string): string {
  const asked = new URLSearchParams(askedIn(url));
  asked.delete('name');
  return routerLink(router, Object.fromEntries(asked));
}

/** The query of an address, with its `?`, as it was sent. */
function askedIn(url: string): string {
  const start = url.indexOf('?');
  return start < 0 ? '' : url.slice(start);
}
