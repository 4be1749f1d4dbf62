import type { FastifyReply } from 'fastify';
import { name, parseQuery, sendEntries, sendEntry, sendUnknown } from '../../platform/http/answer.ts';
import { instant } from '../../platform/http/days.ts';
import type { Route } from '../../platform/http/route.ts';
import type { DaysUsage } from '../../reports/days-usage.ts';
import type { ReportRow } from '../../usage/accounting/ranking.ts';
import { type DayTotals, dayTotals } from '../../usage/api/day-totals.ts';
import { type Ranking, type RankingQuery, rankingQuery, readRanking } from '../../usage/api/ranking.ts';
import type { RouterStateBook, RouterStatus } from '../../usage/ports.ts';
import type { RouterFreshness } from '../freshness.ts';
import type { DeviceBook, KnownDevice } from '../ports.ts';

/** A router that is polled, as it is read, as it last told of itself, and with today's usage. Instants are ISO 8601. */
export interface RouterEntry {
  readonly router: string;
  /** Read within three intervals. */
  readonly fresh: boolean;
  /** Since it was last read into the books; of one that never was, since it was first tried. */
  readonly staleSeconds: number;
  /** `null`: never. */
  readonly lastReadAt: string | null;
  /** What the last poll met; `null` when it went well. */
  readonly code: string | null;
  /** The reachable time that goes on or was the last; `reachableUntil` is `null` while it goes on. */
  readonly reachableSince: string | null;
  readonly reachableUntil: string | null;
  readonly version: string | null;
  readonly board: string | null;
  readonly identity: string | null;
  readonly bootedAt: string | null;
  /** What the last poll took. */
  readonly pollMs: number | null;
  readonly users: number;
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
  readonly totalBytes: bigint;
}

/** One router with its own ranking. */
export interface RouterData extends RouterEntry, DayTotals {
  /** Where it is reached; `null` when that is not known. */
  readonly host: string | null;
  /** `YYYY-MM-DD` in the zone. */
  readonly day: string;
  readonly timeZone: string;
  /** When it was read, ISO 8601. */
  readonly until: string;
  /** Queues with usage today. */
  readonly queues: number;
  /** What the last poll met, and what to do about it. */
  readonly trouble: { readonly code: string; readonly message: string; readonly advice: string } | null;
  /** Of the last failed poll, however long ago. */
  readonly errorCode: string | null;
  readonly errorAt: string | null;
  /** In words, with what to do; `null` where an earlier version noted only the code. */
  readonly errorMessage: string | null;
  readonly errorAdvice: string | null;
  readonly ranking: Ranking;
}

export interface RoutersDeps {
  /** Of the routers that are polled. */
  readonly freshness: () => readonly RouterFreshness[];
  readonly states: Pick<RouterStateBook, 'states'>;
  /** What the last poll of each met. */
  readonly troubles: { troubleOf(router: string): RouterData['trouble'] };
  /** By name, where each configured one is reached; a link may name either. */
  readonly hosts: ReadonlyMap<string, string>;
  /** What LibreNMS calls them; empty where it is not asked. */
  readonly devices: Pick<DeviceBook, 'load'>;
  readonly usageToday: () => Promise<DaysUsage>;
  readonly timeZone: string;
}

/** All that are polled, in the order of the configuration. */
export async function readRouters(deps: RoutersDeps): Promise<RouterEntry[]> {
  const { freshness, usageToday } = deps;
  const rows = Map.groupBy((await usageToday()).model().rows, ({ router }) => router);
  const states = new Map((await deps.states.states()).map((state) => [state.router, state]));
  return freshness().map((fresh) => ({
    ...stateOf(fresh, states.get(fresh.router)),
    ...sumsOf(rows.get(fresh.router) ?? []),
  }));
}

/** The router of a name, of an address, or of what LibreNMS calls it; `null` when there is none. */
export async function readRouter(
  deps: RoutersDeps,
  { name, ...query }: RankingQuery & { readonly name: string },
): Promise<RouterData | null> {
  const { timeZone, hosts, troubles, usageToday } = deps;
  const devices = await deps.devices.load();
  const fresh = findRouter(deps, devices, name);
  if (fresh === null) return null;
  const { router } = fresh;
  const today = await usageToday();
  const model = today.model(router);
  const state = (await deps.states.states()).find((each) => each.router === router);
  const trouble = troubles.troubleOf(router);
  return {
    ...stateOf(fresh, state),
    host: hosts.get(router) ?? devices.find((device) => device.router === router)?.host ?? null,
    day: today.day,
    timeZone,
    until: instant(today.at),
    ...dayTotals(model, today, today.before.get(router) ?? null),
    queues: model.rows.reduce((count, { queues }) => count + queues.length, 0),
    trouble: trouble === null ? null : { code: trouble.code, message: trouble.message, advice: trouble.advice },
    errorCode: state?.errorCode ?? null,
    errorAt: instantOrNull(state?.errorAt),
    errorMessage: state?.errorText?.message ?? null,
    errorAdvice: state?.errorText?.advice ?? null,
    ranking: await readRanking(model, today, query),
  };
}

const routerQuery = rankingQuery.omit({ router: true }).extend({ name });

export function routerRoutes(deps: RoutersDeps): Route[] {
  async function sendRouter(reply: FastifyReply, ...asked: unknown[]): Promise<FastifyReply> {
    const question = parseQuery(routerQuery, reply, ...asked);
    if (question === null) return reply;
    const data = await readRouter(deps, { ...question, router: '' });
    return data === null ? sendUnknown(reply, 'no router of that name or address is polled') : sendEntry(reply, data);
  }

  return [
    {
      method: 'GET',
      path: '/api/v1/routers',
      right: 'view',
      handler: async (_request, reply) => sendEntries(reply, await readRouters(deps)),
    },
    {
      method: 'GET',
      path: '/api/v1/routers/:name',
      right: 'view',
      handler: async ({ params, query }, reply) => sendRouter(reply, query, params),
    },
    // For names that cannot stand in a path: `.`, `..`.
    {
      method: 'GET',
      path: '/api/v1/router',
      right: 'view',
      handler: async ({ query }, reply) => sendRouter(reply, query),
    },
  ];
}

/** Its own name comes first: LibreNMS may call another device by it. */
function findRouter(
  { freshness, hosts }: RoutersDeps,
  devices: readonly KnownDevice[],
  name: string,
): RouterFreshness | null {
  const all = freshness();
  const wanted = name.toLowerCase();
  const device = devices.find(({ hostname, host, ip }) =>
    [hostname, host, ip].some((known) => known?.toLowerCase() === wanted),
  );
  return (
    all.find(({ router }) => router === name) ??
    all.find(({ router }) => router.toLowerCase() === wanted) ??
    all.find(({ router }) => hosts.get(router)?.toLowerCase() === wanted) ??
    all.find(({ router }) => router === device?.router) ??
    null
  );
}

function stateOf({ router, isFresh, ageMs, lastReadAt, code }: RouterFreshness, state: RouterStatus | undefined) {
  return {
    router,
    fresh: isFresh,
    staleSeconds: Math.round(ageMs / 1000),
    lastReadAt: instantOrNull(lastReadAt),
    code,
    reachableSince: instantOrNull(state?.reachableSince),
    reachableUntil: instantOrNull(state?.reachableUntil),
    version: state?.version ?? null,
    board: state?.board ?? null,
    identity: state?.identity ?? null,
    bootedAt: instantOrNull(state?.bootedAt),
    pollMs: state === undefined ? null : Math.round(state.pollMs),
  };
}

function sumsOf(rows: readonly ReportRow[]) {
  const uploadBytes = rows.reduce((sum, row) => sum + row.uploadBytes, 0n);
  const downloadBytes = rows.reduce((sum, row) => sum + row.downloadBytes, 0n);
  return { users: rows.length, uploadBytes, downloadBytes, totalBytes: uploadBytes + downloadBytes };
}

function instantOrNull(at: number | null | undefined): string | null {
  return at == null ? null : instant(at);
}
