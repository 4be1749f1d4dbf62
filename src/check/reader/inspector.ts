import { connectRouter, type RouterClient } from '../../platform/routeros/client.ts';
import { abortedTrouble, isMissingMenu, RouterTrapError } from '../../platform/routeros/errors.ts';
import type { RouterTarget } from '../../platform/routeros/line.ts';
import type { Row } from '../../platform/routeros/sentence.ts';
import type { Clock } from '../../runtime/clock.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { Inspection, ReachStep, RouterInspector, RouterReport, Rows } from '../ports.ts';
import * as menus from './inspector-menus.ts';
import { readCertificate, resolveHost, tryTcp } from './probe.ts';

export interface RouterInspectorDeps {
  readonly target: RouterTarget;
  /** Reads the router's queues. */
  readonly listQueues: menus.QueueListing;
  readonly clock: Clock;
}

/** The source of a script; a longer one is read up to here. */
const KEPT_WORD_BYTES = 64 * 1024;

/** Looks a router over: the way to it step by step, then everything that `check` judges, in one session. */
export function createRouterInspector(deps: RouterInspectorDeps): RouterInspector {
  const { target, clock } = deps;

  async function logIn(signal: AbortSignal): Promise<RouterClient> {
    const { host, port, tls, username, password, encoding, timeoutMs } = target;
    return await connectRouter({
      ...{ host, port, tls, username, encoding, clock, signal },
      password: typeof password === 'function' ? password() : password,
      connectTimeoutMs: timeoutMs,
      idleTimeoutMs: timeoutMs / 2,
      keptWordBytes: KEPT_WORD_BYTES,
    });
  }

  return {
    async inspect(signal): Promise<Inspection> {
      const probe = { host: target.host, port: target.port, clock, timeoutMs: target.timeoutMs };
      let step: ReachStep = 'name';
      let reach: Inspection['reach'] = {
        addresses: [],
        localAddress: null,
        connectMs: null,
        certificate: null,
        failed: null,
      };
      let client: RouterClient;
      try {
        reach = { ...reach, addresses: await resolveHost(probe) };
        step = 'tcp';
        reach = { ...reach, ...(await tryTcp(probe)) };
        step = 'tls';
        if (target.tls !== false)
          reach = { ...reach, certificate: await readCertificate({ ...probe, tls: target.tls }) };
        step = 'login';
        client = await logIn(signal);
      } catch (error) {
        if (!(error instanceof TroubleError)) throw error;
        const failedStep = error.code === 'ROUTER_TLS_FAILED' ? 'tls' : step;
        return { reach: { ...reach, failed: { step: failedStep, trouble: error } }, router: null };
      }
      const stop = (): void => client.close(abortedTrouble(signal.reason));
      signal.addEventListener('abort', stop, { once: true });
      try {
        return { reach, router: await readReport(client, deps) };
      } finally {
        signal.removeEventListener('abort', stop);
        client.close();
      }
    },
  };
}

async function readReport(client: RouterClient, deps: RouterInspectorDeps): Promise<RouterReport> {
  const { target, listQueues } = deps;
  const totalTimeoutMs = target.timeoutMs;

  function print<T>(menu: string, properties: readonly string[], toResult: (row: Row) => T): Promise<T[]> {
    return client.print(menu, properties, { toResult, totalTimeoutMs });
  }
  async function read<T>({ menu, properties, where = [], toRow }: menus.MenuReading<T>): Promise<Rows<T>> {
    const words = [`${menu}/print`, `=.proplist=${properties.join(',')}`, ...where.map((condition) => `?${condition}`)];
    const rows = await orUnread(client.command(words, { toResult: toRow, totalTimeoutMs }));
    return 'unread' in rows ? rows : { rows: rows.read.rows.filter((row) => row !== null) };
  }
  async function readQueues(): Promise<Pick<RouterReport, 'queues' | 'unreadableQueues'>> {
    const list = await orUnread(menus.readQueues(print, listQueues));
    return 'unread' in list
      ? { queues: list, unreadableQueues: 0 }
      : { queues: { rows: list.read.queues }, unreadableQueues: list.read.unreadable };
  }

  // One after the other: a check is not urgent and must not load a busy router.
  return {
    resource: await read(menus.RESOURCE),
    identity: await read(menus.IDENTITY),
    user: await read(menus.userNamed(target.username)),
    groups: await read(menus.GROUPS),
    sessions: await read(menus.SESSIONS),
    services: await read(menus.SERVICES),
    ...(await readQueues()),
    fastTrack: await read(menus.FASTTRACK),
    fastTrackV6: await read(menus.FASTTRACK_V6),
    fastPath: await read(menus.FAST_PATH),
    settingsV6: await read(menus.SETTINGS_V6),
    defaultRoutes: await read(menus.DEFAULT_ROUTES),
    defaultRoutesV6: await read(menus.DEFAULT_ROUTES_V6),
    wanMembers: await read(menus.WAN_MEMBERS),
    networks: await read(menus.NETWORKS),
    schedulers: await read(menus.SCHEDULERS),
    scripts: await read(menus.SCRIPTS),
    clock: await read(menus.CLOCK),
    clockReadAt: deps.clock.now(),
  };
}

/** A menu that the router refuses or lacks is a fact about it, and so is a connection that does not last. */
async function orUnread<T>(
  reading: Promise<T>,
): Promise<{ readonly read: T } | { readonly unread: 'missing' | 'refused' | 'failed' }> {
  try {
    return { read: await reading };
  } catch (error) {
    if (isMissingMenu(error)) return { unread: 'missing' };
    if (error instanceof RouterTrapError) return { unread: 'refused' };
    if (error instanceof TroubleError) return { unread: 'failed' };
    throw error;
  }
}
