import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { NavigationLink } from '../platform/http/frame.ts';
import { sendNotOnRecord, sendPage } from '../platform/http/page-answer.ts';
import type { PageFrame } from '../platform/http/page-frame.ts';
import type { Route } from '../platform/http/route.ts';
import { type RouterDay, type RoutersDeps, readRouter, readRouters, routerRoutes } from './api/routers.ts';
import { type RouterDayView, type RoutersView, type RouterView, viewRouter, viewRouters } from './pages/routers.ts';

export interface DeviceRoutesDeps<Query, Day extends RouterDay> extends RoutersDeps<Query, Day> {
  readonly frame: PageFrame;
  /** What a router's page shows of its usage; the provider of this also provides the partial `ranking`. */
  readonly viewDay: (day: Day & { readonly router: string }) => RouterDayView;
}

export const ROUTERS_LINK: NavigationLink = { key: 'routers', href: '/r', title: 'Routers' };

const named = z.object({ name: z.string().catch('') });

/** Which routers there are and how they are read, as pages and as JSON. */
export function createDeviceRoutes<Query, Day extends RouterDay>(deps: DeviceRoutesDeps<Query, Day>): Route[] {
  const { frame, timeZone } = deps;
  const routersPage = frame.page<RoutersView>(new URL('./pages/routers.hbs', import.meta.url));
  const routerPage = frame.page<RouterView>(new URL('./pages/router.hbs', import.meta.url));

  async function sendRouter(reply: FastifyReply, name: string, query: unknown): Promise<FastifyReply> {
    const data = await readRouter(deps, name, deps.usage.typedQuery.parse(query));
    if (data === null) return sendNotOnRecord(frame, reply, 'No such router.');
    return sendPage(reply, routerPage(viewRouter(data, deps.viewDay)));
  }

  return [
    {
      method: 'GET',
      path: '/r/:name',
      right: 'view',
      handler: async ({ params, query }, reply) => sendRouter(reply, named.parse(params).name, query),
    },
    {
      method: 'GET',
      path: '/r',
      right: 'view',
      async handler({ query }, reply) {
        const { name } = named.parse(query);
        if (name !== '') return await sendRouter(reply, name, query);
        return sendPage(reply, routersPage(viewRouters(await readRouters(deps), timeZone)));
      },
    },
    ...routerRoutes(deps),
  ];
}
