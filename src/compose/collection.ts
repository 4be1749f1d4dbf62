import { randomUUID } from 'node:crypto';
import { createDiscovery, type Discovery, type DiscoveryDeps } from '../devices/discovery.ts';
import type { Device } from '../devices/ports.ts';
import { createDeviceStore } from '../devices/store/device-store.ts';
import { hasSameSettings } from '../platform/config/same-settings.ts';
import type { Config, RouterConfig } from '../platform/config/schema.ts';
import { createRouterLine } from '../platform/routeros/line.ts';
import type { Database } from '../platform/store/database.ts';
import type { SchemaGate } from '../platform/store/schema-gate.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { TroubleLog } from '../runtime/trouble-log.ts';
import type { Calendar } from '../usage/accounting/day.ts';
import type { Backlog } from '../usage/backlog.ts';
import { createCollector, type Outage } from '../usage/collect.ts';
import { createFleet, type Fleet } from '../usage/fleet.ts';
import { combineMeters } from '../usage/meter.ts';
import { createPollLog } from '../usage/poll-log.ts';
import type { CollectionMeter, QueueReader } from '../usage/ports.ts';
import { createQueueReader } from '../usage/reader/queue-reader.ts';
import { createUsageLedger } from '../usage/store/usage-store.ts';
import { assignmentOf, directoryOf, routersOf, targetOf } from './targets.ts';

/** From the routers to the database. */
export interface Collection {
  readonly fleet: Fleet<RouterConfig>;
  /** `null` when the configuration has no `librenms`. */
  readonly discovery: Discovery | null;
  readonly readerId: string;
}

/** What a collection before this one in the same process leaves to it. */
export interface FormerCollection {
  /** One process reads a router in order, also after a change of the configuration. */
  readonly readerId: string;
  /** The routers whose samples may still be held, and the others. */
  readonly routers: readonly RouterConfig[];
  /** The last list of LibreNMS. */
  readonly devices: readonly Device[];
}

export interface CollectionDeps {
  readonly database: Database;
  readonly schema: SchemaGate;
  readonly calendar: Calendar;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly backlog: Backlog;
  readonly outage: Outage;
  readonly troubles: TroubleLog;
  readonly meter: CollectionMeter;
  /** Stands between a router's reader and its collector. */
  readonly wrapReader: (router: string, reader: QueueReader) => QueueReader;
  /** From now on these routers are polled. */
  readonly onRouters: (names: readonly string[]) => void;
  readonly former: FormerCollection | null;
  /** Of a stop, what a poll in progress gets before it is aborted. */
  readonly graceMs: number;
  readonly onBug: (error: unknown) => void;
}

export function createCollection(config: Config, deps: CollectionDeps): Collection {
  const { database, schema, calendar, clock, logger, backlog, former, onBug } = deps;
  const meter = combineMeters([deps.meter, createPollLog(logger)]);
  const { librenms } = config;
  const readerId = former?.readerId ?? randomUUID();
  const ledger = schema.guard(createUsageLedger({ database }));
  const routers = [...config.routers, ...routersOf(former?.devices ?? [], config)];
  deps.onRouters(routers.map(({ name }) => name));

  const fleet = createFleet<RouterConfig>({
    routers,
    former: former?.routers ?? [],
    createCollector(router) {
      const { name, lineMbps } = router;
      const line = createRouterLine({ target: targetOf(router, config), clock, logger });
      const queues = createQueueReader({ line, clock, logger, readerId });
      const reader = deps.wrapReader(name, queues);
      return createCollector({ ...deps, meter, ledger, users: config.users, router: { name, lineMbps, reader } });
    },
    isSame: hasSameSettings,
    isHeld: (router) => backlog.first(router) !== undefined,
    calendar,
    clock,
    everyMs: config.collect.everySeconds * 1000,
    concurrency: config.collect.concurrency,
    graceMs: deps.graceMs,
    onBug,
  });

  if (librenms === undefined) return { fleet, discovery: null, readerId };
  const discovery = createDiscovery({
    ...deps,
    directory: directoryOf(librenms),
    book: guardedDevices(database, schema),
    assignment: assignmentOf(config),
    devices: former?.devices ?? [],
    everyMs: librenms.refreshMinutes * 60_000,
    async follow(added) {
      const polled = [...config.routers, ...routersOf(added, config)];
      deps.onRouters(polled.map(({ name }) => name));
      await fleet.set(polled);
    },
  });
  return { fleet, discovery, readerId };
}

/** The stored list of devices, once its table is there. */
function guardedDevices(database: Database, schema: SchemaGate): DiscoveryDeps['book'] {
  const devices = createDeviceStore({ database });
  return {
    async load() {
      schema.enter();
      return await devices.load();
    },
    async replace(list) {
      schema.enter();
      await devices.replace(list);
    },
  };
}
