import type { Route } from '../../platform/http/route.ts';
import type { DeviceStanding, NotReady, Readiness } from '../readiness.ts';

export interface ReadyzDeps {
  readonly findReadiness: () => Promise<Readiness>;
  /** How the devices are; `null`: it cannot be told now. It says nothing of the worker, and does not make it unready. */
  readonly findDevices?: () => Promise<DeviceStanding | null>;
}

/**
 * `GET /readyz`: 200 while the clock is set, the database answers and every router is fresh, else 503; the body says in either case how things stand.
 * Reasons carry codes, whose texts are in the log: this page is open.
 */
export function createReadyzRoute({ findReadiness, findDevices }: ReadyzDeps): Route {
  return {
    method: 'GET',
    path: '/readyz',
    right: 'public',
    async handler(_request, reply) {
      const [readiness, devices] = await Promise.all([findReadiness(), findDevices?.()]);
      const { isReady, reasons, routers, freshRouters, oldestMs, heldSamples } = readiness;
      return reply.code(isReady ? 200 : 503).send({
        status: isReady ? 'ready' : 'not ready',
        reasons: reasons.map(toJson),
        routers: { total: routers, fresh: freshRouters },
        oldestSeconds: Math.round(oldestMs / 1000),
        heldSamples,
        ...(devices === undefined ? {} : { devices }),
      });
    },
  };
}

function toJson(reason: NotReady) {
  const { subject, code } = reason;
  if (reason.subject !== 'router') return { subject, code };
  return { subject, router: reason.router, code, staleSeconds: Math.round(reason.ageMs / 1000) };
}
