import { routerForm, routerLink } from '../../platform/http/links.ts';
import type { PanelView } from '../../platform/http/panels.ts';
import { readableName } from '../../runtime/format.ts';
import type { Calendar } from '../accounting/day.ts';
import type { RouterDayData } from '../api/router-day.ts';
import { viewRanking } from './ranking.ts';
import { cardsOf, notesOf } from './today.ts';
import { viewTraffic } from './traffic.ts';

/** What the page of a router shows of its usage today. */
export function viewRouterDay(data: RouterDayData, router: string, calendar: Calendar): PanelView {
  const { day, until, queues, ranking } = data;
  return {
    facts: [{ label: 'Queues with usage today', value: queues.toLocaleString('en-US') }],
    content: {
      cards: cardsOf(data),
      notes: notesOf(data),
      traffic: viewTraffic(data.traffic, { now: Date.parse(until), calendar, router }),
      form: routerForm(router),
      query: { q: readableName(ranking.q), sort: ranking.sort },
      ranking: viewRanking(ranking, {
        scope: { coverage: { period: 'day', days: { startDay: day, endDay: day } }, soFarAt: Date.parse(until) },
        day: null,
        hasSeveralRouters: false,
        linkTo: (parts) => routerLink(router, parts),
      }),
    },
  };
}
