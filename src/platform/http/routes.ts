import type { FastifyInstance } from 'fastify';
import { addRouterRoutes } from '../../devices/api/routers.ts';
import { addAlertsRoutes } from '../../quotas/api/alerts.ts';
import { addExplainRoute } from '../../usage/api/explain.ts';
import { addTodayRoute } from '../../usage/api/today.ts';
import { addUsageRoutes } from '../../usage/api/usage.ts';
import { addUserRoutes } from '../../usage/api/user.ts';
import type { ApiDeps } from './deps.ts';

/**
 * The JSON that programs read, under `/api/v1`; the pages are made from the same. Bytes are exact integers, names are as the router has
 * them. Days are inclusive, today without any. A query that is not understood is answered with 400, an unknown name with 404.
 */
export function addApiRoutes(scope: FastifyInstance, deps: ApiDeps): void {
  addTodayRoute(scope, deps);
  addUserRoutes(scope, deps);
  addRouterRoutes(scope, deps);
  addAlertsRoutes(scope, deps);
  addUsageRoutes(scope, deps);
  addExplainRoute(scope, deps);
}
