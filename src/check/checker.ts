import type { Condition } from '../devices/ports.ts';
import type { ChannelDesk, MailProbe } from '../notices/ports.ts';
import type { Clock } from '../runtime/clock.ts';
import { formatCount } from '../runtime/format.ts';
import type { JobBook } from '../runtime/jobs.ts';
import { createLimiter } from '../runtime/limiter.ts';
import type { Calendar } from '../usage/accounting/day.ts';
import { checkChannels, judgeChannels } from './channel-lines.ts';
import { checkDatabase } from './database.ts';
import { type DirectoryProbe, lookUpRouters } from './directory.ts';
import { judgeExposure } from './exposure.ts';
import { notLookedAt, ok, orTrouble, quoteName, warning } from './finding.ts';
import { type InventoryLook, judgeInventory } from './inventory.ts';
import { judgeMachineClock } from './machine-clock.ts';
import { checkMail } from './mail.ts';
import type {
  CheckRecords,
  DatabaseProbe,
  Finding,
  Inspection,
  PartFinding,
  RouterAddress,
  RouterGaps,
  RouterInspector,
  RouterReport,
} from './ports.ts';
import { judgePrivilege } from './privilege.ts';
import { judgeQueues } from './queues.ts';
import { judgeReach } from './reach.ts';
import { judgeRouterClock } from './router-clock.ts';
import { judgeSessions } from './sessions.ts';
import { judgeUnderCounting } from './under-counting.ts';
import { judgeMappedUsers, type MappedUser } from './users.ts';
import { judgeResource, routerOsOf } from './version.ts';
import { judgeCollection, judgeJobs, judgeOutbox, type WorkContext } from './work.ts';

export interface CheckedRouter extends RouterAddress {
  readonly inspector: RouterInspector;
}

export interface CheckerDeps {
  readonly routers: readonly CheckedRouter[];
  /** Looks at the devices in the database, which has its schema by then. Only a bug rejects. */
  readonly inventory: () => Promise<InventoryLook<CheckedRouter>>;
  /** `null` when LibreNMS is not configured. */
  readonly directory: DirectoryProbe<CheckedRouter> | null;
  readonly mappedUsers: readonly MappedUser[];
  readonly database: DatabaseProbe;
  readonly records: CheckRecords;
  /** How the routers are read; it knows what the database knows once that has been brought up to date. */
  readonly conditions: { find(router: string): Condition };
  readonly jobs: Pick<JobBook, 'lastRuns'>;
  /** `null` when no mail is configured. */
  readonly mail: MailProbe | null;
  readonly channels: Pick<ChannelDesk, 'entries' | 'examine'>;
  readonly calendar: Calendar;
  readonly clock: Clock;
  /** Routers looked at at once. */
  readonly concurrency: number;
}

export interface Checker {
  /** Everything that is looked at, grouped by subject; routers in the order of the configuration. Only a bug rejects. */
  check(options: { readonly sendsTestMail: boolean; readonly signal: AbortSignal }): Promise<Finding[]>;
}

/** What the database says about the work; nothing where the database cannot be used. */
interface Work {
  readonly jobs: readonly PartFinding[];
  readonly outbox: readonly PartFinding[];
  readonly channels: readonly Finding[];
  /** By router; `null` when they cannot be read. */
  readonly gaps: ReadonlyMap<string, RouterGaps> | null;
  readonly usersWithBytes: ReadonlySet<string>;
  /** Trouble on the way. */
  readonly troubles: readonly PartFinding[];
}

/**
 * Looks at everything the worker depends on. A failure is what keeps totals or mails from coming about; what merely makes them smaller
 * than the truth, or the router less safe, is a warning.
 */
export function createChecker(deps: CheckerDeps): Checker {
  const { database, mail, calendar, clock } = deps;
  const limiter = createLimiter(deps.concurrency);

  async function readWork(context: WorkContext): Promise<Work> {
    const yesterday = calendar.addDays(calendar.dayOf(context.nowAt), -1);
    let gaps: ReadonlyMap<string, RouterGaps> | null = null;
    let usersWithBytes: ReadonlySet<string> = new Set();
    const jobs: PartFinding[] = [];
    const outbox: PartFinding[] = [];
    const channels: Finding[] = [];
    const troubles = await orTrouble('books', async () => {
      jobs.push(...judgeJobs(await deps.jobs.lastRuns(), context));
      outbox.push(...judgeOutbox(await deps.records.mails(), mail !== null, context));
      channels.push(...judgeChannels(deps.channels, await deps.records.channels(), context.nowAt));
      usersWithBytes = await deps.records.usersWithBytes(deps.mappedUsers.map(({ name }) => name));
      gaps = new Map((await deps.records.gaps(yesterday)).map((each) => [each.router, each]));
      return [];
    });
    return { jobs, outbox, channels, gaps, usersWithBytes, troubles };
  }

  return {
    async check({ sendsTestMail, signal }) {
      const inspect = (routers: readonly CheckedRouter[]) =>
        Promise.all(
          routers.map(async (router) => ({
            router,
            name: router.name,
            inspection: await limiter.run(() => router.inspector.inspect(signal)),
          })),
        );
      const databaseLook = checkDatabase(database, clock.now);
      // Its last list is in the database, which has its schema only after the look.
      const inventoryLook = databaseLook.then(deps.inventory);
      // Which devices of LibreNMS are added depends on the inventory.
      const directoryLook = inventoryLook.then(() => lookUpRouters(deps.directory, signal));
      const [databaseCheck, mailFindings, channels, inventory, directoryCheck, configured, kept, listed] =
        await Promise.all([
          databaseLook,
          checkMail(mail, { sendsTest: sendsTestMail, signal }),
          checkChannels(deps.channels, signal),
          inventoryLook,
          directoryLook,
          inspect(deps.routers),
          inventoryLook.then(({ routers }) => inspect(routers)),
          directoryLook.then(({ routers }) => inspect(routers)),
        ]);
      const inspections = [...configured, ...kept, ...listed];
      const context = { nowAt: clock.now(), timeZone: calendar.timeZone };
      const work = databaseCheck.isUsable ? await readWork(context) : NO_WORK;
      return [
        ...about('configuration', [
          judgeConfiguration(deps),
          judgeMachineClock(clock),
          ...judgeMappedUsers(deps.mappedUsers, inspections, work.usersWithBytes),
        ]),
        ...about('inventory', judgeInventory(inventory)),
        ...about('LibreNMS', directoryCheck.findings),
        ...about('database', [...databaseCheck.findings, ...work.troubles]),
        ...about('jobs', work.jobs),
        ...about('mail', [...mailFindings, ...work.outbox]),
        ...deps.channels.entries.flatMap(({ name }) =>
          [...channels, ...work.channels].filter(({ subject }) => subject === `channel ${name}`),
        ),
        ...inspections.flatMap(({ router, name, inspection }) =>
          about(`router ${name}`, [
            ...judgeRouter(router, inspection, context.nowAt),
            ...(work.gaps === null ? [] : judgeCollection(deps.conditions.find(name), work.gaps.get(name), context)),
          ]),
        ),
      ];
    },
  };
}

const NO_WORK: Work = { jobs: [], outbox: [], channels: [], gaps: null, usersWithBytes: new Set(), troubles: [] };

function judgeConfiguration({ routers, calendar }: CheckerDeps): PartFinding {
  return ok('file', `OK: ${formatCount(routers.length, 'router', 'routers')}, days of ${calendar.timeZone}`);
}

function judgeRouter(router: RouterAddress, { reach, router: report }: Inspection, nowAt: number): PartFinding[] {
  if (report === null) return judgeReach(router, reach, nowAt, null);
  const version = routerOsOf(report.resource);
  return [
    ...judgeReach(router, reach, nowAt, version),
    ...judgeResource(report.resource),
    judgeIdentity(report),
    judgeRouterClock(report, version),
    judgePrivilege(router.username, report),
    ...judgeExposure(router, reach, report, version),
    ...judgeSessions(router, reach, report, version),
    ...judgeQueues(report),
    ...judgeUnderCounting(report),
  ];
}

function judgeIdentity({ identity }: RouterReport): PartFinding {
  if ('unread' in identity) return notLookedAt('identity', identity.unread, '/system identity');
  const name = identity.rows[0]?.name ?? '';
  return name === ''
    ? warning('identity', 'the router does not show its name', 'Set one: `/system identity set name=NAME`')
    : ok('identity', `its name is ${quoteName(name)}`);
}

function about(subject: string, findings: readonly PartFinding[]): Finding[] {
  return findings.map((finding) => ({ subject, ...finding }));
}
