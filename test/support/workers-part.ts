import type { SitePart } from '../../src/capability.ts';
import type { WorkerEntry } from '../../src/workers/entries.ts';
import { createWorkersRoutes, WORKERS_LINK } from '../../src/workers/routes.ts';
import { EVENING } from './pages.ts';

const moment = new Date(EVENING).toISOString();
const self = { host: 'net-1', pid: 4711, startedAt: moment, lastSeenAt: moment };
const WORKERS: readonly WorkerEntry[] = [
  { ...self, worker: '5b1e77aa', state: 'active', shards: 63, routers: ['edge-1'] },
  { ...self, worker: '77aa5b1e', host: 'a-host.of.many.labels.example.org', state: 'leaving', shards: 1, routers: [] },
  { ...self, worker: '1e5b77aa', state: 'lost', shards: 0, routers: [] },
];

/** The page of several workers, one of which answers. */
export const workersPart: SitePart = {
  navigation: [WORKERS_LINK],
  routes: ({ frame }) =>
    createWorkersRoutes({
      list: async () => WORKERS,
      ...{ me: '5b1e77aa', frame, clock: { now: () => EVENING }, timeZone: 'UTC' },
    }),
};
