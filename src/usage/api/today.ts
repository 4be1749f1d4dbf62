import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Condition } from '../../devices/ports.ts';
import type { StaleRouter } from '../../devices/stale.ts';
import { parseQuery, sendEntry, sendRefusal } from '../../platform/http/answer.ts';
import { instant, type KeptDaysDeps, keptDays, todayOf } from '../../platform/http/days.ts';
import type { Route } from '../../platform/http/route.ts';
import type { Coverage } from '../accounting/coverage.ts';
import type { Calendar } from '../accounting/day.ts';
import type { DayBefore } from '../accounting/history.ts';
import type { Weekday } from '../accounting/quota.ts';
import type { ReportRow } from '../accounting/ranking.ts';
import type { DaysUsage } from '../days-usage.ts';
import type { ReadWan } from '../ports.ts';
import type { DaysUsageReads } from '../shared-days.ts';
import type { Traffic } from '../traffic.ts';
import { coverageOf, type DaysRankingQuery, daysRankingQuery } from './chosen-days.ts';
import { type DayTotals, dayTotals } from './day-totals.ts';
import { type Ranking, readRanking } from './ranking.ts';
import { todayAnswer } from './schemas.ts';
import { type TrafficData, trafficData } from './traffic.ts';
import { readWanData, type WanData } from './wan.ts';

/** Usage of today so far, or of the days that were asked for. */
export interface TodayData extends DayTotals {
  /** Today, `YYYY-MM-DD` in the zone. */
  readonly day: string;
  /** `range`: days that somebody chose. */
  readonly period: Coverage['period'];
  /** The first and the last day, inclusive. */
  readonly from: string;
  readonly to: string;
  /** The days are not over. */
  readonly soFar: boolean;
  /** The first day that is kept: usage before it is in no sum. */
  readonly keptFromDay: string;
  readonly timeZone: string;
  /** When it was read, ISO 8601. */
  readonly until: string;
  /** The one that was asked for; `null`: all of them. */
  readonly router: string | null;
  /** All that are polled or have users on these days, by name. */
  readonly routers: readonly { readonly router: string; readonly users: number; readonly totalBytes: bigint }[];
  /** Requested routers that are late: their usage since then is missing. None when the days are over. */
  readonly stale: readonly StaleRouter[];
  /** Up to now, of the router that was asked for, or of all; `null` for other days than today. */
  readonly traffic: TrafficData | null;
  readonly wan: WanData | null;
  readonly ranking: Ranking;
}

export interface TodayPageDeps extends DaysUsageReads, KeptDaysDeps {
  readonly wan: ReadWan;
  /** Of the routers that are polled. */
  readonly conditions: () => readonly Condition[];
  readonly weekStartsOn: Weekday;
  readonly calendar: Calendar;
}

export async function readToday(deps: TodayPageDeps, query: DaysRankingQuery): Promise<TodayData> {
  const { calendar } = deps;
  const router = query.router === '' ? null : query.router;
  const { usage, traffic } = await readUsage(deps, query, router);
  const { period, days } = usage.coverage;
  const all = usage.model();
  const model = router === null ? all : usage.model(router);
  return {
    day: usage.day,
    period,
    from: days.startDay,
    to: days.endDay,
    soFar: usage.soFarAt !== null,
    keptFromDay: keptDays(deps).fromDay,
    timeZone: calendar.timeZone,
    until: instant(usage.at),
    router,
    ...dayTotals(model, usage, beforeOf(usage, router)),
    routers: routersOf(deps, all.rows),
    stale: usage.soFarAt === null ? [] : staleRouters(deps, router),
    traffic: traffic === null ? null : trafficData(traffic, calendar),
    wan: traffic === null ? null : await readWanData(deps.wan, router, usage.at),
    ranking: await readRanking(model, usage, query),
  };
}

async function readUsage(
  deps: TodayPageDeps,
  query: DaysRankingQuery,
  router: string | null,
): Promise<{ readonly usage: DaysUsage; readonly traffic: Traffic | null }> {
  const { trafficToday, usageOf, weekStartsOn } = deps;
  const today = todayOf(deps);
  const coverage = coverageOf(query, { today, weekStartsOn });
  const isToday = coverage.period === 'day' && coverage.days.startDay === today;
  return isToday ? await trafficToday(router) : { usage: await usageOf(coverage), traffic: null };
}

export function todayRoute(deps: TodayPageDeps): Route {
  async function handler({ query }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const asked = parseQuery(daysRankingQuery, reply, query);
    if (asked === null) return reply;
    const { days } = coverageOf(asked, { today: todayOf(deps), weekStartsOn: deps.weekStartsOn });
    if (days.startDay > days.endDay) return sendRefusal(reply, `from: ${days.startDay} is later than ${days.endDay}`);
    return sendEntry(reply, await readToday(deps, asked));
  }
  const contract = {
    summary: 'Usage of today so far, or of the days asked for',
    query: daysRankingQuery,
    answers: { 200: todayAnswer },
  };
  return { method: 'GET', path: '/api/v1/today', right: 'view', contract, handler };
}

function routersOf({ conditions }: TodayPageDeps, rows: readonly ReportRow[]): TodayData['routers'] {
  const sums = new Map(conditions().map(({ router }) => [router, { router, users: 0, totalBytes: 0n }]));
  for (const { router, totalBytes } of rows) {
    const sum = sums.get(router) ?? { router, users: 0, totalBytes: 0n };
    sum.users += 1;
    sum.totalBytes += totalBytes;
    sums.set(router, sum);
  }
  return [...sums.values()].sort((a, b) => (a.router < b.router ? -1 : 1));
}

function staleRouters({ conditions }: TodayPageDeps, only: string | null): StaleRouter[] {
  return conditions()
    .filter(({ router, isFresh }) => !isFresh && (only === null || router === only))
    .map(({ router, ageMs, lastReadAt, code, trouble }) => ({
      router,
      staleSeconds: Math.round(ageMs / 1000),
      lastReadAt: lastReadAt === null ? null : instant(lastReadAt),
      code,
      advice: trouble?.advice ?? null,
    }));
}

/** Of one router, or of all of them; the hours count only if each router has them. */
function beforeOf({ before }: DaysUsage, router: string | null): DayBefore | null {
  const days = router === null ? [...before.values()] : [before.get(router)].filter((day) => day !== undefined);
  if (days.length === 0) return null;
  return {
    wholeBytes: days.reduce((sum, day) => sum + day.wholeBytes, 0n),
    sameTimeBytes: days.reduce<bigint | null>(
      (sum, day) => (sum === null || day.sameTimeBytes === null ? null : sum + day.sameTimeBytes),
      0n,
    ),
  };
}
