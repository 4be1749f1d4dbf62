import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { callerMay } from '../platform/http/caller.ts';
import { todayOf } from '../platform/http/days.ts';
import type { NavigationLink } from '../platform/http/frame.ts';
import { sendNotOnRecord, sendPage } from '../platform/http/page-answer.ts';
import type { PageFrame } from '../platform/http/page-frame.ts';
import { createPanel, type Panel } from '../platform/http/panels.ts';
import type { Route } from '../platform/http/route.ts';
import { inOrder, typedDaysRankingQuery } from './api/chosen-days.ts';
import { type ExplainDeps, explainRoute } from './api/explain.ts';
import { type RouterDayDeps, readRouterDay, routerDayQuery, typedRouterDayQuery } from './api/router-day.ts';
import { routerDayFields } from './api/schemas.ts';
import { readToday, type TodayPageDeps, todayRoute } from './api/today.ts';
import { type UsageDeps, usageRoutes } from './api/usage.ts';
import { readUser, type UserDeps, userRoutes } from './api/user.ts';
import { viewRouterDay } from './pages/router-day.ts';
import { type TodayView, type TodayViewSetting, viewToday } from './pages/today.ts';
import { type UserView, viewUser } from './pages/user.ts';

/** `Alert`: a breach in the form that the breach store gives it. */
export interface UsageRoutesDeps<Alert extends object> extends TodayPageDeps, UserDeps<Alert>, UsageDeps, ExplainDeps {
  readonly calendar: TodayPageDeps['calendar'];
  readonly usage: UserDeps['usage'];
  readonly frame: PageFrame;
  readonly bannerOf: TodayViewSetting['bannerOf'];
  /** Rows of the partial `alert-rows`, which comes with them from another module. */
  readonly viewAlerts: (alerts: readonly Alert[]) => readonly object[];
}

export const TODAY_LINK: NavigationLink = { key: 'today', href: '/', title: 'Today' };

const names = z.object({ router: z.string().catch(''), user: z.string().catch('') });
const typedDay = z.object({ day: z.iso.date().nullable().catch(null) });

/** What was used, as pages and as JSON. A page shows what the API of the same name answers, and knows nothing else. */
export function createUsageRoutes<Alert extends object>(deps: UsageRoutesDeps<Alert>): Route[] {
  const { frame } = deps;
  frame.addPartial('ranking', template('ranking'));
  frame.addPartial('hour-bars', template('hour-bars'));
  frame.addPartial('traffic', template('traffic'));
  frame.addPartial('wan', template('wan'));
  const todayPage = frame.page<TodayView>(template('today'));
  const userPage = frame.page<UserView>(template('user'));

  async function sendUser(reply: FastifyReply, asked: unknown, query: unknown): Promise<FastifyReply> {
    const data = await readUser(deps, { ...names.parse(asked), ...typedDay.parse(query) });
    if (data === null) {
      return sendNotOnRecord(frame, reply, 'No such user on this router.');
    }
    return sendPage(reply, userPage(viewUser(data, deps)));
  }

  return [
    {
      method: 'GET',
      path: '/',
      right: 'view',
      async handler(request, reply) {
        const data = await readToday(deps, inOrder(typedDaysRankingQuery.parse(request.query), todayOf(deps)));
        const mayAdd = callerMay(request, 'administer');
        return sendPage(reply, todayPage(viewToday(data, { ...deps, mayAdd })));
      },
      warm: async () =>
        todayPage(viewToday(await readToday(deps, typedDaysRankingQuery.parse({})), { ...deps, mayAdd: false })),
    },
    {
      method: 'GET',
      path: '/u/:router/:user',
      right: 'view',
      handler: async ({ params, query }, reply) => sendUser(reply, params, query),
    },
    { method: 'GET', path: '/u', right: 'view', handler: async ({ query }, reply) => sendUser(reply, query, query) },
    todayRoute(deps),
    ...userRoutes(deps),
    ...usageRoutes(deps),
    explainRoute(deps),
  ];
}

/** What the users of a router moved today, on its page and in the API; `isCounted`: whether the usage of a device is read. */
export function createUsagePanel({
  isCounted,
  ...deps
}: RouterDayDeps & {
  readonly isCounted: (name: string) => boolean;
}): Panel<{ readonly name: string }> {
  return createPanel({
    key: 'usage',
    templates: { above: template('router-above'), last: template('router-last') },
    query: routerDayQuery,
    typedQuery: typedRouterDayQuery,
    answer: routerDayFields,
    read: async ({ name }, query) => (isCounted(name) ? await readRouterDay(deps, name, query) : null),
    view: (data, { name }) => viewRouterDay(data, name, deps.calendar),
  });
}

type Template = 'today' | 'user' | 'ranking' | 'hour-bars' | 'traffic' | 'wan' | 'router-above' | 'router-last';

function template(name: Template): URL {
  return new URL(`./pages/${name}.hbs`, import.meta.url);
}
