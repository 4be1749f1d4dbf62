import { randomUUID } from 'node:crypto';
import { type Calendar, createCalendar } from './accounting/day.ts';
import { createLibrenmsClient } from './adapters/librenms/client.ts';
import { createMailProbe } from './adapters/mail/mail-probe.ts';
import { createMailer, type Mailer } from './adapters/mail/mailer.ts';
import { createMetrics } from './adapters/metrics/metrics.ts';
import { createRouterInspector } from './adapters/routeros/inspector.ts';
import { createQueueReader, type RouterTarget } from './adapters/routeros/queue-reader.ts';
import { createCheckRecords } from './adapters/store/check-records.ts';
import { createCopyMarks, createTableStore, refuseUnfinishedCopy } from './adapters/store/copy-store.ts';
import { type Database, openDatabase } from './adapters/store/database.ts';
import { createDatabaseProbe } from './adapters/store/database-probe.ts';
import { createDeviceStore } from './adapters/store/device-store.ts';
import { createJobStore } from './adapters/store/job-store.ts';
import { migrate } from './adapters/store/migrate.ts';
import { createOutboxWatch } from './adapters/store/outbox-watch.ts';
import { pingDatabase } from './adapters/store/ping.ts';
import { createRouterStateStore } from './adapters/store/router-state-store.ts';
import { createUsageArchive } from './adapters/store/usage-archive.ts';
import { createUsagePurger } from './adapters/store/usage-purger.ts';
import { createUsageLedger } from './adapters/store/usage-store.ts';
import { hasSameSettings } from './config/same-settings.ts';
import type { Config, LibrenmsConfig, RouterConfig } from './config/schema.ts';
import { type Checker, createChecker } from './features/check/checker.ts';
import { type ComparedTable, copyBooks } from './features/copy/copy.ts';
import { assignDevices } from './features/discovery/assign.ts';
import { createDiscovery } from './features/discovery/discovery.ts';
import type { Device } from './features/discovery/ports.ts';
import { type Backlog, createBacklog } from './features/usage/backlog.ts';
import { createCollector, createOutage } from './features/usage/collect.ts';
import { createFleet } from './features/usage/fleet.ts';
import { createFreshnessBoard } from './features/usage/freshness.ts';
import { combineMeters } from './features/usage/meter.ts';
import type {
  CollectionMeter,
  PollOutcome,
  QueueReader,
  RawQueue,
  UsageArchive,
  UsagePurger,
} from './features/usage/ports.ts';
import { purgeUsage } from './features/usage/purge.ts';
import { createReadiness } from './features/usage/readiness.ts';
import { createRouterStateKeeper } from './features/usage/router-states.ts';
import { createSchemaGate } from './features/usage/schema-gate.ts';
import { createNightlyTime } from './features/usage/timetable.ts';
import { resolveUser } from './features/usage/users.ts';
import { createHttpServer, type HttpServer } from './http/server.ts';
import { type Clock, systemClock } from './runtime/clock.ts';
import { TroubleError } from './runtime/errors.ts';
import { type JobBook, runJob } from './runtime/jobs.ts';
import { type Part, runUntil } from './runtime/lifecycle.ts';
import type { Logger } from './runtime/logger.ts';
import { createScheduler } from './runtime/scheduler.ts';
import { createTroubleLog, type TroubleLog } from './runtime/trouble-log.ts';

/** The worker, put together and not yet running. Making it does no I/O. */
export interface App {
  readonly calendar: Calendar;
  readonly clock: Clock;
  readonly archive: UsageArchive;
  readonly purger: UsagePurger;
  readonly checker: Checker;
  /** Brings the schema up to date and gives the names of the migrations that ran. To be called before anything below. */
  migrate(): Promise<string[]>;
  /** One poll of every router. */
  collect(signal: AbortSignal): Promise<PollOutcome[]>;
  /** Polls every router by its timetable, from `start` to `stop`. */
  readonly polling: Part;
  /** `null` when the configuration has no `http`. */
  readonly http: HttpServer | null;
  /**
   * Migrates, then polls, books and purges until the signal; drains within 10 s. A database that is not there yet is waited for, samples
   * being held meanwhile. Rejects when the schema cannot be brought up to date.
   */
  run(signal: AbortSignal): Promise<void>;
  /** What another worker in this process goes on with, so that nothing is lost on the way; to be asked when `run` is over. */
  handover(): Handover;
  close(): Promise<void>;
}

export interface Handover {
  /** One process reads a router in order, whatever its configuration. */
  readonly readerId: string;
  /** Samples that wait for the database. */
  readonly held: ReturnType<Backlog['held']>;
  /** The routers that they are of, and the others. */
  readonly routers: readonly RouterConfig[];
  /** The last list of LibreNMS. */
  readonly devices: readonly Device[];
}

/** What is not of the configuration; tests and the demo replace the clock. */
export interface AppOverrides {
  readonly clock?: Clock;
  /** Stands between a router's reader and its collector. */
  readonly wrapReader?: (reader: QueueReader) => QueueReader;
  /** Of the worker before, in the same process. */
  readonly before?: Handover;
}

/** Queue rows held in memory over all routers while the database is away: about 100 MB. */
const HELD_ROWS = 300_000;
/** Of the 10 s that a stop may take, what a poll in progress gets before it is aborted. */
const STOP_GRACE_MS = 6_000;
/** LibreNMS takes seconds for a thousand devices. */
const LIBRENMS_TIMEOUT_MS = 30_000;

export function createApp(config: Config, logger: Logger, overrides: AppOverrides = {}): App {
  const { clock = systemClock, wrapReader = (reader: QueueReader) => reader, before } = overrides;
  const calendar = createCalendar(config.timeZone);
  const troubles = createTroubleLog({ logger, clock });
  const database = openDatabase({ url: config.database.reveal(), clock, logger });
  const mailer = config.mail === undefined ? null : createMailer(config.mail);
  const archive = createUsageArchive({ database });
  const purger = createUsagePurger({ database });
  const outage = createOutage({ clock, troubles });
  const states = createRouterStateKeeper({ book: createRouterStateStore({ database }), clock, logger });
  const bringUpToDate = async () => {
    const applied = await migrate({ database, clock, logger });
    await refuseUnfinishedCopy(database);
    states.open();
    return applied;
  };
  const schema = createSchemaGate({ migrate: bringUpToDate, clock, outage });

  const jobs = createJobStore({ database });
  const backlog = createBacklog({ maxRows: HELD_ROWS, calendar });
  for (const { router, sample } of before?.held ?? []) backlog.push(router, sample);
  const monitor = createMonitor(config, { database, jobs, backlog, clock, logger });

  const readerId = before?.readerId ?? randomUUID();
  const shared = {
    users: config.users,
    ledger: schema.guard(createUsageLedger({ database })),
    calendar,
    clock,
    backlog,
    outage,
    troubles,
    meter: monitor.meter,
  };
  const onBug = (error: unknown) => logger.error({ err: error }, 'bug');
  const everyMs = config.collect.everySeconds * 1000;
  const { librenms } = config;
  const { match = '*', exclude = [] } = librenms ?? {};
  const assignment = { configured: config.routers, match, exclude };
  const withDevices = (added: readonly Device[]): RouterConfig[] =>
    librenms === undefined ? config.routers : [...config.routers, ...added.map((device) => routerOf(device, librenms))];
  const routers = withDevices(assignDevices(before?.devices ?? [], assignment).added);
  monitor.watch(routers.map(({ name }) => name));
  const fleet = createFleet<RouterConfig>({
    routers,
    former: before?.routers ?? [],
    createCollector(router) {
      const queues = createQueueReader({ target: targetOf(router, config), clock, logger, readerId });
      const reader = states.watch(router.name, wrapReader(queues));
      return createCollector({ ...shared, router: { name: router.name, lineMbps: router.lineMbps, reader } });
    },
    isSame: hasSameSettings,
    isHeld: (router) => backlog.first(router) !== undefined,
    calendar,
    clock,
    everyMs,
    concurrency: config.collect.concurrency,
    graceMs: STOP_GRACE_MS,
    onBug,
  });

  const devices = createDeviceStore({ database });
  const discovery =
    librenms === undefined
      ? null
      : createDiscovery({
          directory: createLibrenmsClient({
            url: librenms.url,
            token: () => librenms.token.reveal(),
            timeoutMs: LIBRENMS_TIMEOUT_MS,
          }),
          book: {
            async load() {
              schema.enter();
              return await devices.load();
            },
            async replace(list) {
              schema.enter();
              await devices.replace(list);
            },
          },
          assignment,
          devices: before?.devices ?? [],
          everyMs: librenms.refreshMinutes * 60_000,
          async follow(added) {
            const polled = withDevices(added);
            monitor.watch(polled.map(({ name }) => name));
            await fleet.set(polled);
          },
          clock,
          logger,
          troubles,
          onBug,
        });

  const purge = { purger, calendar, clock, retentionDays: config.retention.days };
  const upkeep = schedule('purge', {
    jobs: [
      {
        nextAfter: createNightlyTime(calendar),
        run: () =>
          tolerate(troubles, 'purge', () => runJob({ jobs, clock, logger }, 'purge', () => purgeUsage(purge, false))),
      },
    ],
    clock,
    onBug,
  });

  return {
    calendar,
    clock,
    archive,
    purger,
    checker: createAppChecker(config, { database, migrate: schema.open, mailer, clock, logger }),
    migrate: schema.open,
    async collect(signal) {
      await discovery?.refresh(signal);
      return await fleet.pollAll(signal);
    },
    polling: fleet,
    http: monitor.http,
    async run(signal) {
      const isOpen = await schema.tryOpen();
      const books: Part = {
        name: 'schema',
        start: () => (isOpen ? undefined : schema.waitOpen(signal)),
        stop: () => {},
      };
      const entrances = monitor.http === null ? [] : [monitor.http];
      const finders = discovery === null ? [] : [discovery];
      await runUntil(signal, [...entrances, fleet, ...finders, books, upkeep], logger);
    },
    handover: () => ({
      readerId,
      held: backlog.held(),
      routers: fleet.remembered(),
      devices: discovery?.devices() ?? [],
    }),
    async close() {
      fleet.close();
      mailer?.close();
      await states.close();
      await database.close();
    },
  };
}

interface Monitor {
  readonly meter: CollectionMeter;
  /** From now on these are the routers that are polled. */
  watch(routers: readonly string[]): void;
  readonly http: HttpServer | null;
}

/**
 * Copies the books of the configured database into another one and compares both. Each is brought up to date first.
 * Rejects with a `TroubleError`; `COPY_TARGET_SAME` when both are one.
 */
export async function copyToDatabase(
  config: Config,
  targetUrl: string,
  deps: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<ComparedTable[]> {
  const { logger, signal } = deps;
  const clock = systemClock;
  const source = openDatabase({ url: config.database.reveal(), clock, logger });
  const target = openDatabase({ url: targetUrl, clock, logger });
  try {
    if (source.place === target.place) {
      throw new TroubleError('COPY_TARGET_SAME', 'both databases are the same', 'Name another database to copy to.');
    }
    await migrate({ database: source, clock, logger });
    await refuseUnfinishedCopy(source);
    await migrate({ database: target, clock, logger });
    return await copyBooks({
      source: createTableStore({ database: source }),
      target: createTableStore({ database: target }),
      marks: createCopyMarks({ database: target }),
      clock,
      onProgress: (table, rows) => logger.debug({ table, rows }, 'rows copied'),
      signal,
    });
  } finally {
    await source.close();
    await target.close();
  }
}

/** What watches the worker from outside: without `http` nobody does. */
function createMonitor(
  config: Config,
  deps: {
    readonly database: Database;
    readonly jobs: JobBook;
    readonly backlog: Backlog;
    readonly clock: Clock;
    readonly logger: Logger;
  },
): Monitor {
  if (config.http === undefined) return { meter: combineMeters([]), watch: () => {}, http: null };
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
  return {
    meter: combineMeters([freshness.meter, metrics.meter]),
    watch: freshness.set,
    http: createHttpServer({ ...config.http, ...deps, findReadiness, scrape: metrics.scrape }),
  };
}

/** A device that LibreNMS knows, as if it were configured. */
function routerOf({ hostname, host }: Device, librenms: LibrenmsConfig): RouterConfig {
  const { port, tls, username, password, lineMbps, encoding } = librenms;
  return { name: hostname, host, port, tls, username, password, lineMbps, encoding };
}

function targetOf(router: RouterConfig, config: Config): RouterTarget {
  const { name, host, port, tls, username, encoding } = router;
  const timeoutMs = config.collect.timeoutSeconds * 1000;
  return { name, host, port, tls, username, password: () => router.password.reveal(), encoding, timeoutMs };
}

/** What a scheduled job meets is said once, and it comes again at its next time. */
async function tolerate(troubles: TroubleLog, job: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
    troubles.ended(job);
  } catch (error) {
    if (!(error instanceof TroubleError)) throw error;
    troubles.started(job, error);
  }
}

function createAppChecker(
  config: Config,
  parts: {
    readonly database: Database;
    readonly migrate: () => Promise<string[]>;
    readonly mailer: Mailer | null;
    readonly clock: Clock;
    readonly logger: Logger;
  },
): Checker {
  const { database, migrate: bringUpToDate, mailer, clock, logger } = parts;
  const { mail } = config;
  const routers = config.routers.map((router) => {
    const userOf = (queue: RawQueue) => resolveUser(config.users, router.name, queue);
    const { name, host, port, tls, username } = router;
    const protection = tls === false ? 'clear' : typeof tls === 'object' && 'insecure' in tls ? 'insecure' : 'verified';
    const inspector = createRouterInspector({ target: targetOf(router, config), userOf, clock, logger });
    return { name, host, port, username, protection, inspector } as const;
  });
  return createChecker({
    routers,
    mappedUsers: config.users,
    database: createDatabaseProbe({ database, migrate: bringUpToDate }),
    records: createCheckRecords({ database }),
    jobs: createJobStore({ database }),
    mail:
      mail === undefined || mailer === null
        ? null
        : createMailProbe({ mailer, server: `${mail.smtp.host}:${mail.smtp.port}`, to: mail.to, clock }),
    calendar: createCalendar(config.timeZone),
    clock,
    everyMs: config.collect.everySeconds * 1000,
    concurrency: config.collect.concurrency,
  });
}

function schedule(name: string, deps: Parameters<typeof createScheduler>[0]): Part {
  const scheduler = createScheduler(deps);
  return { name, start: () => scheduler.start(), stop: () => scheduler.stop(STOP_GRACE_MS) };
}
