import { createSessionStore } from '../accounts/store/session-store.ts';
import type { Conditions } from '../devices/conditions.ts';
import type { Roster } from '../devices/roster.ts';
import { createDeviceStore } from '../devices/store/device-store.ts';
import { createRouterStateStore } from '../devices/store/router-state-store.ts';
import type { Config } from '../platform/config/schema.ts';
import { createLiveFeed } from '../platform/http/live.ts';
import type { Site } from '../platform/http/site.ts';
import type { Database } from '../platform/store/database.ts';
import type { SchemaGate } from '../platform/store/schema-gate.ts';
import { createAlertArchive } from '../quotas/store/alert-archive.ts';
import { createReportArchive } from '../reports/store/report-store.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Calendar } from '../usage/accounting/day.ts';
import type { PollListener } from '../usage/ports.ts';
import { createUsageArchive } from '../usage/store/usage-archive.ts';
import { createAppSite } from './site.ts';

/** The web pages, and what tells them of every poll. */
export interface AppPages {
  readonly listeners: readonly PollListener[];
  /** `null`: no pages. */
  readonly site: Site | null;
}

export interface AppPagesDeps {
  readonly database: Database;
  readonly schema: SchemaGate;
  readonly roster: Roster;
  readonly conditions: Pick<Conditions, 'all'>;
  readonly calendar: Calendar;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Empty without `http.pages` in the configuration. */
export function createAppPages(config: Config, deps: AppPagesDeps): AppPages {
  const { http } = config;
  if (http?.pages !== true) return { listeners: [], site: null };
  const { database, schema, roster, conditions, calendar, clock, logger } = deps;
  const { password } = http;
  const live = createLiveFeed({ clock: systemClock });
  const site = createAppSite({
    usage: createUsageArchive({ database }),
    report: createReportArchive({ database }),
    alerts: createAlertArchive({ database }),
    states: createRouterStateStore({ database }),
    sessions: createSessionStore({ database }),
    enter: schema.enter,
    conditions: conditions.all,
    roster,
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
  return { listeners: [{ polled: () => live.tell('usage') }], site };
}
