import type { ReportModel } from '../../features/reports/model.ts';
import { changeText } from '../../features/reports/page.ts';
import type { DayBefore, Today } from '../../features/reports/today.ts';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatFullDay,
  formatTime,
  readableName,
} from '../../runtime/format.ts';
import type { BookDeps, Frame } from './deps.ts';
import { queryOf, routerLink } from './links.ts';
import { type RankingQuery, type RankingView, rankUsers } from './ranking.ts';

export interface Card {
  readonly label: string;
  readonly value: string;
  readonly detail: string | null;
  readonly isAlert: boolean;
}

export interface Banner {
  readonly text: string;
  readonly advice: string | null;
  readonly href: string;
}

export interface TodayView extends Frame {
  readonly period: string;
  readonly cards: readonly Card[];
  readonly banners: readonly Banner[];
  readonly moreBanners: string | null;
  readonly query: RankingQuery;
  readonly routers: readonly { readonly name: string; readonly value: string; readonly isChosen: boolean }[];
  readonly ranking: RankingView;
  readonly csv: string;
}

const MOST_BANNERS = 5;

/** `GET /` */
export async function viewToday(
  deps: BookDeps & { readonly readToday: (now: number) => Promise<Today> },
  query: RankingQuery,
): Promise<TodayView> {
  const { calendar, clock, readToday } = deps;
  const today = await readToday(clock.now());
  const all = today.model();
  const routers = [
    ...new Set([...deps.freshness().map(({ router }) => router), ...all.rows.map(({ router }) => router)]),
  ];
  const model = query.router === '' ? all : today.model(query.router);
  const banners = bannersOf(deps, query.router === '' ? null : query.router);
  return {
    title: 'Today',
    nav: 'today',
    period: `${formatFullDay(today.day)}, until ${formatTime(today.at, calendar.timeZone)} (${calendar.timeZone})`,
    cards: cardsOf(model, beforeOf(today, query.router)),
    banners: banners.slice(0, MOST_BANNERS),
    moreBanners:
      banners.length > MOST_BANNERS
        ? `… and ${formatCount(banners.length - MOST_BANNERS, 'more router', 'more routers')}.`
        : null,
    query: { ...query, q: readableName(query.q) },
    routers: routers
      .sort()
      .map((router) => ({ name: readableName(router), value: router, isChosen: router === query.router })),
    ranking: await rankUsers(deps, model, today, query, '/'),
    csv: `/usage.csv${queryOf({ router: query.router, from: today.day, to: today.day })}`,
  };
}

/** Routers that were not read for three intervals: what they counted since is missing. */
export function bannersOf({ freshness, troubles }: BookDeps, only: string | null): Banner[] {
  return freshness()
    .filter(({ router, isFresh }) => !isFresh && (only === null || router === only))
    .map(({ router, ageMs, code }) => ({
      text: `${readableName(router)} has not been read for ${formatDuration(ageMs)}${code === null ? '' : ` (${code})`}; what it counted since is missing here.`,
      advice: troubles.troubleOf(router)?.advice ?? null,
      href: routerLink(router),
    }));
}

/** Of one router, or of all of them; the hours tell only if they can for each. */
function beforeOf({ before }: Today, router: string): DayBefore | null {
  const days = router === '' ? [...before.values()] : [before.get(router)].filter((day) => day !== undefined);
  if (days.length === 0) return null;
  return {
    wholeBytes: days.reduce((sum, day) => sum + day.wholeBytes, 0n),
    sameTimeBytes: days.reduce<bigint | null>(
      (sum, day) => (sum === null || day.sameTimeBytes === null ? null : sum + day.sameTimeBytes),
      0n,
    ),
  };
}

export function cardsOf(model: ReportModel, before: DayBefore | null): Card[] {
  const total = model.uploadBytes + model.downloadBytes;
  const over = model.overQuota.length;
  return [
    { label: 'Total', value: formatBytes(total), detail: againstBefore(total, before), isAlert: false },
    { label: 'Download', value: formatBytes(model.downloadBytes), detail: null, isAlert: false },
    { label: 'Upload', value: formatBytes(model.uploadBytes), detail: null, isAlert: false },
    { label: 'Over quota', value: over.toLocaleString('en-US'), detail: null, isAlert: over > 0 },
    {
      label: 'Users',
      value: model.rows.length.toLocaleString('en-US'),
      detail: model.topTenPercent === null ? null : `top 10 moved ${model.topTenPercent}%`,
      isAlert: false,
    },
  ];
}

function againstBefore(total: bigint, before: DayBefore | null): string | null {
  if (before === null) return null;
  const { sameTimeBytes, wholeBytes } = before;
  if (sameTimeBytes === null) return `all of yesterday: ${formatBytes(wholeBytes)}`;
  if (sameTimeBytes === 0n) return 'nothing yesterday by now';
  const percent = Math.round(Number(((total - sameTimeBytes) * 1000n) / sameTimeBytes) / 10);
  const change = changeText({ percent, basis: 'same-time' }, { marksWhole: false });
  return `${change}: ${formatBytes(sameTimeBytes)} yesterday by now`;
}
