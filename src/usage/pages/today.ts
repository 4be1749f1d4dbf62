import type { StaleRouter } from '../../devices/stale.ts';
import type { Banner, Card, Frame } from '../../platform/http/frame.ts';
import { queryOf, routerLink } from '../../platform/http/links.ts';
import { formatBytes, formatCount, formatDay, formatFullDay, readableName } from '../../runtime/format.ts';
import { unobservedNotes } from '../../runtime/missing-notes.ts';
import { type DaysScope, wordPeriod, wordTitle } from '../../runtime/period-words.ts';
import { changeText } from '../../runtime/row-parts.ts';
import type { Calendar } from '../accounting/day.ts';
import type { DayTotals } from '../api/day-totals.ts';
import type { TodayData } from '../api/today.ts';
import { type RankingView, viewRanking } from './ranking.ts';
import { type TrafficView, viewTraffic } from './traffic.ts';
import { viewWan, type WanView } from './wan.ts';

interface Field {
  readonly name: string;
  readonly value: string;
}

export interface TodayView extends Frame {
  readonly heading: string;
  readonly period: string;
  /** Links to today, this week and this month. */
  readonly choices: readonly { readonly text: string; readonly href: string; readonly isChosen: boolean }[];
  /** As many days before and after; `null` where they are no longer kept, or still to come. */
  readonly earlier: string | null;
  readonly later: string | null;
  /** What the form for a first and last day begins with, and what else it asks for. */
  readonly from: string;
  readonly to: string;
  readonly hidden: readonly Field[];
  /** While there is no router at all: what to do. `null`: there are some. */
  readonly beginning: { readonly text: string; readonly mayAdd: boolean } | null;
  readonly cards: readonly Card[];
  readonly banners: readonly Banner[];
  readonly moreBanners: string | null;
  readonly notes: readonly string[];
  /** `null`: other days than today are shown. */
  readonly traffic: TrafficView | null;
  readonly wan: WanView | null;
  readonly query: { readonly q: string; readonly sort: string };
  /** Which days the search is in; none: today. */
  readonly asked: readonly Field[];
  readonly routers: readonly { readonly name: string; readonly value: string; readonly isChosen: boolean }[];
  readonly ranking: RankingView;
  readonly csv: string;
}

const MOST_BANNERS = 5;
const ADD_FIRST = 'No router is read yet. Add the first one in the inventory; its usage appears here.';
const WAIT_FOR_FIRST = 'No router is read yet. An admin adds the first one in the inventory or in the configuration.';

export interface TodayViewSetting {
  readonly calendar: Calendar;
  /** Whether whoever asks may add routers. */
  readonly mayAdd: boolean;
  /** A router that is not read, in words. */
  readonly bannerOf: (router: StaleRouter) => Pick<Banner, 'text' | 'advice' | 'code'>;
}

/** `GET /` */
export function viewToday(data: TodayData, { bannerOf, mayAdd, calendar }: TodayViewSetting): TodayView {
  const { timeZone, router, routers, stale, ranking, from, to } = data;
  const hidden = stale.length - MOST_BANNERS;
  const scope = scopeOf(data);
  const isDay = data.period === 'day';
  const isToday = isDay && data.soFar;
  const asked = askedDays(data);
  const q = readableName(ranking.q);
  const choose = (days: AskedDays) =>
    `/${queryOf({ ...days, router: router ?? undefined, q: ranking.q, sort: ranking.sort === 'total' ? undefined : ranking.sort })}`;
  return {
    title: isToday ? 'Today' : wordTitle(scope),
    nav: 'today',
    heading: isToday ? 'Usage today' : wordTitle(scope),
    period: wordPeriod(scope, timeZone),
    choices: (['day', 'week', 'month'] as const).map((period) => ({
      text: period === 'day' ? 'Today' : `This ${period}`,
      href: choose(period === 'day' ? {} : { period }),
      isChosen: period === data.period && data.soFar,
    })),
    ...neighboursOf(data, choose),
    from,
    to,
    hidden: fieldsOf({ router: router ?? undefined, q, sort: ranking.sort === 'total' ? undefined : ranking.sort }),
    beginning: isToday && routers.length === 0 ? { text: mayAdd ? ADD_FIRST : WAIT_FOR_FIRST, mayAdd } : null,
    cards: cardsOf(data),
    banners: stale.slice(0, MOST_BANNERS).map((each) => ({ ...bannerOf(each), href: routerLink(each.router) })),
    moreBanners: hidden > 0 ? `… and ${formatCount(hidden, 'more router', 'more routers')}.` : null,
    notes: [...keptNote(data), ...notesOf(data)],
    traffic:
      data.traffic === null ? null : viewTraffic(data.traffic, { now: Date.parse(data.until), calendar, router }),
    wan: data.wan === null ? null : viewWan(data.wan, calendar),
    query: { q, sort: ranking.sort },
    asked: fieldsOf(asked),
    routers: routers.map((each) => ({
      name: readableName(each.router),
      value: each.router,
      isChosen: each.router === router,
    })),
    ranking: viewRanking(ranking, {
      scope,
      day: isDay && !isToday ? from : null,
      hasSeveralRouters: router === null && routers.filter(({ users }) => users > 0).length > 1,
      linkTo: (parts) => `/${queryOf({ ...asked, router: router ?? undefined, ...parts })}`,
    }),
    csv: `/usage.csv${queryOf({ router: router ?? undefined, from, to, sum: isDay ? undefined : 'true' })}`,
  };
}

function scopeOf({ period, from, to, soFar, until }: TodayData): DaysScope {
  return { coverage: { period, days: { startDay: from, endDay: to } }, soFarAt: soFar ? Date.parse(until) : null };
}

/** The days in a query. */
type AskedDays = Readonly<Partial<Record<'period' | 'day' | 'from' | 'to', string>>>;

/** A period that is not over is requested by its name alone, so that a page that stays open follows it. */
function askedDays({ period, from, to, soFar }: Pick<TodayData, 'period' | 'from' | 'to' | 'soFar'>): AskedDays {
  if (period === 'range') return { from, to };
  if (period === 'day') return soFar ? {} : { day: from };
  return soFar ? { period } : { period, day: from };
}

function neighboursOf({ period, from, to, day, keptFromDay }: TodayData, link: (days: AskedDays) => string) {
  const [start, end] = [Temporal.PlainDate.from(from), Temporal.PlainDate.from(to)];
  const at = (first: Temporal.PlainDate, last: Temporal.PlainDate) => {
    const days = { from: first.toString(), to: last.toString() };
    return link(askedDays({ period, ...days, soFar: days.from <= day && day <= days.to && period !== 'range' }));
  };
  const length = start.until(end).add({ days: 1 });
  const months = { months: 1 };
  const isMonth = period === 'month';
  const before = start.subtract({ days: 1 });
  return {
    earlier: from <= keptFromDay ? null : at(isMonth ? start.subtract(months) : start.subtract(length), before),
    later:
      to >= day
        ? null
        : at(end.add({ days: 1 }), isMonth ? start.add({ months: 2 }).subtract({ days: 1 }) : end.add(length)),
  };
}

/** Sums of days that are no longer kept are too low. */
function keptNote({ from, keptFromDay }: TodayData): string[] {
  return from < keptFromDay ? [`Usage before ${formatFullDay(keptFromDay)} is deleted (retention).`] : [];
}

function fieldsOf(fields: Readonly<Record<string, string | undefined>>): Field[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [{ name, value }],
  );
}

/** Totals and the days they cover; without a period for today. */
type DaysTotals = DayTotals & Partial<Pick<TodayData, 'period' | 'soFar'>>;

export function cardsOf(data: DaysTotals): Card[] {
  const { uploadBytes, downloadBytes, totalBytes, breachedUsers, users, topTenPercent } = data;
  return [
    { label: 'Total', value: formatBytes(totalBytes), detail: againstBefore(data), isAlert: false },
    { label: 'Download', value: formatBytes(downloadBytes), detail: null, isAlert: false },
    { label: 'Upload', value: formatBytes(uploadBytes), detail: null, isAlert: false },
    // No quota is for days that somebody chose.
    ...(data.period === 'range'
      ? []
      : [
          {
            label: 'Over quota',
            value: breachedUsers.toLocaleString('en-US'),
            detail: null,
            isAlert: breachedUsers > 0,
          },
        ]),
    {
      label: 'Users',
      value: users.toLocaleString('en-US'),
      detail: topTenPercent === null ? null : `top 10 used ${topTenPercent}%`,
      isAlert: false,
    },
  ];
}

export function notesOf({ unobserved }: DayTotals): readonly string[] {
  return unobservedNotes(
    unobserved.map(({ router, unobservedSeconds }) => ({ router, durationMs: unobservedSeconds * 1000 })),
  );
}

/** `+12%: 3.4 GB yesterday by now`, `−40%: 12 GB from Mon 9 Nov to Sun 15 Nov` */
function againstBefore(data: DaysTotals): string | null {
  const { totalBytes, yesterday, before, soFar = false } = data;
  if (yesterday !== null) {
    const { sameTimeBytes } = yesterday;
    if (sameTimeBytes === null) return `all of yesterday: ${formatBytes(yesterday.totalBytes)}`;
    if (sameTimeBytes === 0n) return 'nothing yesterday by now';
    return `${changeOf(totalBytes, sameTimeBytes)}: ${formatBytes(sameTimeBytes)} yesterday by now`;
  }
  if (before === null) return null;
  const bytes = before.sameTimeBytes ?? before.totalBytes;
  const days =
    before.from === before.to ? formatDay(before.from) : `${formatDay(before.from)} – ${formatDay(before.to)}`;
  const when = before.sameTimeBytes === null ? days : `${days}, same time`;
  if (soFar && before.sameTimeBytes === null) return `all of ${days}: ${formatBytes(bytes)}`;
  return bytes === 0n ? `nothing ${when}` : `${changeOf(totalBytes, bytes)}: ${formatBytes(bytes)} ${when}`;
}

function changeOf(bytes: bigint, before: bigint): string {
  const percent = Math.round(Number(((bytes - before) * 1000n) / before) / 10);
  return changeText({ percent, basis: 'same-time' }, { marksWhole: false });
}
