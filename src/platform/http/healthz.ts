import type { Clock } from '../../runtime/clock.ts';
import type { Route } from './route.ts';

export interface HealthzDeps {
  readonly clock: Clock;
}

/**
 * `GET /healthz`: an answer shows that the process and its event loop run. It checks nothing outside: restarting a worker because its
 * database is away would lose the samples that it holds.
 */
export function createHealthzRoute({ clock }: HealthzDeps): Route {
  const startedMs = clock.monotonicMs();
  return {
    method: 'GET',
    path: '/healthz',
    right: 'public',
    handler: async () => ({ status: 'alive', uptimeSeconds: Math.round((clock.monotonicMs() - startedMs) / 1000) }),
  };
}
