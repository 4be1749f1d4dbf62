import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { AlertState } from '../../features/alerts/ports.ts';
import { type AlertEntry, alertEntry, listAlerts } from '../../features/alerts/query.ts';
import { name, parseQuery, sendEntries } from './answer.ts';
import { type Days, daysOf, range, todayOf } from './days.ts';
import type { ApiDeps } from './deps.ts';

const ORDERS = ['day', 'newest'] as const;

const alertsQuery = range.extend({
  router: name.optional(),
  user: name.optional(),
  sort: z.enum(ORDERS).default('day'),
});

export interface AlertsQuestion extends Days {
  readonly router?: string | undefined;
  readonly user?: string | undefined;
  /** `day`: by day, router, user, period, threshold · `newest`: by when it was noticed, the latest first. */
  readonly sort: (typeof ORDERS)[number];
}

/** Breaches and the state of their alerts, the same entries as the command line's. */
export async function readAlerts({ alerts: archive }: ApiDeps, question: AlertsQuestion): Promise<AlertEntry[]> {
  const { fromDay, toDay, router, user, sort } = question;
  const found = (await listAlerts({ archive }, { fromDay, toDay })).filter(
    (alert) => (router === undefined || alert.router === router) && (user === undefined || alert.user === user),
  );
  return (sort === 'newest' ? found.sort(latestFirst) : found).map(alertEntry);
}

function latestFirst(a: AlertState, b: AlertState): number {
  return b.noticedAt - a.noticedAt || b.threshold - a.threshold;
}

export function addAlertsRoute(scope: FastifyInstance, deps: ApiDeps): void {
  scope.get('/api/v1/alerts', async ({ query }, reply) => {
    const asked = parseQuery(alertsQuery, reply, query);
    if (asked === null) return reply;
    const days = daysOf(asked, todayOf(deps), reply);
    if (days === null) return reply;
    return sendEntries(reply, await readAlerts(deps, { ...asked, ...days }));
  });
}
