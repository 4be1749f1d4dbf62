import { createAccounts } from './accounts/capability.ts';
import { type App, assemble, type Handover } from './assemble.ts';
import { createBackups } from './backups/capability.ts';
import type { DeviceShell } from './backups/ports.ts';
import { createBase } from './base.ts';
import type { Capability } from './capability.ts';
import { createCheck, testRouter } from './check/capability.ts';
import { createDevices } from './devices/capability.ts';
import type { Device } from './devices/ports.ts';
import { isCounted } from './devices/roster.ts';
import { bannerOf } from './devices/stale.ts';
import { createHealing } from './healing/capability.ts';
import type { OpenShell } from './healing/ports.ts';
import { createHealth } from './health/capability.ts';
import type { Observer } from './health/observation.ts';
import { createIncidents } from './incidents/capability.ts';
import { createLogs } from './logs/capability.ts';
import type { ProcessLog } from './logs/ports.ts';
import { createNotices } from './notices/capability.ts';
import { createPageLinks } from './platform/http/page-links.ts';
import type { Prober } from './platform/probe/prober.ts';
import { createQuotas } from './quotas/capability.ts';
import { createReports } from './reports/capability.ts';
import { type Clock, systemClock } from './runtime/clock.ts';
import type { Logger } from './runtime/logger.ts';
import { everyMinute } from './runtime/minutes.ts';
import type { Config } from './settings.ts';
import { WRITTEN_TABLES } from './tables.ts';
import { createTerminal } from './terminal/capability.ts';
import { createUsage } from './usage/capability.ts';
import { readDays } from './usage/days-usage.ts';
import type { QueueReader } from './usage/ports.ts';

/** What is not of the configuration; tests and the demo replace the clock. */
export interface AppOverrides {
  readonly clock?: Clock;
  /** Stands between a router's reader and its collector. */
  readonly wrapReader?: (reader: QueueReader) => QueueReader;
  /** Stands between a device and who looks how it is. */
  readonly wrapObserver?: (observer: Observer, device: Device) => Observer;
  /** Stands between a device and its backup. */
  readonly wrapShell?: (shell: DeviceShell) => DeviceShell;
  /** Stands between healing and the devices that it acts through. */
  readonly wrapHealer?: (open: OpenShell) => OpenShell;
  /** Asks hosts, in place of the sockets of this machine. */
  readonly prober?: Prober;
  /** Calls back every minute of the clock. */
  readonly everyMinute?: (run: () => void) => () => void;
  /** Of the process, for its page; there is none without it. */
  readonly log?: ProcessLog;
  /** Of the worker before, in the same process. */
  readonly before?: Handover;
  /** Whether the process ends; else another worker follows in it. */
  readonly isStopping?: () => boolean;
}

/** The map of the system: which capabilities there are, in which order they start, and what each is given of the others. */
export async function createApp(config: Config, logger: Logger, overrides: AppOverrides = {}): Promise<App> {
  const { clock = systemClock, wrapReader = (reader: QueueReader) => reader, before } = overrides;
  // All that hear of polls, and of the schema: known when all are made.
  let capabilities: readonly Capability[] = [];
  const listeners = () => capabilities.flatMap((each) => each.listeners ?? []);
  const opened = async () => {
    for (const capability of capabilities) await capability.opened?.();
  };
  const base = await createBase(config, { logger, clock, opened });
  const { schema, calendar, outage } = base;

  const devices = createDevices(base, config, {
    before: { listed: before?.listed ?? [], inventory: before?.inventory ?? [] },
    usageSums: () => usage.todayByRouter(),
    otherSecrets: () => [backups.secrets, terminal.secrets],
    test: (device, signal) => testRouter(device, { targetOf, listing: usage.listing, clock }, signal),
    note: (change) => accounts.record(change),
  });
  const conditions = devices.conditions.all;
  const { roster, routers, lineOf, targetOf } = devices;
  const tagsOf = (name: string) => roster.named(name)?.tags ?? [];
  // BullMQ and the client of Redis are loaded where there are several workers.
  const workers =
    config.workers === undefined
      ? null
      : await (await import('./workers/capability.ts')).createWorkers(base, config.workers, {
          ...{ routers, former: before?.workers ?? null, isStopping: overrides.isStopping ?? (() => true) },
          allRouters: async () => (await devices.allKnown()).filter(isCounted).map(({ name }) => name),
          onNews({ polls, topics }) {
            for (const { poll, durationMs } of polls) devices.conditions.heard(poll, durationMs);
            if (polls.length > 0) web?.tell('usage');
            if (topics.includes('health')) web?.tell('health');
          },
        });
  const usage = await createUsage(base, config, {
    ...{ roster: routers, lineOf, outage, listeners, wrapReader, bannerOf },
    ...{ polled: workers?.share.of(routers) ?? routers, pollsNewcomersAtOnce: workers !== null },
    conditions: devices.conditions,
    former: before ?? null,
    userAlerts: () => quotas.alertRows(),
    wan: (router, now) => health.wan(router, now),
  });

  const accounts = createAccounts(base, config);
  const notices = await createNotices(base, config, { outboxClock: overrides.clock ?? null, tagsOf });
  const pages = config.publicUrl === undefined ? undefined : createPageLinks(config.publicUrl);
  const { writer, makeNotice, recipients, compile, delivery } = notices;
  const telling = { notices: writer, makeNotice, recipients, pages, postman: delivery };
  const routerNames = () => routers.devices().map(({ name }) => name);
  const quotas = createQuotas(base, config, { ...telling, routers: routerNames, sums: usage.sums });
  const incidents = await createIncidents(base, config, {
    ...{ ...telling, conditions, record: accounts.record },
    areAllKnown: devices.isRead,
  });
  const backups = await createBackups(base, config, {
    ...telling,
    roster: devices.roster,
    refresh: devices.refreshStored,
    findSshPlace: devices.terminals.place,
    wrapShell: overrides.wrapShell,
    record: accounts.record,
    incidents: incidents.writer,
    areAllKnown: devices.isRead,
  });
  const terminal = await createTerminal(base, config, {
    findDevice: devices.terminals.access,
    record: accounts.record,
  });
  const { prober, wrapObserver } = overrides;
  const health = await createHealth(base, config, {
    ...{ ...telling, roster, lineOf, isCounted, prober, wrapObserver, allKnown: devices.allKnown },
    ...{ incidents: incidents.writer, record: accounts.record },
    eyes: workers?.eyes,
    onLook() {
      web?.tell('health');
      workers?.tell('health');
    },
  });
  const healing = await createHealing(base, config, {
    ...{ ...telling, roster, allKnown: devices.allKnown, probe: health.archive, everyMs: health.everyMs },
    ...{ record: accounts.record, storeClock: overrides.clock ?? null, wrapShell: overrides.wrapHealer },
  });
  const history = { archive: usage.sums, calendar, quotas: config.quotas, retentionDays: config.retention.days };
  const reports = createReports(base, config, {
    ...{ ...telling, compile, conditions },
    usageOf: (now, coverage) => readDays(now, coverage, history),
    everyMinute: overrides.everyMinute ?? ((run) => everyMinute(clock, run)),
  });

  const checker = createCheck(base, config, {
    ...{ targetOf, migrate: schema.open, tables: WRITTEN_TABLES, look: devices.look },
    ...{ listing: usage.listing, usersWithBytes: usage.usersWithBytes },
    examines: () => capabilities.flatMap((each) => each.examine ?? []),
  });

  const ready = [notices, quotas, incidents, healing, reports];
  const logs =
    overrides.log === undefined ? [] : [createLogs(base, config, { log: overrides.log, note: accounts.record })];
  const others = [accounts, notices, reports, terminal, ...logs];
  const last = workers === null ? [] : [workers];
  const shown = [usage, health, quotas, incidents, healing, devices, backups, ...others, ...last];
  // Web server and pages take 15 MB: they are loaded where they are configured.
  const web =
    config.http === undefined
      ? null
      : await (await import('./web/web.ts')).createWeb(config, config.http, base, { devices, usage, health, shown });
  const served = web === null ? [] : [web];
  // Several workers last: what one gives away goes on until others have it, and all that belongs to it.
  capabilities = [devices, usage, health, backups, accounts, terminal, ...served, ...ready, ...last];
  const books = { devices, usage, backups, accounts, health, notices, quotas, incidents, healing, reports };
  const made = { ...books, checker, capabilities, workers };
  return assemble(base, { ...made, http: web?.http ?? null });
}
