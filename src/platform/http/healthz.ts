import type { Clock } from '../../runtime/clock.ts';
import type { Route } from './route.ts';

export interface HealthzDeps {
  readonly clock: Clock;
}

/**
 * `GET /healthz`: the process lives and its event loop turns, or there would be no answer. It looks at nothing outside: whoever restarts
 * a worker because its database is away throws the samples away that it holds.
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
