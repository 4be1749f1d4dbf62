import type { Banner, Card, Frame } from '../../platform/http/frame.ts';
import { routerForm, routerLink } from '../../platform/http/links.ts';
import { formatBytes, formatDuration, formatMoment, readableName } from '../../runtime/format.ts';
import { type RankingView, viewRanking } from '../../usage/pages/ranking.ts';
import { bannerOf, cardsOf, notesOf } from '../../usage/pages/today.ts';
import type { RouterData, RouterEntry } from '../api/routers.ts';

interface RouterRow {
  readonly name: string;
  readonly href: string;
  readonly level: 'good' | 'late' | 'bad';
  readonly state: string;
  readonly version: string;
  readonly board: string;
  readonly users: string;
  readonly total: string;
}

export interface RoutersView extends Frame {
  readonly rows: readonly RouterRow[];
}

export interface RouterView extends Frame {
  readonly name: string;
  readonly form: { readonly action: string; readonly name: string | null };
  readonly banners: readonly Banner[];
  readonly cards: readonly Card[];
  readonly notes: readonly string[];
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  readonly trouble: { readonly text: string; readonly advice: string | null } | null;
  readonly query: { readonly q: string; readonly sort: string };
  readonly ranking: RankingView;
}

/** `GET /r` */
export function viewRouters(routers: readonly RouterEntry[], timeZone: string): RoutersView {
  return {
    title: 'Routers',
    nav: 'routers',
    rows: routers.map((entry) => ({
      name: readableName(entry.router),
      href: routerLink(entry.router),
      ...levelOf(entry, timeZone),
      version: readableName(entry.version ?? ''),
      board: readableName(entry.board ?? ''),
      users: entry.users.toLocaleString('en-US'),
      total: formatBytes(entry.totalBytes),
    })),
  };
}

function levelOf(entry: RouterEntry, timeZone: string) {
  const { fresh, staleSeconds, lastReadAt, code, reachableSince, reachableUntil } = entry;
  if (!fresh && lastReadAt === null) return { level: 'bad', state: 'never read' } as const;
  if (!fresh) return { level: 'bad', state: `not read for ${formatDuration(staleSeconds * 1000)}` } as const;
  if (code !== null) return { level: 'late', state: `last poll failed (${code})` } as const;
  const isKnown = reachableSince !== null && reachableUntil === null;
  const text = isKnown ? `read since ${formatMoment(Date.parse(reachableSince), timeZone)}` : 'read';
  return { level: 'good', state: text } as const;
}

/** `GET /r/<name>` */
export function viewRouter(data: RouterData): RouterView {
  const { router, day, until, fresh, trouble, ranking } = data;
  return {
    title: readableName(router),
    nav: 'routers',
    name: readableName(router),
    form: routerForm(router),
    banners: fresh ? [] : [bannerOf({ ...data, advice: trouble?.advice ?? null })],
    cards: cardsOf(data),
    notes: notesOf(data),
    facts: factsOf(data),
    trouble: troubleOf(data),
    query: { q: readableName(ranking.q), sort: ranking.sort },
    ranking: viewRanking(ranking, {
      scope: { coverage: { period: 'day', days: { startDay: day, endDay: day } }, soFarAt: Date.parse(until) },
      day: null,
      hasSeveralRouters: false,
      linkTo: (parts) => routerLink(router, parts),
    }),
  };
}

function factsOf(data: RouterData) {
  const { router, host, timeZone, until, lastReadAt, reachableSince, reachableUntil, bootedAt, pollMs } = data;
  const moment = (at: string) => formatMoment(Date.parse(at), timeZone);
  const facts: [string, string | null][] = [
    ['Last read', lastReadAt === null ? 'never' : moment(lastReadAt)],
    ['Reachable since', reachableSince === null || reachableUntil !== null ? null : moment(reachableSince)],
    ['Not reachable since', reachableUntil === null ? null : moment(reachableUntil)],
    ['RouterOS', data.version],
    ['Board', data.board],
    ['Identity', data.identity],
    ['Uptime', bootedAt === null ? null : formatDuration(Math.max(Date.parse(until) - Date.parse(bootedAt), 0))],
    ['Queues with usage today', data.queues.toLocaleString('en-US')],
    ['Last poll took', pollMs === null ? null : `${pollMs.toLocaleString('en-US')} ms`],
    ['Address', host === router ? null : host],
  ];
  return facts.flatMap(([label, value]) => (value === null ? [] : [{ label, value: readableName(value) }]));
}

function troubleOf(data: RouterData): RouterView['trouble'] {
  const { trouble, errorCode, errorAt, errorMessage, errorAdvice, timeZone } = data;
  if (trouble !== null) {
    const text = `The last poll failed: ${trouble.message} (${trouble.code}).`;
    return { text: readableName(text), advice: readableName(trouble.advice) };
  }
  if (errorCode === null || errorAt === null) return null;
  const when = `The last failed poll was on ${formatMoment(Date.parse(errorAt), timeZone)}`;
  const text = errorMessage === null ? `${when} (${errorCode}).` : `${when}: ${errorMessage} (${errorCode}).`;
  return { text: readableName(text), advice: errorAdvice === null ? null : readableName(errorAdvice) };
}
