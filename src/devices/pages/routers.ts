import type { Banner, Card, Frame } from '../../platform/http/frame.ts';
import { routerForm, routerLink } from '../../platform/http/links.ts';
import { formatBytes, formatDuration, formatMoment, readableName } from '../../runtime/format.ts';
import type { RouterData, RouterDay, RouterEntry } from '../api/routers.ts';
import { bannerOf } from '../stale.ts';

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

/** What a router's page shows of its usage: for the partials `cards`, `notes` and `ranking`. */
export interface RouterDayView {
  readonly cards: readonly Card[];
  readonly notes: readonly string[];
  readonly queues: number;
  readonly query: { readonly q: string; readonly sort: string };
  readonly ranking: object;
}

export interface RouterView extends Frame, Omit<RouterDayView, 'queues'> {
  readonly name: string;
  readonly form: { readonly action: string; readonly name: string | null };
  readonly banners: readonly Banner[];
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  readonly trouble: { readonly text: string; readonly advice: string | null } | null;
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
  if (lastReadAt === null) return { level: fresh ? 'late' : 'bad', state: 'never read' } as const;
  if (!fresh) return { level: 'bad', state: `not read for ${formatDuration(staleSeconds * 1000)}` } as const;
  if (code !== null) return { level: 'late', state: `last poll failed (${code})` } as const;
  const isKnown = reachableSince !== null && reachableUntil === null;
  const text = isKnown ? `read since ${formatMoment(Date.parse(reachableSince), timeZone)}` : 'read';
  return { level: 'good', state: text } as const;
}

/** `GET /r/<name>` */
export function viewRouter<Day extends RouterDay>(
  data: RouterData<Day>,
  viewDay: (day: Day & { readonly router: string }) => RouterDayView,
): RouterView {
  const { router, fresh, trouble } = data;
  const { queues, ...usage } = viewDay(data);
  return {
    title: readableName(router),
    nav: 'routers',
    name: readableName(router),
    form: routerForm(router),
    banners: fresh ? [] : [{ ...bannerOf({ ...data, advice: trouble?.advice ?? null }), href: routerLink(router) }],
    facts: factsOf(data, queues),
    trouble: troubleOf(data),
    ...usage,
  };
}

function factsOf(data: RouterData, queues: number) {
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
    ['Queues with usage today', queues.toLocaleString('en-US')],
    ['Duration of the last poll', pollMs === null ? null : `${pollMs.toLocaleString('en-US')} ms`],
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
