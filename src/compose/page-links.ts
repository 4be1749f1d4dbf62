import type { PageLinks } from '../notices/ports.ts';
import { queryOf, routerLink, userLink } from '../platform/http/links.ts';

/** Links to the pages below `origin`, which is the configuration's `publicUrl`. */
export function createPageLinks(origin: string): PageLinks {
  return {
    usage: (period, { startDay, endDay }) =>
      `${origin}/${queryOf(period === 'range' ? { from: startDay, to: endDay } : { period, day: startDay })}`,
    user: (router, user, day) => `${origin}${userLink(router, user, { day })}`,
    alerts: ({ startDay, endDay }) => `${origin}/alerts${queryOf({ from: startDay, to: endDay })}`,
    router: (name) => `${origin}${routerLink(name)}`,
    routers: () => `${origin}/r`,
  };
}
