import { createAudit } from '../../src/accounts/audit.ts';
import { createScheduleRoutes } from '../../src/backups/routes/schedules.ts';
import { createScheduleDesk } from '../../src/backups/schedule-desk.ts';
import { createScheduleStore } from '../../src/backups/store/schedule-store.ts';
import type { SitePart } from '../../src/capability.ts';
import { type InventoryDeps, recordedDesk } from '../../src/devices/api/inventory-deps.ts';
import type { RoutersDeps } from '../../src/devices/api/routers.ts';
import type { Roster } from '../../src/devices/roster.ts';
import { createInventoryRoutes, INVENTORY_LINK } from '../../src/devices/routes/inventory.ts';
import { createDeviceRoutes, ROUTERS_LINK } from '../../src/devices/routes.ts';
import { bannerOf } from '../../src/devices/stale.ts';
import type { StatusPage } from '../../src/health/public-status.ts';
import { createHealthArchive } from '../../src/health/store/health-archive.ts';
import { readWanTraffic } from '../../src/health/wan-traffic.ts';
import { createIncidentDesk } from '../../src/incidents/desk.ts';
import { createIncidentSite } from '../../src/incidents/routes.ts';
import { createIncidentBook } from '../../src/incidents/store/incident-book.ts';
import type { ProcessLog } from '../../src/logs/ports.ts';
import { createLogRoutes } from '../../src/logs/routes.ts';
import { actorOf } from '../../src/platform/http/caller.ts';
import type { Database } from '../../src/platform/store/database.ts';
import type { AlertArchive, AlertLines } from '../../src/quotas/ports.ts';
import { ALERTS_LINK, createAlertRows, createQuotaRoutes } from '../../src/quotas/routes.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import type { QuotaPolicy, Weekday } from '../../src/usage/accounting/quota.ts';
import { readRouterSums } from '../../src/usage/api/router-day.ts';
import type { HistoryArchive } from '../../src/usage/history.ts';
import type { ReadWan, UsageArchive, UsageDetails } from '../../src/usage/ports.ts';
import { createUsagePanel, createUsageRoutes, TODAY_LINK } from '../../src/usage/routes.ts';
import { shareDays } from '../../src/usage/shared-days.ts';
import { createTrafficSums } from '../../src/usage/store/traffic-sums.ts';
import { type AppSiteDeps, createAppSite } from '../../src/web/site.ts';
import { healthPart } from './health-site.ts';

/** What the pages of a test are made of: capabilities without their workers. */
export interface SiteOfDeps
  extends Omit<AppSiteDeps, 'parts' | 'onBug'>,
    Pick<RoutersDeps, 'conditions' | 'states' | 'devices'> {
  readonly database: Database;
  readonly roster: Pick<Roster, 'devices' | 'find'>;
  readonly usage: UsageArchive & UsageDetails;
  readonly sums: HistoryArchive;
  readonly alerts: AlertArchive & AlertLines;
  readonly quotas: readonly QuotaPolicy[];
  readonly weekStartsOn: Weekday;
  readonly retentionDays: number;
  /** The worker's clock; it defines today. */
  readonly clock: Clock;
  readonly inventory: Omit<InventoryDeps, 'deskOf' | 'noteOf'>;
  readonly log: ProcessLog;
  /** Of the daily log files. */
  readonly logFolder: string | null;
  /** For everybody to see. */
  readonly statusPages: readonly StatusPage[];
  /** Of further capabilities. */
  readonly more: readonly SitePart[];
}

export function siteOf(deps: SiteOfDeps): ReturnType<typeof createAppSite> {
  const { calendar, clock, alerts, conditions, roster, more } = deps;
  const { timeZone } = calendar;
  const note = createAudit({ book: deps.accounts.audit, clock: deps.hostClock }).record;
  const incidents = createIncidentDesk({ book: createIncidentBook(deps), record: note, clock });
  const schedules = createScheduleDesk({
    book: createScheduleStore(deps),
    configured: [{ timing: { every: 'day', at: '02:00' }, device: null, tags: [] }],
    ...{ devices: () => roster.devices(), requireKey: () => {}, timeZone, clock },
  });
  const archive = createHealthArchive(deps);
  const wan: ReadWan = (router, now) => readWanTraffic({ archive, calendar }, { router, now });
  const days = shareDays({ ...deps, archive: deps.sums, trafficSums: createTrafficSums(deps) });
  const parts: SitePart[] = [
    {
      navigation: [TODAY_LINK],
      devicePanels: [
        createUsagePanel({
          ...{ ...days, wan, calendar },
          isCounted: (name) => conditions().some(({ router }) => router === name),
        }),
      ],
      routes: ({ frame }) =>
        createUsageRoutes({ ...deps, ...days, wan, ...createAlertRows({ alerts, timeZone }), frame, bannerOf }),
    },
    healthPart({ ...deps, record: note }),
    {
      navigation: [ALERTS_LINK],
      routes: ({ frame }) =>
        createQuotaRoutes({ ...deps, frame, timeZone, routers: () => roster.devices().map(({ name }) => name) }),
    },
    createIncidentSite({ desk: incidents, clock, timeZone }),
    {
      navigation: [ROUTERS_LINK, INVENTORY_LINK],
      routes: ({ frame, devicePanels }) => [
        ...createDeviceRoutes({
          ...{
            conditions,
            roster,
            routers: roster,
            clock,
            frame,
            timeZone,
            states: deps.states,
            devices: deps.devices,
          },
          usageSums: () => readRouterSums(days),
          panels: devicePanels,
        }),
        ...createInventoryRoutes({
          ...deps.inventory,
          ...recordedDesk(deps.inventory.desk, note),
          frame,
          timeZone,
          conditions,
        }),
      ],
    },
    {
      routes: ({ frame, gate }) =>
        createLogRoutes({
          ...{ log: deps.log, folder: deps.logFolder, frame, gate, timeZone, clock: deps.hostClock },
          worker: { host: 'net-1', pid: 4711 },
          noteLevel: (request, level) =>
            note({ ...actorOf(request), action: 'log.level', subject: level, outcome: 'ok' }),
        }),
    },
    { routes: ({ frame }) => createScheduleRoutes({ schedules, frame, timeZone, hasKey: true, record: note }) },
    ...more,
  ];
  return createAppSite({ ...deps, parts, onBug: (error) => deps.logger.error({ err: error }, 'a bug') });
}
