import { createCalendar } from '../accounting/day.ts';
import { createMailProbe } from '../adapters/mail/mail-probe.ts';
import type { Mailer } from '../adapters/mail/mailer.ts';
import { createRouterInspector } from '../adapters/routeros/inspector.ts';
import { createCheckRecords } from '../adapters/store/check-records.ts';
import type { Database } from '../adapters/store/database.ts';
import { createDatabaseProbe } from '../adapters/store/database-probe.ts';
import { createDeviceStore } from '../adapters/store/device-store.ts';
import { createJobStore } from '../adapters/store/job-store.ts';
import type { Config, RouterConfig } from '../config/schema.ts';
import { type CheckedRouter, type Checker, createChecker } from '../features/check/checker.ts';
import type { Device } from '../features/discovery/ports.ts';
import { skippedTrouble, withKnown } from '../features/discovery/skipped.ts';
import type { RawQueue } from '../features/usage/ports.ts';
import { resolveUser } from '../features/usage/users.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { directoryOf, routersOf, targetOf } from './targets.ts';

/** What `check` tries, with the configuration's own settings. */
export function createAppChecker(
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
  const { mail, librenms } = config;
  const checked = (router: RouterConfig): CheckedRouter => {
    const userOf = (queue: RawQueue) => resolveUser(config.users, router.name, queue);
    const { name, host, port, tls, username } = router;
    const protection = tls === false ? 'clear' : typeof tls === 'object' && 'insecure' in tls ? 'insecure' : 'verified';
    const inspector = createRouterInspector({ target: targetOf(router, config), userOf, clock, logger });
    return { name, host, port, username, protection, inspector };
  };
  const listed = (devices: readonly Device[]) => routersOf(devices, config).map(checked);
  const directory = librenms && directoryOf(librenms);
  const devices = createDeviceStore({ database });
  return createChecker({
    routers: config.routers.map(checked),
    directory:
      directory === undefined
        ? null
        : {
            async listed(signal) {
              const list = await directory.routers(signal);
              // What is known of a device whose row cannot be read is still polled.
              const polled = list.skipped.length === 0 ? list.devices : withKnown(list, await devices.load());
              return { routers: listed(polled), devices: polled.length, skipped: skippedTrouble(list.skipped) };
            },
            lastKnown: async () => listed(await devices.load()),
          },
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
