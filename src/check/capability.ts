import type { Base } from '../capability.ts';
import type { Condition, RouterDevice } from '../devices/ports.ts';
import type { MailProbe } from '../notices/ports.ts';
import type { RouterTarget } from '../platform/routeros/line.ts';
import type { OwnTable } from '../platform/store/own-table.ts';
import { type CheckedRouter, type Checker, createChecker } from './checker.ts';
import type { Listing } from './directory.ts';
import type { InventoryLook } from './inventory.ts';
import type { CheckRecords, PartFinding } from './ports.ts';
import { judgePrivilege } from './privilege.ts';
import { judgeReach } from './reach.ts';
import { createRouterInspector } from './reader/inspector.ts';
import type { QueueListing } from './reader/inspector-menus.ts';
import { createCheckRecords } from './store/check-records.ts';
import { createDatabaseProbe } from './store/database-probe.ts';
import type { MappedUser } from './users.ts';
import { routerOsOf } from './version.ts';

export interface CheckSettings {
  readonly users: readonly MappedUser[];
  readonly collect: { readonly concurrency: number };
}

export interface CheckNeeds {
  /** Brings the schema up to date. */
  readonly migrate: () => Promise<string[]>;
  /** Every table that the worker writes. */
  readonly tables: readonly OwnTable[];
  readonly devices: () => readonly RouterDevice[];
  /** Looks at the devices in the database. */
  readonly inventory: () => Promise<InventoryLook<RouterDevice>>;
  readonly conditions: { find(router: string): Condition };
  /** Lists further devices; `null`: there is nothing that could. */
  readonly directory: {
    listed(signal: AbortSignal): Promise<Listing<RouterDevice>>;
    lastKnown(): Promise<readonly RouterDevice[]>;
  } | null;
  readonly targetOf: (device: RouterDevice) => RouterTarget;
  readonly listing: (router: string) => QueueListing;
  /** How the outbox stands. */
  readonly mails: CheckRecords['mails'];
  readonly mail: MailProbe | null;
}

/** What `check` looks at, with the configuration's own settings. Making it looks at nothing. */
export function createCheck(base: Base, { users, collect }: CheckSettings, needs: CheckNeeds): Checker {
  const { database, jobs, calendar, clock } = base;
  const { directory } = needs;
  const checked = (device: RouterDevice) => checkedRouter(device, { ...needs, clock });
  return createChecker({
    // The other lists are looked at anew.
    routers: needs
      .devices()
      .filter(({ source }) => source === 'config')
      .map(checked),
    async inventory() {
      const look = await needs.inventory();
      return { ...look, routers: look.routers.map(checked) };
    },
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

type RouterNeeds = Pick<CheckNeeds, 'targetOf' | 'listing'> & Pick<Base, 'clock'>;

function checkedRouter(device: RouterDevice, { targetOf, listing, clock }: RouterNeeds): CheckedRouter {
  const { name, host, api } = device;
  const { port, tls, username } = api;
  const protection = tls === false ? 'clear' : typeof tls === 'object' && 'insecure' in tls ? 'insecure' : 'verified';
  const inspector = createRouterInspector({ target: targetOf(device), listQueues: listing(name), clock });
  return { name, host, port, username, protection, inspector };
}

/** Tries the way to one router step by step: its name, TCP, TLS, the login, and the rights of the user. */
export async function testRouter(
  device: RouterDevice,
  needs: RouterNeeds,
  signal: AbortSignal,
): Promise<readonly PartFinding[]> {
  const router = checkedRouter(device, needs);
  const { reach, router: report } = await router.inspector.inspect(signal);
  const nowAt = needs.clock.now();
  if (report === null) return judgeReach(router, reach, nowAt, null);
  return [...judgeReach(router, reach, nowAt, routerOsOf(report.resource)), judgePrivilege(router.username, report)];
}
