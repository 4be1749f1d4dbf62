import type { NavigationLink } from '../platform/http/frame.ts';
import { sendPage } from '../platform/http/page-answer.ts';
import type { PageFrame } from '../platform/http/page-frame.ts';
import type { Route } from '../platform/http/route.ts';
import {
  type AlertsDeps,
  alertsRoutes,
  readAlertLines,
  readAlerts,
  typedAlertsQuery,
  typedDays,
} from './api/alerts.ts';
import { alertAnswer } from './api/schemas.ts';
import { type AlertRow, type AlertsView, alertRow, viewAlerts } from './pages/alerts.ts';
import type { AlertFilter } from './ports.ts';
import { type AlertEntry, alertLines } from './query.ts';

export interface QuotaRoutesDeps extends AlertsDeps {
  readonly frame: PageFrame;
  /** Names of the routers that are polled, to choose from. */
  readonly routers: () => readonly string[];
  readonly timeZone: string;
}

export const ALERTS_LINK: NavigationLink = { key: 'alerts', href: '/alerts', title: 'Alerts' };

/** Which thresholds were crossed, as a page and as JSON. */
export function createQuotaRoutes(deps: QuotaRoutesDeps): Route[] {
  const { frame, routers, timeZone } = deps;
  frame.addPartial('alert-rows', new URL('./pages/alert-rows.hbs', import.meta.url));
  const alertsPage = frame.page<AlertsView>(new URL('./pages/alerts.hbs', import.meta.url));
  return [
    {
      method: 'GET',
      path: '/alerts',
      right: 'view',
      async handler({ query }, reply) {
        const typed = typedAlertsQuery.parse(query);
        const { from, to, ...asked } = typed;
        const data = await readAlertLines(deps, { ...asked, ...typedDays(deps, typed) });
        return sendPage(reply, alertsPage(viewAlerts(data, { timeZone, routers: routers(), asked: { from, to } })));
      },
    },
    ...alertsRoutes(deps),
  ];
}

/** Alerts as the pages of others show them, with the partial `alert-rows`. */
export function createAlertRows({ alerts, timeZone }: Pick<QuotaRoutesDeps, 'alerts' | 'timeZone'>) {
  return {
    alertAnswer,
    alertsOf: (filter: AlertFilter) => readAlerts({ alerts }, { ...filter, sort: 'newest' }),
    viewAlerts: (entries: readonly AlertEntry[]): AlertRow[] =>
      alertLines(entries).flatMap((line) => alertRow(line, timeZone)),
  };
}
