import { instant } from '../../platform/http/days.ts';
import type { Calendar } from '../accounting/day.ts';
import type { ReadWan } from '../ports.ts';
import type { DaysUsageReads } from '../shared-days.ts';
import { type DayTotals, dayTotals } from './day-totals.ts';
import { type Ranking, type RankingQuery, rankingQuery, readRanking, typedRankingQuery } from './ranking.ts';
import { type TrafficData, trafficData } from './traffic.ts';
import { readWanData, type WanData } from './wan.ts';

/** What the users of one router moved today. */
export interface RouterDayData extends DayTotals {
  /** `YYYY-MM-DD` in the zone. */
  readonly day: string;
  /** When it was read, ISO 8601. */
  readonly until: string;
  /** Queues with usage today. */
  readonly queues: number;
  readonly traffic: TrafficData;
  readonly wan: WanData;
  readonly ranking: Ranking;
}

/** What a ranking of one router may be asked for. */
export type RouterDayQuery = Omit<RankingQuery, 'router'>;
export const routerDayQuery = rankingQuery.omit({ router: true });
/** The same as people may have typed it: what is not understood is left out. */
export const typedRouterDayQuery = typedRankingQuery.omit({ router: true });

export interface RouterDayDeps extends Pick<DaysUsageReads, 'trafficToday'> {
  readonly wan: ReadWan;
  readonly calendar: Calendar;
}

export async function readRouterDay(
  { trafficToday, wan, calendar }: RouterDayDeps,
  router: string,
  query: RouterDayQuery,
): Promise<RouterDayData> {
  const { usage: today, traffic } = await trafficToday(router);
  const model = today.model(router);
  return {
    day: today.day,
    until: instant(today.at),
    ...dayTotals(model, today, today.before.get(router) ?? null),
    queues: model.rows.reduce((count, { queues }) => count + queues.length, 0),
    traffic: trafficData(traffic, calendar),
    wan: await readWanData(wan, router, today.at),
    ranking: await readRanking(model, today, { ...query, router: '' }),
  };
}

/** Of all routers with usage today. */
export async function readRouterSums({ usageToday }: Pick<DaysUsageReads, 'usageToday'>) {
  const rows = Map.groupBy((await usageToday()).model().rows, ({ router }) => router);
  return new Map(
    [...rows].map(([router, own]) => {
      const uploadBytes = own.reduce((sum, row) => sum + row.uploadBytes, 0n);
      const downloadBytes = own.reduce((sum, row) => sum + row.downloadBytes, 0n);
      return [router, { users: own.length, uploadBytes, downloadBytes, totalBytes: uploadBytes + downloadBytes }];
    }),
  );
}
