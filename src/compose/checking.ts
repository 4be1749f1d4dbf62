import { type CheckedRouter, type Checker, createChecker } from '../check/checker.ts';
import type { DirectoryProbe } from '../check/directory.ts';
import { createRouterInspector } from '../check/reader/inspector.ts';
import { createCheckRecords } from '../check/store/check-records.ts';
import { createDatabaseProbe } from '../check/store/database-probe.ts';
import { assignDevices } from '../devices/assign.ts';
import type { Conditions } from '../devices/conditions.ts';
import { findDoubles } from '../devices/doubles.ts';
import type { Device, DeviceBook, ListedDevice } from '../devices/ports.ts';
import type { Roster } from '../devices/roster.ts';
import { assignmentOf, listedDevice } from '../devices/settings.ts';
import { skippedTrouble, withKnown } from '../devices/skipped.ts';
import { createDeviceStore } from '../devices/store/device-store.ts';
import { createMailProbe } from '../notices/channels/mail/mail-probe.ts';
import type { Mailer } from '../notices/channels/mail/mailer.ts';
import { createOutboxWatch } from '../notices/store/outbox-watch.ts';
import type { Config, LibrenmsConfig } from '../platform/config/schema.ts';
import type { Database } from '../platform/store/database.ts';
import { createJobStore } from '../platform/store/job-store.ts';
import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { createCalendar } from '../usage/accounting/day.ts';
import type { RawQueue } from '../usage/ports.ts';
import { resolveUser } from '../usage/users.ts';
import type { AppInventory } from './inventory.ts';
import { directoryOf, targetOf } from './targets.ts';

/** What `check` tries, with the configuration's own settings. */
export function createAppChecker(
  config: Config,
  parts: {
    readonly database: Database;
    readonly migrate: () => Promise<string[]>;
    readonly roster: Pick<Roster, 'devices'>;
    readonly inventory: Pick<AppInventory, 'source' | 'desk'>;
    readonly conditions: Pick<Conditions, 'find'>;
    readonly mailer: Mailer | null;
    readonly clock: Clock;
    readonly logger: Logger;
  },
): Checker {
  const { database, migrate: bringUpToDate, roster, inventory, conditions, mailer, clock, logger } = parts;
  const { mail, librenms } = config;
  const checked = (device: Device): CheckedRouter => {
    const { name, host, api } = device;
    const { port, tls, username } = api;
    const userOf = (queue: RawQueue) => resolveUser(config.users, name, queue);
    const protection = tls === false ? 'clear' : typeof tls === 'object' && 'insecure' in tls ? 'insecure' : 'verified';
    const inspector = createRouterInspector({ target: targetOf(device, config), userOf, clock, logger });
    return { name, host, port, username, protection, inspector };
  };
  const from = (wanted: Device['source']) => roster.devices().filter(({ source }) => source === wanted);
  // The list of LibreNMS is asked for anew: it is looked at, too.
  const configured = () => [...from('config'), ...from('inventory'), ...inventory.source.withheld(from('config'))];
  const devices = createDeviceStore({ database });
  return createChecker({
    routers: from('config').map(checked),
    async inventory() {
      const { trouble, entries } = await lookAt(inventory);
      return {
        routers: from('inventory').map(checked),
        devices: entries.filter(({ source }) => source === 'inventory').length,
        doubles: findDoubles(entries),
        trouble,
      };
    },
    directory: librenms === undefined ? null : directoryProbe(librenms, configured, devices, checked),
    mappedUsers: config.users,
    database: createDatabaseProbe({ database, migrate: bringUpToDate }),
    records: { ...createCheckRecords({ database }), mails: createOutboxWatch({ database }).standing },
    conditions,
    jobs: createJobStore({ database }),
    mail:
      mail === undefined || mailer === null
        ? null
        : createMailProbe({ mailer, server: `${mail.smtp.host}:${mail.smtp.port}`, to: mail.to, clock }),
    calendar: createCalendar(config.timeZone),
    clock,
    concurrency: config.collect.concurrency,
  });
}

/** Nothing where the database is away, which is told of it. */
async function lookAt({ source, desk }: Pick<AppInventory, 'source' | 'desk'>) {
  await source.refresh();
  try {
    return { trouble: source.trouble(), entries: await desk.devices() };
  } catch (error) {
    if (!(error instanceof TroubleError)) throw error;
    return { trouble: null, entries: [] };
  }
}

function directoryProbe(
  librenms: LibrenmsConfig,
  configured: () => readonly Device[],
  devices: Pick<DeviceBook, 'load'>,
  checked: (device: Device) => CheckedRouter,
): DirectoryProbe<CheckedRouter> {
  const directory = directoryOf(librenms);
  const listed = (list: readonly ListedDevice[]) =>
    assignDevices(list, { ...assignmentOf(librenms), configured: configured() }).added.map((each) =>
      checked(listedDevice(each, librenms)),
    );
  return {
    async listed(signal) {
      const list = await directory.routers(signal);
      // What is known of a device whose row cannot be read is still polled.
      const polled = list.skipped.length === 0 ? list.devices : withKnown(list, await devices.load());
      return { routers: listed(polled), devices: polled.length, skipped: skippedTrouble(list.skipped) };
    },
    lastKnown: async () => listed(await devices.load()),
  };
}
