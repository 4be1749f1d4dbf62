import { createSessionStore } from '../accounts/store/session-store.ts';
import type { FreshnessBoard, RouterRecall } from '../devices/freshness.ts';
import { createDeviceStore } from '../devices/store/device-store.ts';
import { createRouterStateStore } from '../devices/store/router-state-store.ts';
import { createTroubleBoard } from '../devices/trouble-board.ts';
import { createLiveFeed } from '../platform/http/live.ts';
import type { Site } from '../platform/http/site.ts';
import type { Database } from '../platform/store/database.ts';
import type { SchemaGate } from '../platform/store/schema-gate.ts';
import { createAlertArchive } from '../quotas/store/alert-archive.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Config } from '../settings.ts';
import type { Calendar } from '../usage/accounting/day.ts';
import { combineMeters } from '../usage/meter.ts';
import type { CollectionMeter } from '../usage/ports.ts';
import { createUsageArchive } from '../usage/store/usage-archive.ts';
import { createUsageSums } from '../usage/store/usage-sums.ts';
import { createAppSite } from './site.ts';

/** The web pages, and what observes every poll for them. */
export interface AppPages {
  readonly meter: CollectionMeter;
  /** Takes over the stored states of the routers. */
  readonly recall: (records: readonly RouterRecall[]) => void;
  /** `null`: no pages. */
  readonly site: Site | null;
}

export interface AppPagesDeps {
  readonly database: Database;
  readonly schema: SchemaGate;
  readonly freshness: FreshnessBoard;
  readonly calendar: Calendar;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Empty without `http.pages` in the configuration. */
export function createAppPages(config: Config, deps: AppPagesDeps): AppPages {
  const { http } = config;
  if (http?.pages !== true) return { meter: combineMeters([]), recall: () => {}, site: null };
  const { database, schema, freshness, calendar, clock, logger } = deps;
  const { password } = http;
  const live = createLiveFeed({ clock: systemClock });
  const board = createTroubleBoard();
  const site = createAppSite({
    usage: createUsageArchive({ database }),
    sums: createUsageSums({ database }),
    alerts: createAlertArchive({ database }),
    states: createRouterStateStore({ database }),
    sessions: createSessionStore({ database }),
    enter: schema.enter,
    freshness: freshness.routers,
    troubles: board,
    hosts: new Map(config.routers.map(({ name, host }) => [name, host])),
    devices: createDeviceStore({ database }),
    quotas: config.quotas,
    weekStartsOn: config.weekStartsOn,
    retentionDays: config.retention.days,
    password: password === undefined ? null : () => password.reveal(),
    calendar,
    clock,
    hostClock: systemClock,
    live,
    logger,
  });
  const meter: CollectionMeter = {
    polled(outcome) {
      board.note(outcome.router, outcome.status === 'failed' ? outcome.trouble : null);
      live.tell('usage');
    },
    booked: () => {},
  };
  return {
    meter,
    recall(records) {
      for (const { router, trouble } of records) board.recall(router, trouble);
    },
    site,
  };
}
