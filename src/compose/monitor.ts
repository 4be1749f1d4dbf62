import { createReadyzRoute } from '../devices/api/readyz.ts';
import { createFreshnessBoard } from '../devices/freshness.ts';
import { createReadiness } from '../devices/readiness.ts';
import { createRouterMemory, type RouterMemory } from '../devices/recall.ts';
import { createRouterStateStore } from '../devices/store/router-state-store.ts';
import type { Outbox } from '../notices/ports.ts';
import { createOutboxWatch } from '../notices/store/outbox-watch.ts';
import { createHttpServer, type HttpServer } from '../platform/http/server.ts';
import type { Database } from '../platform/store/database.ts';
import { pingDatabase } from '../platform/store/ping.ts';
import type { SchemaGate } from '../platform/store/schema-gate.ts';
import type { Clock } from '../runtime/clock.ts';
import type { JobBook } from '../runtime/jobs.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Config } from '../settings.ts';
import type { Calendar } from '../usage/accounting/day.ts';
import type { Backlog } from '../usage/backlog.ts';
import { combineMeters } from '../usage/meter.ts';
import type { CollectionMeter } from '../usage/ports.ts';
import { createUsageSums } from '../usage/store/usage-sums.ts';
import { createMetrics } from './metrics.ts';
import { createAppPages } from './pages.ts';

/** What watches the worker from outside. */
export interface Monitor {
  readonly meter: CollectionMeter;
  /** From now on these are the routers that are polled. */
  watch(routers: readonly string[]): void;
  /** Counts what is delivered from an outbox. */
  watchOutbox(outbox: Outbox): Outbox;
  /** Of how the routers were read before this process began; it needs the schema. */
  readonly memory: RouterMemory;
  /** `null` when the configuration has no `http`. */
  readonly http: HttpServer | null;
}

/** For a configuration with `http`. */
export function createMonitor(
  config: Config,
  http: NonNullable<Config['http']>,
  deps: {
    readonly database: Database;
    readonly schema: SchemaGate;
    readonly calendar: Calendar;
    readonly jobs: JobBook;
    readonly backlog: Backlog;
    readonly clock: Clock;
    readonly logger: Logger;
  },
): Monitor {
  const { database, backlog, clock } = deps;
  const polled = {
    routers: config.routers.map(({ name }) => name),
    everyMs: config.collect.everySeconds * 1000,
    clock,
  };
  const freshness = createFreshnessBoard(polled);
  const outbox = createOutboxWatch({ database });
  const metrics = createMetrics({ ...deps, ...polled, outbox, freshness: freshness.routers });
  const findReadiness = createReadiness({
    freshness,
    pingDatabase: () => pingDatabase(database),
    heldSamples: backlog.size,
    clock,
  });
  const pages = createAppPages(config, { ...deps, freshness });
  const memory = createRouterMemory({
    states: createRouterStateStore({ database }),
    lastReads: createUsageSums({ database }).lastReads,
    tell(records) {
      freshness.recall(records);
      pages.recall(records);
    },
    clock,
    logger: deps.logger,
  });
  const { host, port, trustProxy } = http;
  return {
    meter: combineMeters([freshness.meter, metrics.meter, pages.meter]),
    watch: freshness.set,
    watchOutbox: metrics.countMails,
    memory,
    http: createHttpServer({
      host,
      port,
      trustProxy,
      site: pages.site,
      probes: [createReadyzRoute({ findReadiness })],
      clock,
      logger: deps.logger,
      scrape: metrics.scrape,
    }),
  };
}
