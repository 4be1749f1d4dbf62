import type { Today } from '../../features/reports/today.ts';
import type { RouterFreshness } from '../../features/usage/freshness.ts';
import type { RouterStatus } from '../../features/usage/ports.ts';
import { formatBytes, formatDuration, formatMoment, readableName } from '../../runtime/format.ts';
import type { BookDeps, Frame } from './deps.ts';
import { routerLink } from './links.ts';
import { type RankingQuery, type RankingView, rankUsers } from './ranking.ts';
import { type Banner, bannersOf, type Card, cardsOf } from './today.ts';

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
  readonly path: string;
  readonly banners: readonly Banner[];
  readonly cards: readonly Card[];
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  readonly trouble: { readonly text: string; readonly advice: string | null } | null;
  readonly query: RankingQuery;
  readonly ranking: RankingView;
}

type RouterDeps = BookDeps & { readonly readToday: (now: number) => Promise<Today> };

/** `GET /r` */
export async function viewRouters(deps: RouterDeps): Promise<RoutersView> {
  const { clock, freshness } = deps;
  const today = await deps.readToday(clock.now());
  const { rows } = today.model();
  const states = new Map((await deps.states.states()).map((state) => [state.router, state]));
  const users = Map.groupBy(rows, ({ router }) => router);
  return {
    title: 'Routers',
    nav: 'routers',
    rows: freshness().map((fresh) => {
      const own = users.get(fresh.router) ?? [];
      const state = states.get(fresh.router);
      return {
        name: readableName(fresh.router),
        href: routerLink(fresh.router),
        ...levelOf(fresh, state, deps),
        version: readableName(state?.version ?? ''),
        board: readableName(state?.board ?? ''),
        users: own.length.toLocaleString('en-US'),
        total: formatBytes(own.reduce((sum, row) => sum + row.totalBytes, 0n)),
      };
    }),
  };
}

function levelOf(fresh: RouterFreshness, state: RouterStatus | undefined, { calendar }: BookDeps) {
  if (!fresh.isFresh) return { level: 'bad', state: `not read for ${formatDuration(fresh.ageMs)}` } as const;
  if (fresh.code !== null) return { level: 'late', state: `last poll failed (${fresh.code})` } as const;
  const since = state?.reachableUntil === null ? state.reachableSince : null;
  const text = since === null ? 'read' : `read since ${formatMoment(since, calendar.timeZone)}`;
  return { level: 'good', state: text } as const;
}

/** The router of a name or, as LibreNMS may know it, of a host; `null` when there is none. */
export function findRouter({ freshness, hosts }: BookDeps, name: string): string | null {
  const names = freshness().map(({ router }) => router);
  if (names.includes(name)) return name;
  const wanted = name.toLowerCase();
  return (
    names.find((router) => router.toLowerCase() === wanted) ??
    names.find((router) => hosts.get(router)?.toLowerCase() === wanted) ??
    null
  );
}

/** `GET /r/<name>` */
export async function viewRouter(deps: RouterDeps, router: string, query: RankingQuery): Promise<RouterView> {
  const { clock } = deps;
  const today = await deps.readToday(clock.now());
  const model = today.model(router);
  const state = (await deps.states.states()).find((each) => each.router === router);
  return {
    title: readableName(router),
    nav: 'routers',
    name: readableName(router),
    path: routerLink(router),
    banners: bannersOf(deps, router),
    cards: cardsOf(model, today.before.get(router) ?? null),
    facts: factsOf(
      deps,
      router,
      state,
      model.rows.reduce((count, row) => count + row.queues.length, 0),
    ),
    trouble: troubleOf(deps, router, state),
    query: { ...query, q: readableName(query.q), router: '' },
    ranking: await rankUsers(deps, model, today, { ...query, router: '' }, routerLink(router)),
  };
}

function factsOf(deps: BookDeps, router: string, state: RouterStatus | undefined, queues: number) {
  const { calendar, clock, hosts } = deps;
  const moment = (at: number) => formatMoment(at, calendar.timeZone);
  const host = hosts.get(router);
  const facts: [string, string | null | undefined][] = [
    [
      'Reachable since',
      state?.reachableUntil === null && state.reachableSince !== null ? moment(state.reachableSince) : null,
    ],
    ['Not reachable since', state?.reachableUntil == null ? null : moment(state.reachableUntil)],
    ['RouterOS', state?.version],
    ['Board', state?.board],
    ['Identity', state?.identity],
    ['Uptime', state?.bootedAt == null ? null : formatDuration(Math.max(clock.now() - state.bootedAt, 0))],
    ['Queues with usage today', queues.toLocaleString('en-US')],
    ['Last poll took', state === undefined ? null : `${Math.round(state.pollMs).toLocaleString('en-US')} ms`],
    ['Address', host === router ? null : host],
  ];
  return facts.flatMap(([label, value]) => (value == null ? [] : [{ label, value: readableName(value) }]));
}

function troubleOf({ troubles, calendar }: BookDeps, router: string, state: RouterStatus | undefined) {
  const now = troubles.troubleOf(router);
  if (now !== null) return { text: `The last poll failed: ${now.message} (${now.code}).`, advice: now.advice };
  if (state?.errorCode == null || state.errorAt === null) return null;
  return {
    text: `The last failed poll was on ${formatMoment(state.errorAt, calendar.timeZone)} (${state.errorCode}).`,
    advice: null,
  };
}
