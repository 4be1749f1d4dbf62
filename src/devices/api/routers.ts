import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { name, parseQuery, sendEntries, sendEntry, sendUnknown } from '../../platform/http/answer.ts';
import { instant } from '../../platform/http/days.ts';
import { joinData, type Panel, type PanelRead, type PanelReading } from '../../platform/http/panels.ts';
import type { Route } from '../../platform/http/route.ts';
import type { Condition, Device, DeviceBook, RouterStateBook, RouterStatus } from '../ports.ts';
import type { Roster } from '../roster.ts';
import { routerAnswer, routerAnswerWith } from './schemas.ts';

/** A polled router: how it is read, and what it last reported of itself. Instants are ISO 8601. */
export interface RouterState {
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

/** The same, with today's usage. */
export interface RouterEntry extends RouterState, UsageSums {}

/** What the users of a router moved today. */
export interface UsageSums {
  readonly users: number;
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
  readonly totalBytes: bigint;
}

/** One router, without what others know of it. */
export type RouterData = RouterState & RouterDetails;

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

export interface RoutersDeps {
  /** Of the routers that are polled. */
  readonly conditions: () => readonly Condition[];
  readonly states: Pick<RouterStateBook, 'states'>;
  /** Those that are polled. A link may name one, or its host. */
  readonly routers: Pick<Roster, 'find'>;
  /** What LibreNMS calls them; empty where it is not asked. */
  readonly devices: Pick<DeviceBook, 'load'>;
  /** Today's usage by router; those without any are not in it. */
  readonly usageSums: () => Promise<ReadonlyMap<string, UsageSums>>;
  /** What others know of a router. */
  readonly panels: readonly Panel<Device>[];
  readonly timeZone: string;
}

/** All that are polled, in the order of the configuration. */
export async function readRouters({
  conditions,
  states,
  usageSums,
}: Pick<RoutersDeps, 'conditions' | 'states' | 'usageSums'>): Promise<RouterEntry[]> {
  const sums = await usageSums();
  const stored = new Map((await states.states()).map((state) => [state.router, state]));
  return conditions().map((condition) => ({
    ...stateOf(condition, stored.get(condition.router)),
    ...(sums.get(condition.router) ?? NOTHING),
  }));
}

/** The device of a name, of an address, or of what LibreNMS calls it; `null` when there is none in the roster. */
export async function findDevice(
  roster: Pick<Roster, 'find'>,
  { devices }: Pick<RoutersDeps, 'devices'>,
  name: string,
): Promise<Device | null> {
  // Its own name and host come first: LibreNMS may call another device by them.
  const found = roster.find(name);
  if (found !== null) return found;
  const wanted = name.toLowerCase();
  const alias = (await devices.load()).find(({ hostname, host, ip }) =>
    [hostname, host, ip].some((known) => known?.toLowerCase() === wanted),
  );
  return alias === undefined || alias.router === null ? null : roster.find(alias.router);
}

/** What is known of one device: how it is polled, `null` where it is not, and what each panel reads. */
export interface DeviceReading {
  readonly polled: RouterData | null;
  readonly panels: readonly (PanelReading | null)[];
}

export async function readDevice(
  deps: Pick<RoutersDeps, 'conditions' | 'states' | 'timeZone'>,
  device: Device,
  reads: readonly PanelRead<Device>[],
): Promise<DeviceReading> {
  const panels = await Promise.all(reads.map((read) => read(device)));
  const condition = deps.conditions().find(({ router }) => router === device.name);
  return { polled: condition === undefined ? null : await readRouter(deps, device, condition), panels };
}

async function readRouter(
  deps: Pick<RoutersDeps, 'states' | 'timeZone'>,
  device: Device,
  condition: Condition,
): Promise<RouterData> {
  const { router, trouble } = condition;
  const state = (await deps.states.states()).find((each) => each.router === router);
  return {
    ...stateOf(condition, state),
    host: device.host,
    timeZone: deps.timeZone,
    trouble: trouble === null ? null : { code: trouble.code, message: trouble.message, advice: trouble.advice },
    errorCode: state?.errorCode ?? null,
    errorAt: instantOrNull(state?.errorAt),
    errorMessage: state?.errorText?.message ?? null,
    errorAdvice: state?.errorText?.advice ?? null,
  };
}

const NOT_POLLED: DeviceReading = { polled: null, panels: [] };
const NOTHING: UsageSums = { users: 0, uploadBytes: 0n, downloadBytes: 0n, totalBytes: 0n };

const named = z.object({ name });

export function routerRoutes(deps: RoutersDeps): Route[] {
  async function sendRouter(reply: FastifyReply, ...asked: unknown[]): Promise<FastifyReply> {
    const reads: PanelRead<Device>[] = [];
    for (const panel of deps.panels) {
      const read = parseQuery(panel.query, reply, ...asked);
      if (read === null) return reply;
      reads.push(read);
    }
    const question = parseQuery(named, reply, ...asked);
    if (question === null) return reply;
    const device = await findDevice(deps.routers, deps, question.name);
    const { polled, panels } = device === null ? NOT_POLLED : await readDevice(deps, device, reads);
    if (polled === null) return sendUnknown(reply, 'no such router');
    return sendEntry(reply, joinData([polled, ...panels.map((panel) => panel?.data ?? {})]));
  }

  const queries = deps.panels.map(({ query }) => query);
  const contract = {
    summary: 'One router with the usage of today; by its name, address or what LibreNMS calls it',
    answers: { 200: routerAnswerWith(deps.panels.map(({ answer }) => answer)).meta({ id: 'RouterToday' }) },
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
      contract: { ...contract, query: queries },
      handler: async ({ params, query }, reply) => sendRouter(reply, query, params),
    },
    // For names that cannot stand in a path: `.`, `..`.
    {
      method: 'GET',
      path: '/api/v1/router',
      right: 'view',
      contract: { ...contract, query: [named, ...queries] },
      handler: async ({ query }, reply) => sendRouter(reply, query),
    },
  ];
}

function stateOf(
  { router, isFresh, ageMs, lastReadAt, code, facts }: Condition,
  state: RouterStatus | undefined,
): RouterState {
  return {
    router,
    fresh: isFresh,
    staleSeconds: Math.round(ageMs / 1000),
    lastReadAt: instantOrNull(lastReadAt),
    code,
    reachableSince: instantOrNull(state?.reachableSince),
    reachableUntil: instantOrNull(state?.reachableUntil),
    version: facts.version,
    board: facts.board,
    identity: facts.identity,
    bootedAt: instantOrNull(facts.bootedAt),
    pollMs: state === undefined ? null : Math.round(state.pollMs),
  };
}

function instantOrNull(at: number | null | undefined): string | null {
  return at == null ? null : instant(at);
}
