import type { Base } from '../capability.ts';
import type { DevicesLook } from '../devices/look.ts';
import type { RouterDevice } from '../devices/ports.ts';
import type { RouterTarget } from '../platform/routeros/line.ts';
import type { OwnTable } from '../platform/store/own-table.ts';
import type { Examination, Examine } from '../runtime/examination.ts';
import type { PartFinding } from '../runtime/finding.ts';
import { type CheckedRouter, type Checker, type CheckerDeps, createChecker } from './checker.ts';
import { judgePrivilege } from './privilege.ts';
import { judgeReach } from './reach.ts';
import { createRouterInspector } from './reader/inspector.ts';
import type { QueueListing } from './reader/inspector-menus.ts';
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
  /** Finds the routers of all sources. */
  readonly look: (examination: Pick<Examination, 'database' | 'signal'>) => DevicesLook;
  readonly targetOf: (device: RouterDevice) => RouterTarget;
  readonly listing: (router: string) => QueueListing;
  readonly usersWithBytes: CheckerDeps['usersWithBytes'];
  /** What the capabilities add; asked for at each check. */
  readonly examines: () => readonly Examine[];
}

/** What `check` looks at, with the configuration's own settings. Making it looks at nothing. */
export function createCheck(base: Base, { users, collect }: CheckSettings, needs: CheckNeeds): Checker {
  const { database, jobs, calendar, clock } = base;
  const { migrate, tables, usersWithBytes, examines } = needs;
  const checked = (devices: readonly RouterDevice[]) => devices.map((each) => checkedRouter(each, { ...needs, clock }));
  return createChecker({
    ...{ usersWithBytes, examines, jobs, calendar, clock },
    look(examination) {
      const look = needs.look(examination);
      return { ...look, routers: look.routers.map(async (list) => checked(await list)) };
    },
    mappedUsers: users,
    database: createDatabaseProbe({ database, migrate, tables }),
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
