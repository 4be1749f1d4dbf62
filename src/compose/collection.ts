import { randomUUID } from 'node:crypto';
import type { Device } from '../devices/ports.ts';
import type { Roster } from '../devices/roster.ts';
import { hasSameSettings } from '../platform/config/same-settings.ts';
import type { Config } from '../platform/config/schema.ts';
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
import type { PollListener, QueueReader } from '../usage/ports.ts';
import { createQueueReader } from '../usage/reader/queue-reader.ts';
import { createUsageLedger } from '../usage/store/usage-store.ts';
import { targetOf } from './targets.ts';

/** From the routers to the database. */
export interface Collection {
  readonly fleet: Fleet<Device>;
  readonly readerId: string;
}

/** What a collection before this one in the same process leaves to it. */
export interface FormerCollection {
  /** One process reads a router in order, also after a change of the configuration. */
  readonly readerId: string;
  /** The routers whose samples may still be held, and the others. */
  readonly routers: readonly Device[];
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
  readonly listeners: readonly PollListener[];
  /** Stands between a router's reader and its collector. */
  readonly wrapReader: (reader: QueueReader) => QueueReader;
  readonly roster: Roster;
  readonly former: FormerCollection | null;
  /** Of a stop, what a poll in progress gets before it is aborted. */
  readonly graceMs: number;
  readonly onBug: (error: unknown) => void;
}

export function createCollection(config: Config, deps: CollectionDeps): Collection {
  const { database, schema, calendar, clock, logger, backlog, roster, former, onBug } = deps;
  const readerId = former?.readerId ?? randomUUID();
  const ledger = schema.guard(createUsageLedger({ database }));
  const fleet = createFleet<Device>({
    routers: roster.devices(),
    former: former?.routers ?? [],
    createCollector(router) {
      const { name, lineMbps } = router;
      const line = createRouterLine({ target: targetOf(router, config), clock, logger });
      const reader = deps.wrapReader(createQueueReader({ line, clock, logger, readerId }));
      return createCollector({ ...deps, ledger, users: config.users, router: { name, lineMbps, reader } });
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

  roster.follow((devices) => fleet.set(devices));
  return { fleet, readerId };
}
