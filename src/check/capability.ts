import type { Base } from '../capability.ts';
import type { Condition, Device } from '../devices/ports.ts';
import type { MailProbe } from '../notices/ports.ts';
import type { RouterTarget } from '../platform/routeros/line.ts';
import type { OwnTable } from '../platform/store/own-table.ts';
import { type CheckedRouter, type Checker, createChecker } from './checker.ts';
import type { Listing } from './directory.ts';
import type { CheckRecords } from './ports.ts';
import { createRouterInspector } from './reader/inspector.ts';
import type { QueueListing } from './reader/inspector-menus.ts';
import { createCheckRecords } from './store/check-records.ts';
import { createDatabaseProbe } from './store/database-probe.ts';
import type { MappedUser } from './users.ts';

export interface CheckSettings {
  readonly users: readonly MappedUser[];
  readonly collect: { readonly concurrency: number };
}

export interface CheckNeeds {
  /** Brings the schema up to date. */
  readonly migrate: () => Promise<string[]>;
  /** Every table that the worker writes. */
  readonly tables: readonly OwnTable[];
  readonly devices: () => readonly Device[];
  readonly conditions: { find(router: string): Condition };
  /** Lists further devices; `null`: there is nothing that could. */
  readonly directory: {
    listed(signal: AbortSignal): Promise<Listing<Device>>;
    lastKnown(): Promise<readonly Device[]>;
  } | null;
  readonly targetOf: (device: Device) => RouterTarget;
  readonly listing: (router: string) => QueueListing;
  /** How the outbox stands. */
  readonly mails: CheckRecords['mails'];
  readonly mail: MailProbe | null;
}

/** What `check` looks at, with the configuration's own settings. Making it looks at nothing. */
export function createCheck(base: Base, { users, collect }: CheckSettings, needs: CheckNeeds): Checker {
  const { database, jobs, calendar, clock } = base;
  const { directory, targetOf } = needs;
  const checked = (device: Device): CheckedRouter => {
    const { name, host, api } = device;
    const { port, tls, username } = api;
    const protection = tls === false ? 'clear' : typeof tls === 'object' && 'insecure' in tls ? 'insecure' : 'verified';
    const inspector = createRouterInspector({ target: targetOf(device), listQueues: needs.listing(name), clock });
    return { name, host, port, username, protection, inspector };
  };
  return createChecker({
    // The list of LibreNMS is asked for anew: it is looked at, too.
    routers: needs
      .devices()
      .filter(({ source }) => source !== 'librenms')
      .map(checked),
    directory: directory && {
      async listed(signal) {
        const { routers, ...list } = await directory.listed(signal);
        return { ...list, routers: routers.map(checked) };
      },
      lastKnown: async () => (await directory.lastKnown()).map(checked),
    },
    mappedUsers: users,
    database: createDatabaseProbe({ database, migrate: needs.migrate, tables: needs.tables }),
    records: { ...createCheckRecords({ database }), mails: needs.mails },
    conditions: needs.conditions,
    jobs,
    mail: needs.mail,
    calendar,
    clock,
    concurrency: collect.concurrency,
  });
}
