import type { Accounts } from './accounts/capability.ts';
import type { Backups } from './backups/capability.ts';
import type { BackupBooks } from './backups/commands/frame.ts';
import type { RunBooks } from './backups/commands/run.ts';
import type { WholeBase } from './base.ts';
import type { Capability } from './capability.ts';
import type { Checker } from './check/checker.ts';
import type { Devices } from './devices/capability.ts';
import type { DeviceTestStep } from './devices/device-tests.ts';
import type { Device, ListedDevice } from './devices/ports.ts';
import type { Healing } from './healing/capability.ts';
import type { Health } from './health/capability.ts';
import type { HealthBooks } from './health/commands/status.ts';
import type { Incidents } from './incidents/capability.ts';
import type { Notices } from './notices/capability.ts';
import type { Delivery, DeliveryRound } from './notices/delivery.ts';
import type { ChannelDesk } from './notices/ports.ts';
import type { HttpServer } from './platform/http/server.ts';
import type { Quotas } from './quotas/capability.ts';
import type { AlertArchive } from './quotas/ports.ts';
import type { Reports } from './reports/capability.ts';
import type { Reporter } from './reports/report.ts';
import type { Clock } from './runtime/clock.ts';
import { type Forget, forgetAll } from './runtime/forget.ts';
import { type Part, runUntil } from './runtime/lifecycle.ts';
import type { Calendar } from './usage/accounting/day.ts';
import type { FormerUsage, Usage } from './usage/capability.ts';
import type { PollOutcome, UsageArchive, UsageDetails } from './usage/ports.ts';
import type { FormerWorker, Workers } from './workers/capability.ts';

/** The worker, put together and not yet running. Making it opens nothing. */
export interface App {
  readonly calendar: Calendar;
  readonly clock: Clock;
  readonly archive: UsageArchive & UsageDetails;
  readonly forget: Forget;
  readonly checker: Checker;
  readonly channels: ChannelDesk;
  /** Which devices beside those of the inventory are paused. */
  readonly pauses: Devices['pauses'];
  /** How the devices are and were. */
  readonly health: Omit<HealthBooks, 'maintenance'> & Pick<Health, 'maintenance'>;
  /** The devices in the database. */
  readonly inventory: Devices['inventory'];
  /** Tries to log in to a router of any source. Rejects with a `TroubleError` where the device is no router with a login. */
  testDevice(name: string, signal: AbortSignal): Promise<readonly DeviceTestStep[]>;
  /** The devices that a router hears beside it. Rejects likewise. */
  neighboursOf: Devices['neighboursOf'];
  readonly alerts: AlertArchive;
  readonly incidents: Incidents['desk'];
  readonly healing: Pick<Healing, 'desk' | 'rehearse'>;
  readonly reporter: Reporter;
  readonly delivery: Delivery;
  readonly accounts: Pick<Accounts, 'desk' | 'audit'>;
  readonly backups: BackupBooks['backups'] & RunBooks['backups'];
  /** The workers that share the routers; `null`: there is one. */
  readonly workers: Workers['list'] | null;
  /** Brings the schema up to date and gives the names of the migrations that ran. To be called before anything below. */
  migrate(): Promise<string[]>;
  /** One poll of every router. */
  collect(signal: AbortSignal): Promise<PollOutcome[]>;
  /** Looks for breaches and blind routers, makes the reports that are due and sends what waits, once. */
  tellOnce(): Promise<DeliveryRound>;
  /** Polls every router by its timetable, from `start` to `stop`. */
  readonly polling: Part;
  /** Looks at every device by its timetable, and backs up by schedule; they need the schema. */
  readonly watching: readonly Part[];
  /** Alerts, healing, reports and their mails, in the order they are to be started; they need the schema. */
  readonly mailing: readonly Part[];
  /** No router is polled now: there is none, all are paused, or others poll them. */
  isIdle(): boolean;
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

export interface Handover extends FormerUsage {
  /** The last list of LibreNMS. */
  readonly listed: readonly ListedDevice[];
  readonly inventory: readonly Device[];
  /** The place among several workers; `null`: it was alone. */
  readonly workers: FormerWorker | null;
}

/** Everything that `app.ts` made. */
export interface Made {
  readonly devices: Devices;
  readonly usage: Usage;
  readonly backups: Backups;
  readonly accounts: Accounts;
  readonly health: Health;
  readonly notices: Notices;
  readonly quotas: Quotas;
  readonly incidents: Incidents;
  readonly healing: Healing;
  readonly reports: Reports;
  readonly checker: Checker;
  /** `null`: it is alone. */
  readonly workers: Workers | null;
  readonly http: HttpServer | null;
  /** All capabilities, in the order they are to be started. */
  readonly capabilities: readonly Capability[];
}

/** Makes one worker of the capabilities: what all of them do together is done here. */
export function assemble({ database, schema, calendar, clock, logger }: WholeBase, made: Made): App {
  const { devices, usage, health, backups, notices, quotas, incidents, reports, capabilities } = made;
  // What others are about is forgotten last.
  const forget = forgetAll([...capabilities.filter((each) => each !== notices), notices].flatMap(forgetOf));
  const partsOf = (some: readonly Capability[]) => some.flatMap(({ parts = [] }) => parts);

  return {
    calendar,
    clock,
    archive: usage.archive,
    forget,
    checker: made.checker,
    channels: notices.desk,
    health: { ...made.health, devices: devices.allKnown, calendar, clock, timeZone: calendar.timeZone },
    pauses: devices.pauses,
    inventory: devices.inventory,
    testDevice: devices.tests.stored,
    neighboursOf: devices.neighboursOf,
    alerts: quotas.alerts,
    incidents: incidents.desk,
    healing: made.healing,
    reporter: reports.reporter,
    delivery: notices.delivery,
    accounts: made.accounts,
    backups: { ...made.backups, refresh: devices.refreshStored },
    workers: made.workers?.list ?? null,
    migrate: schema.open,
    async collect(signal) {
      devices.conditions.expectPolls();
      await devices.refresh(signal);
      return await usage.fleet.pollAll(signal);
    },
    async tellOnce() {
      await quotas.evaluate();
      await incidents.look();
      await reports.reporter.mailDue();
      return await notices.delivery.deliverDue();
    },
    polling: usage.fleet,
    watching: [...(health.early ?? []), ...partsOf([health, backups])],
    mailing: partsOf([notices, quotas, incidents, made.healing, reports]),
    isIdle: () => usage.fleet.routers().length === 0,
    http: made.http,
    async run(signal) {
      devices.conditions.expectPolls();
      const isOpen = await schema.tryOpen();
      const open: Part = {
        name: 'schema',
        start: () => (isOpen ? undefined : schema.waitOpen(signal)),
        stop: () => {},
      };
      // Who shows what is read starts before who reads, and who reads before who looks for more to read.
      const early = capabilities.toReversed().flatMap((each) => each.early ?? []);
      await runUntil(signal, [...early, open, ...partsOf(capabilities), usage.upkeep(forget)], logger);
    },
    handover: () => ({
      ...usage.handover(),
      listed: devices.listed(),
      inventory: devices.inventory.source.remembered(),
      workers: made.workers?.handover() ?? null,
    }),
    async close() {
      for (const capability of capabilities.toReversed()) await capability.close?.();
      await database.close();
    },
  };
}

function forgetOf({ forget }: Capability): Forget[] {
  return forget === undefined ? [] : [forget];
}
