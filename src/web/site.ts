import { createAudit } from '../accounts/audit.ts';
import type { AccountBooks, SessionBook } from '../accounts/ports.ts';
import { ACCOUNT_LINK, type Access, createAccess } from '../accounts/routes/access.ts';
import { credentialRoutes } from '../devices/api/credentials.ts';
import { inventoryRoutes } from '../devices/api/devices.ts';
import { deskFor, type InventoryDeps } from '../devices/api/inventory-deps.ts';
import type { RouterDay, RoutersDeps } from '../devices/api/routers.ts';
import { transferRoutes } from '../devices/api/transfer.ts';
import type { Roster } from '../devices/roster.ts';
import { createDeviceRoutes, ROUTERS_LINK } from '../devices/routes.ts';
import { bannerOf } from '../devices/stale.ts';
import type { LiveFeed } from '../platform/http/live.ts';
import { createLiveRoute } from '../platform/http/live-route.ts';
import { createPageFrame } from '../platform/http/page-frame.ts';
import { createSite, type Site } from '../platform/http/site.ts';
import { readAlerts } from '../quotas/api/alerts.ts';
import { alertRow } from '../quotas/pages/alerts.ts';
import type { AlertArchive, AlertLines } from '../quotas/ports.ts';
import { alertLines } from '../quotas/query.ts';
import { ALERTS_LINK, createQuotaRoutes } from '../quotas/routes.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { shareByKey, shareWork } from '../runtime/shared-work.ts';
import type { Coverage } from '../usage/accounting/coverage.ts';
import type { Calendar } from '../usage/accounting/day.ts';
import type { QuotaPolicy, Weekday } from '../usage/accounting/quota.ts';
import { readRouterDay, readRouterSums, routerDayQuery, typedRouterDayQuery } from '../usage/api/router-day.ts';
import type { DaysUsageReads } from '../usage/api/today.ts';
import { createDaysReader } from '../usage/days-usage.ts';
import type { HistoryArchive } from '../usage/history.ts';
import { viewRouterDay } from '../usage/pages/router-day.ts';
import type { UsageArchive, UsageDetails } from '../usage/ports.ts';
import { createUsageRoutes, TODAY_LINK } from '../usage/routes.ts';

/** What the pages of all capabilities need; each gets its own part. */
export interface AppSiteDeps extends Pick<RoutersDeps<unknown, RouterDay>, 'conditions' | 'states' | 'devices'> {
  readonly roster: Pick<Roster, 'devices' | 'find'>;
  readonly inventory: Omit<InventoryDeps, 'deskOf'>;
  readonly usage: UsageArchive & UsageDetails;
  readonly sums: HistoryArchive;
  readonly alerts: AlertArchive & AlertLines;
  readonly sessions: SessionBook;
  readonly accounts: AccountBooks;
  /** People log in under their own names; then there is no password. */
  readonly hasAccounts: boolean;
  /** Where people reach the pages, where that is configured. */
  readonly publicUrl: string | null;
  /** `null`: there are accounts, or it is open to this machine alone. */
  readonly password: (() => string) | null;
  /** Throws a `TroubleError` while the database cannot be read. */
  readonly enter: () => void;
  readonly quotas: readonly QuotaPolicy[];
  readonly weekStartsOn: Weekday;
  readonly retentionDays: number;
  readonly calendar: Calendar;
  /** The worker's clock; it defines today. */
  readonly clock: Clock;
  /** Sessions use this clock, even where the worker's clock is simulated. */
  readonly hostClock: Clock;
  readonly live: LiveFeed;
  readonly logger: Logger;
}

/** `opening` is to be started when the schema is up to date. */
export function createAppSite(deps: AppSiteDeps): Site & Pick<Access, 'opening'> {
  const {
    password,
    hasAccounts,
    enter,
    live,
    hostClock,
    logger,
    calendar,
    clock,
    retentionDays,
    conditions,
    roster,
    alerts,
  } = deps;
  const { timeZone } = calendar;
  const frame = createPageFrame({
    navigation: [TODAY_LINK, ALERTS_LINK, ROUTERS_LINK, ...(hasAccounts ? [ACCOUNT_LINK] : [])],
    hasLogin: hasAccounts || password !== null,
  });
  const auth = hasAccounts
    ? ({ kind: 'accounts' } as const)
    : password === null
      ? ({ kind: 'none' } as const)
      : ({ kind: 'password', password } as const);
  const access = createAccess({
    ...{ auth, frame, logger, timeZone, publicUrl: deps.publicUrl, days: calendar, clock: hostClock },
    books: deps.accounts,
    passwordBook: deps.sessions,
  });
  const { gate } = access;
  const days = readDays(deps);
  const audit = createAudit({ book: deps.accounts.audit, clock: hostClock });
  const inventory = { ...deps.inventory, deskOf: deskFor(deps.inventory.desk, audit.record) };
  const routes = [
    ...access.routes,
    createLiveRoute({ live, gate }),
    ...createUsageRoutes({
      ...{ frame, calendar, clock, retentionDays, conditions, bannerOf, ...days },
      usage: deps.usage,
      quotas: deps.quotas,
      weekStartsOn: deps.weekStartsOn,
      alertsOf: (filter) => readAlerts({ alerts }, { ...filter, sort: 'newest' }),
      viewAlerts: (entries) => alertLines(entries).flatMap((line) => alertRow(line, timeZone)),
    }),
    ...createDeviceRoutes({
      ...{ frame, conditions, timeZone, viewDay: viewRouterDay },
      usage: {
        query: routerDayQuery,
        typedQuery: typedRouterDayQuery,
        sums: () => readRouterSums(days),
        day: (router, query) => readRouterDay(days, router, query),
      },
      states: deps.states,
      roster,
      devices: deps.devices,
    }),
    ...inventoryRoutes(inventory),
    ...transferRoutes(inventory),
    ...credentialRoutes(inventory),
    ...createQuotaRoutes({
      ...{ frame, alerts, calendar, clock, retentionDays, timeZone },
      routers: () => roster.devices().map(({ name }) => name),
    }),
  ];
  return { ...createSite({ frame, gate, routes, enter, logger }), opening: access.opening };
}

function readDays(deps: AppSiteDeps): DaysUsageReads {
  const { clock, hostClock } = deps;
  const readUsage = createDaysReader({ ...deps, archive: deps.sums });
  return {
    usageToday: shareWork(() => readUsage(clock.now()), hostClock),
    usageOf: shareByKey(
      ({ period, days }: Coverage) => `${period} ${days.startDay} ${days.endDay}`,
      (coverage) => readUsage(clock.now(), coverage),
      hostClock,
    ),
  };
}
