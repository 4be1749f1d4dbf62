import { type Device, readDevice } from '../../platform/routeros/device.ts';
import { protocolTrouble } from '../../platform/routeros/errors.ts';
import type { LineUse, RouterLine } from '../../platform/routeros/line.ts';
import type { Row } from '../../platform/routeros/sentence.ts';
import { parseUptime } from '../../platform/routeros/uptime.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Visit } from '../../runtime/rounds.ts';
import type { QueueReader, RouterReading } from '../ports.ts';
import { createQueueList, QUEUE_PROPERTIES } from './queue-list.ts';
import { createRowWarnings } from './row-warnings.ts';
import { createSessionUsers } from './session-users.ts';

/** Uptime comes in whole seconds: the true one may be that much greater. */
const UPTIME_RESOLUTION_MS = 1_000;
/** After a longer wait for a place the uptime is read again, because it dates what is read next. */
const FRESH_UPTIME_MS = 1_000;

/** Reads one router's queues over its line. `readerId` names this process. */
export function createQueueReader(deps: {
  readonly line: RouterLine;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly readerId: string;
}): QueueReader {
  const { line, clock, logger, readerId } = deps;
  const router = line.target.name;
  const sessionUsers = createSessionUsers({ router, logger });
  const rowWarnings = createRowWarnings({ router, logger });
  /** Read once in a connection. */
  const devices = new WeakMap<LineUse['client'], Device>();

  async function readOver({ client, deadlineMs }: LineUse, visit: Visit): Promise<RouterReading> {
    let waitedMs = 0;
    function print<T>(menu: string, properties: readonly string[], toResult: (row: Row) => T): Promise<T[]> {
      return client.print(menu, properties, { toResult, totalTimeoutMs: deadlineMs + waitedMs - clock.monotonicMs() });
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
        throw protocolTrouble('its uptime cannot be parsed');
      }
      return { ...stamp, askedMs, uptimeMs, resource };
    }
    async function readQueues() {
      const list = createQueueList();
      await print('/queue/simple', QUEUE_PROPERTIES, list.add);
      const completeMs = clock.monotonicMs();
      return { list: list.finish(), completeMs };
    }
    /** The first answer is the sign of life; the long list waits for its place. */
    async function readStamp() {
      const stamp = await readResource();
      const answeredMs = clock.monotonicMs();
      await visit.enter();
      waitedMs = clock.monotonicMs() - answeredMs;
      return waitedMs > FRESH_UPTIME_MS ? await readResource() : stamp;
    }
    async function readList() {
      const stamp = await readStamp();
      const [{ list, completeMs }] = await Promise.all([readQueues(), sessionUsers.refresh(print)]);
      await sessionUsers.complete(print, list);
      return { stamp, list, completeMs };
    }

    const known = devices.get(client);
    const [{ stamp, list, completeMs }, device] = await Promise.all([readList(), known ?? readDevice(printFirst)]);
    devices.set(client, device);
    rowWarnings.report(list);
    return {
      sampledAt: stamp.sampledAt,
      monotonicMs: stamp.monotonicMs,
      askedMs: stamp.askedMs,
      bootId: clock.bootId,
      uptimeMs: stamp.uptimeMs,
      // The router read its uptime at some time after it was asked: counted from there the bound holds, however long the reply took.
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

  return {
    read: (visit) => line.use(visit, (over) => readOver(over, visit)),
    close: () => line.close(),
  };
}
