import { randomUUID } from 'node:crypto';
import type { Base, Capability } from '../capability.ts';
import type { Condition, RouterDevice } from '../devices/ports.ts';
import { hasSameSettings } from '../platform/config/same-settings.ts';
import type { RouterLine } from '../platform/routeros/line.ts';
import { systemClock } from '../runtime/clock.ts';
import type { Forget } from '../runtime/forget.ts';
import type { Part } from '../runtime/lifecycle.ts';
import type { QuotaPolicy, Weekday } from './accounting/quota.ts';
import { type Backlog, createBacklog } from './backlog.ts';
import { createCollector, type Outage } from './collect.ts';
import { createUsageExamine } from './examine.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { createPollLog } from './poll-log.ts';
import type {
  PollListener,
  QueueReader,
  RawQueue,
  ReadWan,
  UsageArchive,
  UsageDetails,
  UsageRecords,
} from './ports.ts';
import { createListing } from './reader/list-once.ts';
import { createQueueReader } from './reader/queue-reader.ts';
import type { UsageRoutesDeps } from './routes.ts';
import { shareDays } from './shared-days.ts';
import { createTrafficSums } from './store/traffic-sums.ts';
import { createUsageArchive } from './store/usage-archive.ts';
import { forgetUsage } from './store/usage-purger.ts';
import { createUsageRecords } from './store/usage-records.ts';
import { createUsageLedger } from './store/usage-store.ts';
import { createUsageSums } from './store/usage-sums.ts';
import type { UsageSums } from './sums.ts';
import { createUpkeep } from './upkeep.ts';
import { resolveUser, type UserRule } from './users.ts';

export interface UsageSettings {
  readonly users: readonly UserRule[];
  readonly collect: { readonly everySeconds: number; readonly concurrency: number };
  readonly retention: { readonly days: number };
  readonly quotas: readonly QuotaPolicy[];
  readonly weekStartsOn: Weekday;
}

export interface UsageNeeds<Alert extends object> {
  readonly roster: { named(name: string): RouterDevice | null };
  /** Those that this worker polls. */
  readonly polled: {
    devices(): readonly RouterDevice[];
    follow(listener: (devices: readonly RouterDevice[]) => Promise<void>): void;
  };
  /** Whether a router that comes to this worker is polled at once: nobody has read it for a while. */
  readonly pollsNewcomersAtOnce: boolean;
  readonly conditions: { all(): readonly Condition[]; find(router: string): Condition };
  readonly lineOf: (device: RouterDevice) => RouterLine;
  readonly outage: Outage;
  /** All who hear of polls; asked for at each. */
  readonly listeners: () => readonly PollListener[];
  /** Stands between a router's reader and its collector. */
  readonly wrapReader: (reader: QueueReader) => QueueReader;
  readonly former: FormerUsage | null;
  /** A router that is not read, in words. */
  readonly bannerOf: UsageRoutesDeps<Alert>['bannerOf'];
  /** What flowed over the internet lines. */
  readonly wan: ReadWan;
  /** Alerts of a user, for their page. */
  readonly userAlerts: () => Promise<Pick<UsageRoutesDeps<Alert>, 'alertsOf' | 'alertAnswer' | 'viewAlerts'>>;
}

/** What usage of a worker before this one in the same process leaves to it. */
export interface FormerUsage {
  /** One process reads a router in order, also after a change of the configuration. */
  readonly readerId: string;
  /** Samples that wait for the database. */
  readonly held: ReturnType<Backlog['held']>;
  /** The routers whose samples may still be held, and the others. */
  readonly routers: readonly RouterDevice[];
}

/** What the users of a router moved. */
export interface RouterSums {
  readonly users: number;
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
  readonly totalBytes: bigint;
}

/** From the routers to the database, and what is known from there. */
export interface Usage extends Capability {
  readonly fleet: Fleet<RouterDevice>;
  readonly archive: UsageArchive & UsageDetails;
  readonly sums: UsageSums;
  /** Samples in memory that wait for the database. */
  heldSamples(): number;
  usersWithBytes: UsageRecords['usersWithBytes'];
  /** What the users of each router moved today. */
  todayByRouter(): Promise<ReadonlyMap<string, RouterSums>>;
  /** Reads a router's queues as a poll does. */
  listing(router: string): ReturnType<typeof createListing>;
  /** The purge each night, of what all have to forget. */
  upkeep(forget: Forget): Part;
  handover(): FormerUsage;
}

/** Queue rows held in memory over all routers while the database is away: about 100 MB. */
const HELD_ROWS = 300_000;

export async function createUsage<Alert extends object>(
  base: Base,
  settings: UsageSettings,
  needs: UsageNeeds<Alert>,
): Promise<Usage> {
  const { database, schema, calendar, clock, logger, registry } = base;
  const { users, collect, retention, quotas, weekStartsOn } = settings;
  const { roster, polled, former } = needs;
  const everyMs = collect.everySeconds * 1000;
  const readerId = former?.readerId ?? randomUUID();
  const backlog = createBacklog({ maxRows: HELD_ROWS, calendar });
  for (const { router, sample } of former?.held ?? []) backlog.push(router, sample);
  const archive = createUsageArchive({ database });
  const sums = createUsageSums({ database });
  const kept = { calendar, clock, quotas, retentionDays: retention.days };
  const days = shareDays({
    ...{ ...kept, archive: sums, trafficSums: createTrafficSums({ database }), hostClock: systemClock },
    conditions: needs.conditions.all,
  });
  const records = createUsageRecords({ database });
  const { book, forget } = createUsageLedger({ database });
  const ledger = { ...schema.guard({ book }), forget };
  const metrics =
    registry === null
      ? null
      : (await import('./metrics.ts')).createCollectionMetrics({
          registry,
          everyMs,
          conditions: needs.conditions.all,
          backlog,
        });
  const everybody: PollListener = {
    polled(outcome, durationMs) {
      for (const listener of needs.listeners()) listener.polled?.(outcome, durationMs);
    },
    booked(router, booking) {
      for (const listener of needs.listeners()) listener.booked?.(router, booking);
    },
  };

  const fleet = createFleet<RouterDevice>({
    ...base,
    routers: polled.devices(),
    former: former?.routers ?? [],
    createCollector(router) {
      const { name, api } = router;
      const line = needs.lineOf(router);
      const reader = needs.wrapReader(createQueueReader({ line, clock, logger, readerId }));
      return createCollector({
        ...base,
        ledger,
        users,
        backlog,
        outage: needs.outage,
        listeners: [everybody],
        router: { name, lineMbps: api.lineMbps, reader },
      });
    },
    isSame: isReadAlike,
    isHeld: (router) => backlog.first(router) !== undefined,
    everyMs,
    concurrency: collect.concurrency,
    newcomersAtOnce: needs.pollsNewcomersAtOnce,
  });
  polled.follow((devices) => fleet.set(devices));

  return {
    fleet,
    archive,
    sums,
    heldSamples: backlog.size,
    usersWithBytes: records.usersWithBytes,
    todayByRouter: async () => (await import('./api/router-day.ts')).readRouterSums(days),
    listing: (router) =>
      createListing({ router, userOf: (queue: RawQueue) => resolveUser(users, router, queue), logger }),
    upkeep: (forget) => createUpkeep({ ...base, forget, archive, retentionDays: retention.days }),
    handover: () => ({ readerId, held: backlog.held(), routers: fleet.remembered() }),
    early: [fleet],
    listeners: [createPollLog(logger), ...(metrics === null ? [] : [metrics.listener])],
    ...(metrics === null ? {} : { metrics }),
    async site() {
      const { createUsagePanel, createUsageRoutes, TODAY_LINK } = await import('./routes.ts');
      const { bannerOf, wan } = needs;
      const conditions = needs.conditions.all;
      const alerts = await needs.userAlerts();
      return {
        navigation: [TODAY_LINK],
        devicePanels: [createUsagePanel({ ...days, wan, calendar, isCounted: (name) => roster.named(name) !== null })],
        routes: ({ frame }) =>
          createUsageRoutes({
            ...{ ...kept, ...days, ...alerts, frame, usage: archive, weekStartsOn, conditions, bannerOf, wan },
          }),
      };
    },
    examine: createUsageExamine({ records, conditions: needs.conditions, calendar, clock }),
    forget: forgetUsage({ database }),
    close: fleet.close,
  };
}

/** Tags and whatever else is known of a router do not concern its connection. */
function isReadAlike(one: RouterDevice, other: RouterDevice): boolean {
  return hasSameSettings([one.host, one.api], [other.host, other.api]);
}
