import type { Checker } from './check/checker.ts';
import type { PartFinding } from './check/ports.ts';
import { createAppChecker } from './compose/checking.ts';
import { createCollection, type FormerCollection } from './compose/collection.ts';
import { testRouter } from './compose/device-test.ts';
import { type AppInventory, createAppInventory } from './compose/inventory.ts';
import { createMailing } from './compose/mailing.ts';
import type { Monitor } from './compose/monitor.ts';
import { createAppRoster } from './compose/roster.ts';
import { combinePurgers, createAlertPurger, createUpkeep } from './compose/upkeep.ts';
import { refuseUnfinishedCopy } from './copy/store/copy-store.ts';
import { createConditionWriter } from './devices/condition-writer.ts';
import { createConditions } from './devices/conditions.ts';
import type { InventoryRouter } from './devices/inventory-source.ts';
import type { ListedDevice } from './devices/ports.ts';
import { createRouterStateStore } from './devices/store/router-state-store.ts';
import type { Delivery, DeliveryRound } from './notices/deliver.ts';
import type { Config } from './platform/config/schema.ts';
import { secretsIn } from './platform/config/secret.ts';
import type { HttpServer } from './platform/http/server.ts';
import { openDatabase } from './platform/store/database.ts';
import { createJobStore } from './platform/store/job-store.ts';
import { migrate } from './platform/store/migrate.ts';
import { createSchemaGate } from './platform/store/schema-gate.ts';
import type { AlertArchive } from './quotas/ports.ts';
import type { Reporter } from './reports/report.ts';
import { type Clock, systemClock } from './runtime/clock.ts';
import { TroubleError } from './runtime/errors.ts';
import { type Part, runUntil } from './runtime/lifecycle.ts';
import type { Logger } from './runtime/logger.ts';
import { keepSecret } from './runtime/mask.ts';
import { everyMinute } from './runtime/minutes.ts';
import { createTroubleLog } from './runtime/trouble-log.ts';
import { type Calendar, createCalendar } from './usage/accounting/day.ts';
import { type Backlog, createBacklog } from './usage/backlog.ts';
import { createOutage } from './usage/collect.ts';
import type { PollOutcome, QueueReader, UsageArchive, UsageDetails, UsagePurger } from './usage/ports.ts';
import { createUsageArchive } from './usage/store/usage-archive.ts';
import { createUsagePurger } from './usage/store/usage-purger.ts';

/** The worker, put together and not yet running. Making it opens nothing. */
export interface App {
  readonly calendar: Calendar;
  readonly clock: Clock;
  readonly archive: UsageArchive & UsageDetails;
  readonly purger: UsagePurger;
  readonly checker: Checker;
  /** The devices in the database. */
  readonly inventory: AppInventory;
  /** Tries to log in to a router of any source. Rejects with a `TroubleError` where the device is no router with a login. */
  testDevice(name: string, signal: AbortSignal): Promise<readonly PartFinding[]>;
  readonly alerts: AlertArchive;
  readonly reporter: Reporter;
  readonly delivery: Delivery;
  /** Brings the schema up to date and gives the names of the migrations that ran. To be called before anything below. */
  migrate(): Promise<string[]>;
  /** One poll of every router. */
  collect(signal: AbortSignal): Promise<PollOutcome[]>;
  /** Looks for breaches, makes the reports that are due and sends what waits, once. */
  settle(): Promise<DeliveryRound>;
  /** Polls every router by its timetable, from `start` to `stop`. */
  readonly polling: Part;
  /** Alerts, reports and their mails, in the order they are to be started; they need the schema. */
  readonly mailing: readonly Part[];
  /** `null` when the configuration has no `http`. */
  readonly http: HttpServer | null;
  /**
   * Migrates, then polls, books, alerts, reports and purges until the signal; drains within 10 s. A database that is not there yet is
   * waited for, samples being held meanwhile. Rejects when the schema cannot be brought up to date.
   */
  run(signal: AbortSignal): Promise<void>;
  /** What the next worker in this process takes over, so that nothing is lost; to be called after `run`. */
  handover(): Handover;
  close(): Promise<void>;
}

export interface Handover extends FormerCollection {
  /** The last list of LibreNMS. */
  readonly listed: readonly ListedDevice[];
  /** The devices of the inventory. */
  readonly inventory: readonly InventoryRouter[];
  /** Samples that wait for the database. */
  readonly held: ReturnType<Backlog['held']>;
}

/** What is not of the configuration; tests and the demo replace the clock. */
export interface AppOverrides {
  readonly clock?: Clock;
  /** Stands between a router's reader and its collector. */
  readonly wrapReader?: (reader: QueueReader) => QueueReader;
  /** Calls back every minute of the clock. */
  readonly everyMinute?: (run: () => void) => () => void;
  /** Of the worker before, in the same process. */
  readonly before?: Handover;
}

/** Queue rows held in memory over all routers while the database is away: about 100 MB. */
const HELD_ROWS = 300_000;
/** A stop may take 10 s: a poll in progress is aborted after this time; a mail being sent gets 5 s. */
const STOP_GRACE_MS = 3_000;

/** Used when the configuration has no `http`. */
const UNWATCHED: Monitor = {
  listeners: [],
  watchOutbox: (outbox) => outbox,
  http: null,
};

/** The one place that knows every part; the modules of `compose/` assemble groups of them. */
export async function createApp(config: Config, logger: Logger, overrides: AppOverrides = {}): Promise<App> {
  const { clock = systemClock, wrapReader = (reader: QueueReader) => reader, before } = overrides;
  // The database's password is part of its URL; it is registered where the database is opened.
  const { database: _, ...others } = config;
  for (const secret of secretsIn(others)) keepSecret(secret.reveal());
  const onBug = (error: unknown) => logger.error({ err: error }, 'bug');
  const calendar = createCalendar(config.timeZone);
  const troubles = createTroubleLog({ logger, clock });
  const outage = createOutage({ clock, troubles });
  const backlog = createBacklog({ maxRows: HELD_ROWS, calendar });
  for (const { router, sample } of before?.held ?? []) backlog.push(router, sample);

  const database = openDatabase({ url: config.database.reveal(), clock, logger });
  const jobs = createJobStore({ database });
  const schema = createSchemaGate({ migrate: bringUpToDate, clock, outage });
  const states = createRouterStateStore({ database });
  const inventory = createAppInventory(config, {
    ...{ database, schema, clock, troubles, onBug },
    former: before?.inventory ?? [],
  });
  const { roster, discovery } = createAppRoster(config, {
    ...{ database, schema, clock, logger, troubles, onBug, inventory: inventory.source },
    listed: before?.listed ?? [],
  });
  const conditions = createConditions({
    roster,
    book: states,
    everyMs: config.collect.everySeconds * 1000,
    clock,
    logger,
  });
  const conditionWriter = createConditionWriter({ book: states, clock, logger });
  // Parts that not every worker needs are loaded on demand: the mailer takes 10 MB, web server and metrics 20.
  const mailer =
    config.mail === undefined ? null : (await import('./notices/channels/mail/mailer.ts')).createMailer(config.mail);
  const shared = { database, jobs, roster, conditions, backlog, outage, troubles, calendar, clock, logger };

  const monitor =
    config.http === undefined
      ? UNWATCHED
      : (await import('./compose/monitor.ts')).createMonitor(config, config.http, { ...shared, schema });
  const mailing = createMailing(config, {
    ...shared,
    mailer,
    outboxClock: overrides.clock === undefined ? {} : { clock },
    watchOutbox: monitor.watchOutbox,
    everyMinute: overrides.everyMinute ?? ((run) => everyMinute(clock, run)),
  });
  const collection = createCollection(config, {
    ...shared,
    schema,
    // Who hears of each poll, in this order: the condition before those who tell it.
    listeners: [conditions, conditionWriter, ...monitor.listeners, ...mailing.listeners],
    wrapReader,
    former: before ?? null,
    graceMs: STOP_GRACE_MS,
    onBug,
  });
  const { fleet } = collection;
  const purger = combinePurgers(createUsagePurger({ database }), createAlertPurger({ database }));
  const archive = createUsageArchive({ database });
  const upkeep = createUpkeep(config, { ...shared, purger, archive, graceMs: STOP_GRACE_MS, onBug });

  async function bringUpToDate(): Promise<string[]> {
    const applied = await migrate({ database, clock, logger });
    await refuseUnfinishedCopy(database);
    // Before anything is written: what was before is not to be mixed with what is.
    await conditions.recall();
    conditionWriter.open();
    return applied;
  }

  return {
    calendar,
    clock,
    archive,
    purger,
    checker: createAppChecker(config, { ...shared, inventory, migrate: schema.open, mailer }),
    inventory,
    async testDevice(name, signal) {
      const { source, desk } = inventory;
      await source.refresh();
      await desk.device(name);
      const device = [...roster.devices(), ...source.withheld([])].find((each) => each.name === name);
      if (device === undefined || device.api.username === '') throw notTestable();
      return await testRouter(device, config, { clock, logger, signal });
    },
    alerts: mailing.alerts,
    reporter: mailing.reporter,
    delivery: mailing.delivery,
    migrate: schema.open,
    async collect(signal) {
      conditions.expectPolls();
      await inventory.source.refresh();
      await discovery?.refresh(signal);
      return await fleet.pollAll(signal);
    },
    settle: mailing.settle,
    polling: fleet,
    mailing: mailing.parts,
    http: monitor.http,
    async run(signal) {
      conditions.expectPolls();
      const isOpen = await schema.tryOpen();
      const books: Part = {
        name: 'schema',
        start: () => (isOpen ? undefined : schema.waitOpen(signal)),
        stop: () => {},
      };
      const outside = [monitor.http, fleet, discovery].filter((part) => part !== null);
      const ofInventory = [inventory.source, inventory.keyKeeper].filter((part) => part !== null);
      await runUntil(signal, [...outside, books, ...ofInventory, conditions, ...mailing.parts, upkeep], logger);
    },
    handover: () => ({
      readerId: collection.readerId,
      held: backlog.held(),
      routers: fleet.remembered(),
      listed: discovery?.listed() ?? [],
      inventory: inventory.source.remembered(),
    }),
    async close() {
      fleet.close();
      mailer?.close();
      await conditionWriter.close();
      await database.close();
    },
  };
}

function notTestable(): TroubleError {
  return new TroubleError(
    'DEVICE_NOT_TESTABLE',
    'the device has no login for the API of a router',
    'Give it an api_credential or a username. A device that LibreNMS lists is known once a worker has asked LibreNMS.',
  );
}
