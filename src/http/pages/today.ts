import { changeText } from '../../features/reports/page.ts';
import { unobservedNotes } from '../../features/reports/wording.ts';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatFullDay,
  formatTime,
  readableName,
} from '../../runtime/format.ts';
import type { DayTotals } from '../api/day-totals.ts';
import type { StaleRouter, TodayData } from '../api/today.ts';
import type { Frame } from './frame.ts';
import { queryOf, routerLink } from './links.ts';
import { type RankingView, viewRanking } from './ranking.ts';

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
  readonly notes: readonly string[];
  readonly query: { readonly q: string; readonly sort: string };
  readonly routers: readonly { readonly name: string; readonly value: string; readonly isChosen: boolean }[];
  readonly ranking: RankingView;
  readonly csv: string;
}

const MOST_BANNERS = 5;

/** `GET /` */
export function viewToday(data: TodayData): TodayView {
  const { day, timeZone, router, routers, stale, ranking } = data;
  const hidden = stale.length - MOST_BANNERS;
  return {
    title: 'Today',
    nav: 'today',
    period: `${formatFullDay(day)}, until ${formatTime(Date.parse(data.until), timeZone)} (${timeZone})`,
    cards: cardsOf(data),
    banners: stale.slice(0, MOST_BANNERS).map(bannerOf),
    moreBanners: hidden > 0 ? `… and ${formatCount(hidden, 'more router', 'more routers')}.` : null,
    notes: notesOf(data),
    query: { q: readableName(ranking.q), sort: ranking.sort },
    routers: routers.map((each) => ({
      name: readableName(each.router),
      value: each.router,
      isChosen: each.router === router,
    })),
    ranking: viewRanking(ranking, {
      hasSeveralRouters: router === null && routers.filter(({ users }) => users > 0).length > 1,
      linkTo: (parts) => `/${queryOf({ router: router ?? undefined, ...parts })}`,
    }),
    csv: `/usage.csv${queryOf({ router: router ?? undefined, from: day, to: day })}`,
  };
}

/** A router that is not read: what it counted since is missing. */
export function bannerOf({ router, staleSeconds, lastReadAt, code, advice }: StaleRouter): Banner {
  const age = lastReadAt === null ? 'never been read' : `not been read for ${formatDuration(staleSeconds * 1000)}`;
  const missing = lastReadAt === null ? 'its usage is missing here' : 'what it counted since is missing here';
  return {
    text: `${readableName(router)} has ${age}${code === null ? '' : ` (${code})`}; ${missing}.`,
    advice,
    href: routerLink(router),
  };
}

export function cardsOf(data: DayTotals): Card[] {
  const { uploadBytes, downloadBytes, totalBytes, breachedUsers, users, topTenPercent } = data;
  return [
    { label: 'Total', value: formatBytes(totalBytes), detail: againstYesterday(data), isAlert: false },
    { label: 'Download', value: formatBytes(downloadBytes), detail: null, isAlert: false },
    { label: 'Upload', value: formatBytes(uploadBytes), detail: null, isAlert: false },
    {
      label: 'Over quota',
      value: breachedUsers.toLocaleString('en-US'),
      detail: null,
      isAlert: breachedUsers > 0,
    },
    {
      label: 'Users',
      value: users.toLocaleString('en-US'),
      detail: topTenPercent === null ? null : `top 10 moved ${topTenPercent}%`,
      isAlert: false,
    },
  ];
}

export function notesOf({ unobserved }: DayTotals): readonly string[] {
  return unobservedNotes(
    unobserved.map(({ router, unobservedSeconds }) => ({ router, durationMs: unobservedSeconds * 1000 })),
  );
}

function againstYesterday({ totalBytes, yesterday }: DayTotals): string | null {
  if (yesterday === null) return null;
  const { sameTimeBytes } = yesterday;
  if (sameTimeBytes === null) return `all of yesterday: ${formatBytes(yesterday.totalBytes)}`;
  if (sameTimeBytes === 0n) return 'nothing yesterday by now';
  const percent = Math.round(Number(((totalBytes - sameTimeBytes) * 1000n) / sameTimeBytes) / 10);
  const change = changeText({ percent, basis: 'same-time' }, { marksWhole: false });
  return `${change}: ${formatBytes(sameTimeBytes)} yesterday by now`;
}
