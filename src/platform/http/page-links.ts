import { queryOf, routerLink, userLink } from './links.ts';

interface Days {
  /** `YYYY-MM-DD`, inclusive. */
  readonly startDay: string;
  readonly endDay: string;
}

/** Links to the pages below `origin`, which is the configuration's `publicUrl`. */
export function createPageLinks(origin: string) {
  return {
    usage: (period: 'day' | 'week' | 'month' | 'range', { startDay, endDay }: Days): string =>
      `${origin}/${queryOf(period === 'range' ? { from: startDay, to: endDay } : { period, day: startDay })}`,
    user: (router: string, user: string, day: string): string => `${origin}${userLink(router, user, { day })}`,
    alerts: ({ startDay, endDay }: Days): string => `${origin}/alerts${queryOf({ from: startDay, to: endDay })}`,
    router: (name: string): string => `${origin}${routerLink(name)}`,
    routers: (): string => `${origin}/r`,
    healing: (id: number): string => `${origin}/healing/${id}`,
  };
}
