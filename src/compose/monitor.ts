import type { Calendar } from '../accounting/day.ts';
import { createMetrics } from '../adapters/metrics/metrics.ts';
import type { Database } from '../adapters/store/database.ts';
import { createOutboxWatch } from '../adapters/store/outbox-watch.ts';
import { pingDatabase } from '../adapters/store/ping.ts';
import { createReportStore } from '../adapters/store/report-store.ts';
import { createRouterStateStore } from '../adapters/store/router-state-store.ts';
import type { Config } from '../config/schema.ts';
import type { Outbox } from '../features/delivery/ports.ts';
import type { Backlog } from '../features/usage/backlog.ts';
import { createFreshnessBoard } from '../features/usage/freshness.ts';
import { combineMeters } from '../features/usage/meter.ts';
import type { CollectionMeter } from '../features/usage/ports.ts';
import { createReadiness } from '../features/usage/readiness.ts';
import { createRouterMemory, type RouterMemory } from '../features/usage/recall.ts';
import type { SchemaGate } from '../features/usage/schema-gate.ts';
import { createHttpServer, type HttpServer } from '../http/server.ts';
import type { Clock } from '../runtime/clock.ts';
import type { JobBook } from '../runtime/jobs.ts';
import type { Logger } from '../runtime/logger.ts';
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
    lastReads: createReportStore({ database }).lastReads,
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
      scopes: pages.scopes,
      clock,
      logger: deps.logger,
      findReadiness,
      scrape: metrics.scrape,
    }),
  };
}
