import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { name, parseQuery, sendEntries, sendEntry, sendUnknown } from '../../platform/http/answer.ts';
import { instant } from '../../platform/http/days.ts';
import type { Route } from '../../platform/http/route.ts';
import type { Condition, DeviceBook, KnownDevice, RouterStateBook, RouterStatus } from '../ports.ts';
import type { Roster } from '../roster.ts';
import { routerAnswer, routerAnswerWith } from './schemas.ts';

/** A polled router: how it is read, what it last reported of itself, and today's usage. Instants are ISO 8601. */
export interface RouterEntry extends UsageSums {
  readonly router: string;
  /** Not late. */
  readonly fresh: boolean;
  /** Since it was last booked; of one that never was, since it was first tried. */
  readonly staleSeconds: number;
  /** `null`: never. */
  readonly lastReadAt: string | null;
  /** Trouble code of the last poll; `null` when it went well. */
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
}

/** What the users of a router moved today. */
export interface UsageSums {
  readonly users: number;
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
  readonly totalBytes: bigint;
}

/** More of the same. */
export interface RouterDay extends UsageSums {
  /** `YYYY-MM-DD` in the zone. */
  readonly day: string;
  /** When it was read, ISO 8601. */
  readonly until: string;
}

/** Reads the usage of a day; another module provides it. */
export interface RouterUsage<Query, Day extends RouterDay> {
  /** What may be asked of a day. */
  readonly query: z.ZodObject & z.ZodType<Query>;
  /** The same as people may have typed it: what is not understood is left out. */
  readonly typedQuery: z.ZodType<Query>;
  /** By router; those without usage are not in it. */
  sums(): Promise<ReadonlyMap<string, UsageSums>>;
  /** What `day` gives, as the API answers it. */
  readonly dayFields: z.ZodRawShape;
  day(router: string, query: Query): Promise<Day>;
}

/** One router with what its users moved today. */
export type RouterData<Day extends RouterDay = RouterDay> = RouterEntry & Day & RouterDetails;

export interface RouterDetails {
  /** Where it is reached. */
  readonly host: string;
  readonly timeZone: string;
  /** Trouble of the last poll, and what to do about it. */
  readonly trouble: { readonly code: string; readonly message: string; readonly advice: string } | null;
  /** Of the last failed poll, however long ago. */
  readonly errorCode: string | null;
  readonly errorAt: string | null;
  /** In words, with what to do; `null` where an earlier version noted only the code. */
  readonly errorMessage: string | null;
  readonly errorAdvice: string | null;
}

export interface RoutersDeps<Query, Day extends RouterDay> {
  /** Of the routers that are polled. */
  readonly conditions: () => readonly Condition[];
  readonly states: Pick<RouterStateBook, 'states'>;
  /** A link may name a device, or its host. */
  readonly roster: Pick<Roster, 'find'>;
  /** What LibreNMS calls them; empty where it is not asked. */
  readonly devices: Pick<DeviceBook, 'load'>;
  readonly usage: RouterUsage<Query, Day>;
  readonly timeZone: string;
}

/** All that are polled, in the order of the configuration. */
export async function readRouters({
  conditions,
  usage,
  ...deps
}: Pick<RoutersDeps<unknown, RouterDay>, 'conditions' | 'states'> & {
  readonly usage: Pick<RouterUsage<unknown, RouterDay>, 'sums'>;
}): Promise<RouterEntry[]> {
  const sums = await usage.sums();
  const states = new Map((await deps.states.states()).map((state) => [state.router, state]));
  return conditions().map((condition) => ({
    ...stateOf(condition, states.get(condition.router)),
    ...(sums.get(condition.router) ?? NOTHING),
  }));
}

/** The router of a name, of an address, or of what LibreNMS calls it; `null` when there is none. */
export async function readRouter<Query, Day extends RouterDay>(
  deps: RoutersDeps<Query, Day>,
  name: string,
  query: Query,
): Promise<RouterData<Day> | null> {
  const { timeZone, usage } = deps;
  const device = findDevice(deps, await deps.devices.load(), name);
  const condition = deps.conditions().find(({ router }) => router === device?.name);
  if (device === null || condition === undefined) return null;
  const { router, trouble } = condition;
  const day = await usage.day(router, query);
  const state = (await deps.states.states()).find((each) => each.router === router);
  return {
    ...stateOf(condition, state),
    host: device.host,
    timeZone,
    ...day,
    trouble: trouble === null ? null : { code: trouble.code, message: trouble.message, advice: trouble.advice },
    errorCode: state?.errorCode ?? null,
    errorAt: instantOrNull(state?.errorAt),
    errorMessage: state?.errorText?.message ?? null,
    errorAdvice: state?.errorText?.advice ?? null,
  };
}

const NOTHING: UsageSums = { users: 0, uploadBytes: 0n, downloadBytes: 0n, totalBytes: 0n };

const named = z.object({ name });

export function routerRoutes<Query, Day extends RouterDay>(deps: RoutersDeps<Query, Day>): Route[] {
  async function sendRouter(reply: FastifyReply, ...asked: unknown[]): Promise<FastifyReply> {
    const query = parseQuery(deps.usage.query, reply, ...asked);
    if (query === null) return reply;
    const question = parseQuery(named, reply, ...asked);
    if (question === null) return reply;
    const data = await readRouter(deps, question.name, query);
    return data === null ? sendUnknown(reply, 'no such router') : sendEntry(reply, data);
  }

  const contract = {
    summary: 'One router with the usage of today; by its name, address or what LibreNMS calls it',
    answers: { 200: routerAnswerWith(deps.usage.dayFields).meta({ id: 'RouterToday' }) },
    refuses: [404],
  } as const;

  return [
    {
      method: 'GET',
      path: '/api/v1/routers',
      right: 'view',
      contract: { summary: 'All routers that are polled', answers: { 200: z.array(routerAnswer) } },
      handler: async (_request, reply) => sendEntries(reply, await readRouters(deps)),
    },
    {
      method: 'GET',
      path: '/api/v1/routers/:name',
      right: 'view',
      contract: { ...contract, query: deps.usage.query },
      handler: async ({ params, query }, reply) => sendRouter(reply, query, params),
    },
    // For names that cannot stand in a path: `.`, `..`.
    {
      method: 'GET',
      path: '/api/v1/router',
      right: 'view',
      contract: { ...contract, query: deps.usage.query.extend(named.shape) },
      handler: async ({ query }, reply) => sendRouter(reply, query),
    },
  ];
}

/** Its own name and host come first: LibreNMS may call another device by them. */
function findDevice(
  { roster }: Pick<RoutersDeps<unknown, RouterDay>, 'roster'>,
  listed: readonly KnownDevice[],
  name: string,
) {
  const wanted = name.toLowerCase();
  const alias = listed.find(({ hostname, host, ip }) =>
    [hostname, host, ip].some((known) => known?.toLowerCase() === wanted),
  );
  return roster.find(name) ?? (alias === undefined || alias.router === null ? null : roster.find(alias.router));
}

function stateOf({ router, isFresh, ageMs, lastReadAt, code }: Condition, state: RouterStatus | undefined) {
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

function instantOrNull(at: number | null | undefined): string | null {
  return at == null ? null : instant(at);
}
