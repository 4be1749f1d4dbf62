import type { FastifyInstance } from 'fastify';
import type { DayBefore } from '../../features/reports/history.ts';
import type { ReportRow } from '../../features/reports/model.ts';
import type { Today } from '../../features/reports/today.ts';
import { parseQuery, sendEntry } from './answer.ts';
import { type DayTotals, dayTotals } from './day-totals.ts';
import { instant } from './days.ts';
import type { ApiDeps } from './deps.ts';
import { type Ranking, type RankingQuery, rankingQuery, readRanking } from './ranking.ts';

/** Usage of today so far. */
export interface TodayData extends DayTotals {
  /** `YYYY-MM-DD` in the zone. */
  readonly day: string;
  readonly timeZone: string;
  /** When it was read, ISO 8601. */
  readonly until: string;
  /** The one that was asked for; `null`: all of them. */
  readonly router: string | null;
  /** All that are polled or have users today, by name. */
  readonly routers: readonly { readonly router: string; readonly users: number; readonly totalBytes: bigint }[];
  /** Those that were asked for and have not been read for three intervals: what they counted since is missing. */
  readonly stale: readonly StaleRouter[];
  readonly ranking: Ranking;
}

export interface StaleRouter {
  readonly router: string;
  readonly staleSeconds: number;
  /** ISO 8601; `null`: never. */
  readonly lastReadAt: string | null;
  /** What the last poll met, and what to do about it; `null` when that is not known. */
  readonly code: string | null;
  readonly advice: string | null;
}

export async function readToday(deps: ApiDeps, query: RankingQuery): Promise<TodayData> {
  const { calendar, usageToday } = deps;
  const today = await usageToday();
  const all = today.model();
  const router = query.router === '' ? null : query.router;
  const model = router === null ? all : today.model(router);
  return {
    day: today.day,
    timeZone: calendar.timeZone,
    until: instant(today.at),
    router,
    ...dayTotals(model, beforeOf(today, router)),
    routers: routersOf(deps, all.rows),
    stale: staleRouters(deps, router),
    ranking: await readRanking(model, today, query),
  };
}

export function addTodayRoute(scope: FastifyInstance, deps: ApiDeps): void {
  scope.get('/api/v1/today', async ({ query }, reply) => {
    const asked = parseQuery(rankingQuery, reply, query);
    return asked === null ? reply : sendEntry(reply, await readToday(deps, asked));
  });
}

function routersOf({ freshness }: ApiDeps, rows: readonly ReportRow[]): TodayData['routers'] {
  const sums = new Map(freshness().map(({ router }) => [router, { router, users: 0, totalBytes: 0n }]));
  for (const { router, totalBytes } of rows) {
    const sum = sums.get(router) ?? { router, users: 0, totalBytes: 0n };
    sum.users += 1;
    sum.totalBytes += totalBytes;
    sums.set(router, sum);
  }
  return [...sums.values()].sort((a, b) => (a.router < b.router ? -1 : 1));
}

function staleRouters({ freshness, troubles }: ApiDeps, only: string | null): StaleRouter[] {
  return freshness()
    .filter(({ router, isFresh }) => !isFresh && (only === null || router === only))
    .map(({ router, ageMs, lastReadAt, code }) => ({
      router,
      staleSeconds: Math.round(ageMs / 1000),
      lastReadAt: lastReadAt === null ? null : instant(lastReadAt),
      code,
      advice: troubles.troubleOf(router)?.advice ?? null,
    }));
}

/** Of one router, or of all of them; the hours tell only if they can for each. */
function beforeOf({ before }: Today, router: string | null): DayBefore | null {
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
