import type { QueueReader, RouterReading } from '../../features/usage/ports.ts';
import type { Clock } from '../../runtime/clock.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { connectRouter, type RouterClient } from './client.ts';
import { type Device, readDevice } from './device.ts';
import { abortedTrouble, protocolTrouble } from './errors.ts';
import { createQueueList, QUEUE_PROPERTIES } from './queue-list.ts';
import { createRowWarnings } from './row-warnings.ts';
import type { Row } from './sentence.ts';
import { createSessionUsers } from './session-users.ts';
import type { RouterTls } from './tls.ts';
import { parseUptime } from './uptime.ts';

/** A router to read and how to get in. */
export interface RouterTarget {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly tls: false | RouterTls;
  readonly username: string;
  /** Asked for anew at each login when it is a function. */
  readonly password: string | (() => string);
  /** Longest time for one `read`, connecting included, ms; the router may be silent for half of it. */
  readonly timeoutMs: number;
  /** Code page of all names, e.g. `windows-1251`; unless given UTF-8, and windows-1252 for what is not that. */
  readonly encoding?: string | undefined;
}

/** A session and what is read once in it. */
interface Connection {
  readonly client: RouterClient;
  device: Device | null;
}

/** After the n-th failure in a row the next attempt comes no sooner than about 2^(n-1) s after the last one began, at most this. */
const LONGEST_BACKOFF_MS = 30_000;
const FIRST_BACKOFF_MS = 1_000;

/** A comment of 1,000 characters in any script, which is what is stored; of a longer value no more is read. */
const KEPT_WORD_BYTES = 4_096;

const WEAK_TLS_ADVICE =
  'Update RouterOS, give api-ssl a certificate and pin it with tls: { fingerprint }; until then reach the router over a network that you trust.';

/** Uptime comes in whole seconds: the true one may be that much greater. */
const UPTIME_RESOLUTION_MS = 1_000;

function backoffMs(failures: number): number {
  const full = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
  return full * (0.5 + Math.random() / 2);
}

/** Reads one router's queues, over one connection that is kept and reopened as needed. `readerId` names this process. */
export function createQueueReader(deps: {
  readonly target: RouterTarget;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly readerId: string;
}): QueueReader {
  const { target, clock, logger, readerId } = deps;
  const sessionUsers = createSessionUsers({ router: target.name, logger });
  const rowWarnings = createRowWarnings({ router: target.name, logger });
  const running = new Set<AbortController>();
  let connection: Connection | null = null;
  let failures = 0;
  let rest: { readonly untilMs: number; readonly because: TroubleError } | null = null;

  let toldWeakness: string | null = null;
  /** Once, however often the router is connected to. */
  function warnOfTls(weakness: string | null): void {
    if (weakness !== null && weakness !== toldWeakness) {
      logger.warn(
        { router: target.name, code: 'ROUTER_TLS_WEAK', reason: weakness, advice: WEAK_TLS_ADVICE },
        'the connection to the router is easy to break',
      );
    }
    toldWeakness = weakness;
  }

  async function connect(deadlineMs: number, signal: AbortSignal): Promise<Connection> {
    const client = await connectRouter({
      host: target.host,
      port: target.port,
      tls: target.tls,
      username: target.username,
      password: typeof target.password === 'function' ? target.password() : target.password,
      encoding: target.encoding,
      clock,
      connectTimeoutMs: deadlineMs - clock.monotonicMs(),
      idleTimeoutMs: target.timeoutMs / 2,
      keptWordBytes: KEPT_WORD_BYTES,
      signal,
    });
    warnOfTls(client.weakness);
    connection = { client, device: null };
    return connection;
  }

  async function readOver(over: Connection, deadlineMs: number): Promise<RouterReading> {
    function print<T>(menu: string, properties: readonly string[], toResult: (row: Row) => T): Promise<T[]> {
      return over.client.print(menu, properties, { toResult, totalTimeoutMs: deadlineMs - clock.monotonicMs() });
    }
    async function printFirst(menu: string, properties: readonly string[]): Promise<Row | null> {
      let first: Row | null = null;
      // Such a menu has one row; should it send more, they are not kept.
      await print(menu, properties, (row) => {
        first ??= new Map(properties.map((name) => [name, row.get(name)]));
      });
      return first;
    }
    async function readResource() {
      const askedMs = clock.monotonicMs();
      const resource = await printFirst('/system/resource', ['uptime', 'version', 'board-name']);
      const stamp = { sampledAt: clock.now(), monotonicMs: clock.monotonicMs() };
      const uptimeMs = parseUptime(resource?.get('uptime') ?? '');
      if (resource === null || uptimeMs === null) {
        throw protocolTrouble('its uptime cannot be understood');
      }
      return { ...stamp, askedMs, uptimeMs, resource };
    }
    async function readQueues() {
      const list = createQueueList();
      await print('/queue/simple', QUEUE_PROPERTIES, list.add);
      const completeMs = clock.monotonicMs();
      return { list: list.finish(), completeMs };
    }
    async function readList() {
      const stamp = await readResource();
      const [{ list, completeMs }] = await Promise.all([readQueues(), sessionUsers.refresh(print)]);
      await sessionUsers.complete(print, list);
      return { stamp, list, completeMs };
    }

    const [{ stamp, list, completeMs }, device] = await Promise.all([
      readList(),
      over.device ?? readDevice(printFirst),
    ]);
    over.device = device;
    rowWarnings.report(list);
    return {
      sampledAt: stamp.sampledAt,
      monotonicMs: stamp.monotonicMs,
      askedMs: stamp.askedMs,
      bootId: clock.bootId,
      uptimeMs: stamp.uptimeMs,
      // The router read its uptime at some time after it was asked: counted from there the bound holds whatever the way back took.
      endUptimeMs: stamp.uptimeMs + (completeMs - stamp.askedMs) + UPTIME_RESOLUTION_MS,
      reader: readerId,
      serial: device.serial,
      queues: sessionUsers.fillIn(list),
      unreadable: list.faulty.map(({ id, name }) => ({ id, name })),
      facts: {
        version: stamp.resource.get('version') ?? '',
        board: stamp.resource.get('board-name') || null,
        identity: device.identity,
      },
    };
  }

  /** Reads over a connection; a stop ends it, since its replies would still come. */
  async function readStoppable(over: Connection, deadlineMs: number, signal: AbortSignal): Promise<RouterReading> {
    const stop = (): void => over.client.close(abortedTrouble(signal.reason));
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await readOver(over, deadlineMs);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async function readWithin(deadlineMs: number, signal: AbortSignal): Promise<RouterReading> {
    const kept = connection?.client.failure === null ? connection : null;
    if (kept !== null) {
      try {
        return await readStoppable(kept, deadlineMs, signal);
      } catch (error) {
        // A connection kept since the last poll may have died unseen, with a reboot of the router or in a firewall that forgot it and
        // says nothing: that alone is no failure. Silence ends it after half the time, the other half is for a new one.
        const isDead = error instanceof TroubleError && ['ROUTER_CLOSED', 'ROUTER_TIMEOUT'].includes(error.code);
        if (!isDead || clock.monotonicMs() >= deadlineMs) {
          throw error;
        }
      }
    }
    return await readStoppable(await connect(deadlineMs, signal), deadlineMs, signal);
  }

  function noteFailure(error: unknown, startedMs: number): void {
    const isDead = connection === null || connection.client.failure !== null;
    if (error instanceof TroubleError && error.code !== 'ROUTER_ABORTED' && isDead) {
      failures += 1;
      rest = { untilMs: startedMs + backoffMs(failures), because: error };
    }
  }

  return {
    async read(signal) {
      if (signal.aborted) {
        throw abortedTrouble(signal.reason);
      }
      const startedMs = clock.monotonicMs();
      if (rest !== null && startedMs < rest.untilMs) {
        throw rest.because;
      }
      const stopper = new AbortController();
      const stop = (): void => stopper.abort(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      running.add(stopper);
      try {
        const reading = await readWithin(startedMs + target.timeoutMs, stopper.signal);
        failures = 0;
        rest = null;
        return reading;
      } catch (error) {
        noteFailure(error, startedMs);
        throw error;
      } finally {
        running.delete(stopper);
        signal.removeEventListener('abort', stop);
      }
    },
    close() {
      for (const stopper of running) {
        stopper.abort();
      }
      connection?.client.close();
      connection = null;
    },
  };
}
