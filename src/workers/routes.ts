import type { NavigationLink } from '../platform/http/frame.ts';
import { sendPage } from '../platform/http/page-answer.ts';
import type { PageFrame } from '../platform/http/page-frame.ts';
import type { Route } from '../platform/http/route.ts';
import { TroubleError } from '../runtime/errors.ts';
import { workersRoute } from './api/workers.ts';
import type { WorkerEntry } from './entries.ts';
import { viewWorkers, type WorkersView } from './pages/workers.ts';

export const WORKERS_LINK: NavigationLink = { key: 'workers', href: '/workers', title: 'Workers' };

export interface WorkersRoutesDeps {
  /** Rejects with a `TroubleError` when Redis or the database is away. */
  readonly list: () => Promise<readonly WorkerEntry[]>;
  /** This worker, which serves the page. */
  readonly me: string;
  readonly frame: PageFrame;
  readonly clock: { now(): number };
  readonly timeZone: string;
}

/** The workers that share the routers, as a page and as JSON. */
export function createWorkersRoutes({ list, me, frame, clock, timeZone }: WorkersRoutesDeps): Route[] {
  const page = frame.page<WorkersView>(new URL('./pages/workers.hbs', import.meta.url));

  /** Without Redis the page says so: this worker goes on. */
  async function known(): Promise<readonly WorkerEntry[] | TroubleError> {
    try {
      return await list();
    } catch (error) {
      if (error instanceof TroubleError && error.code.startsWith('REDIS_')) return error;
      throw error;
    }
  }

  return [
    {
      method: 'GET',
      path: '/workers',
      right: 'view',
      handler: async (_request, reply) =>
        sendPage(reply, page(viewWorkers(await known(), { me, now: clock.now(), timeZone }))),
    },
    workersRoute(list),
  ];
}
