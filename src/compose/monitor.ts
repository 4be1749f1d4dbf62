import { createReadyzRoute } from '../devices/api/readyz.ts';
import type { Conditions } from '../devices/conditions.ts';
import { createReadiness } from '../devices/readiness.ts';
import type { Roster } from '../devices/roster.ts';
import type { Outbox } from '../notices/ports.ts';
import { createOutboxWatch } from '../notices/store/outbox-watch.ts';
import type { Config } from '../platform/config/schema.ts';
import { createHttpServer, type HttpServer } from '../platform/http/server.ts';
import type { Database } from '../platform/store/database.ts';
import { pingDatabase } from '../platform/store/ping.ts';
import type { SchemaGate } from '../platform/store/schema-gate.ts';
import type { Clock } from '../runtime/clock.ts';
import type { JobBook } from '../runtime/jobs.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Calendar } from '../usage/accounting/day.ts';
import type { Backlog } from '../usage/backlog.ts';
import type { PollListener } from '../usage/ports.ts';
import { createMetrics } from './metrics.ts';
import { createAppPages } from './pages.ts';

/** What watches the worker from outside. */
export interface Monitor {
  readonly listeners: readonly PollListener[];
  /** Counts what is delivered from an outbox. */
  watchOutbox(outbox: Outbox): Outbox;
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
    readonly roster: Roster;
    readonly conditions: Pick<Conditions, 'all'>;
    readonly clock: Clock;
    readonly logger: Logger;
  },
): Monitor {
  const { database, backlog, clock } = deps;
  const conditions = deps.conditions.all;
  const outbox = createOutboxWatch({ database });
  const metrics = createMetrics({ ...deps, everyMs: config.collect.everySeconds * 1000, outbox, conditions });
  const findReadiness = createReadiness({
    conditions,
    pingDatabase: () => pingDatabase(database),
    heldSamples: backlog.size,
    clock,
  });
  const pages = createAppPages(config, deps);
  const { host, port, trustProxy } = http;
  return {
    listeners: [metrics.listener, ...pages.listeners],
    watchOutbox: metrics.countMails,
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
