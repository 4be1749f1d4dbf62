import { createAccountBooks } from '../accounts/store/account-books.ts';
import { createSessionStore } from '../accounts/store/session-store.ts';
import type { Conditions } from '../devices/conditions.ts';
import type { Roster } from '../devices/roster.ts';
import { createDeviceStore } from '../devices/store/device-store.ts';
import { createRouterStateStore } from '../devices/store/router-state-store.ts';
import { createLiveFeed } from '../platform/http/live.ts';
import type { Site } from '../platform/http/site.ts';
import type { Database } from '../platform/store/database.ts';
import type { SchemaGate } from '../platform/store/schema-gate.ts';
import { createAlertArchive } from '../quotas/store/alert-archive.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { Part } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Config } from '../settings.ts';
import type { Calendar } from '../usage/accounting/day.ts';
import type { PollListener } from '../usage/ports.ts';
import { createUsageArchive } from '../usage/store/usage-archive.ts';
import { createUsageSums } from '../usage/store/usage-sums.ts';
import { createAppSite } from './site.ts';

/** The web pages, and what tells them of every poll. */
export interface AppPages {
  readonly listeners: readonly PollListener[];
  /** `null`: no pages. */
  readonly site: Site | null;
  /** What pages need once the schema is up to date. */
  readonly parts: readonly Part[];
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
  if (http?.pages !== true) return { listeners: [], site: null, parts: [] };
  const { database, schema, roster, conditions, calendar, clock, logger } = deps;
  const { password, auth } = http;
  const live = createLiveFeed({ clock: systemClock });
  const site = createAppSite({
    usage: createUsageArchive({ database }),
    sums: createUsageSums({ database }),
    alerts: createAlertArchive({ database }),
    states: createRouterStateStore({ database }),
    sessions: createSessionStore({ database }),
    accounts: createAccountBooks({ database: behindGate(database, schema.enter) }),
    hasAccounts: auth === 'accounts',
    publicUrl: config.publicUrl ?? null,
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
  return { listeners: [{ polled: () => live.tell('usage') }], site, parts: [site.opening] };
}

/** The same database, once its tables are there. */
function behindGate(database: Database, enter: () => void): Database {
  return {
    ...database,
    async read(work) {
      enter();
      return await database.read(work);
    },
    async transaction(work) {
      enter();
      return await database.transaction(work);
    },
  };
}
