import type { DevicesLook } from '../devices/look.ts';
import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { Examination, Examine } from '../runtime/examination.ts';
import {
  about,
  type Finding,
  ok,
  type PartFinding,
  quoteName,
  routerSubject,
  troubled,
  warning,
} from '../runtime/finding.ts';
import { formatCount } from '../runtime/format.ts';
import type { JobBook } from '../runtime/jobs.ts';
import { createLimiter } from '../runtime/limiter.ts';
import type { Calendar } from '../usage/accounting/day.ts';
import { checkDatabase } from './database.ts';
import { judgeExposure } from './exposure.ts';
import { notLookedAt } from './finding.ts';
import { judgeJobs } from './jobs.ts';
import { judgeMachineClock } from './machine-clock.ts';
import type { DatabaseProbe, Inspection, RouterAddress, RouterInspector, RouterReport } from './ports.ts';
import { judgePrivilege } from './privilege.ts';
import { judgeQueues } from './queues.ts';
import { judgeReach } from './reach.ts';
import { judgeRouterClock } from './router-clock.ts';
import { judgeSessions } from './sessions.ts';
import { judgeUnderCounting } from './under-counting.ts';
import { judgeMappedUsers, type MappedUser } from './users.ts';
import { judgeResource, routerOsOf } from './version.ts';

export interface CheckedRouter extends RouterAddress {
  readonly inspector: RouterInspector;
}

export interface CheckerDeps {
  /** Finds the routers of all sources. */
  readonly look: (examination: Pick<Examination, 'database' | 'signal'>) => DevicesLook<CheckedRouter>;
  /** What the capabilities add; asked for at each check. */
  readonly examines: () => readonly Examine[];
  readonly mappedUsers: readonly MappedUser[];
  readonly database: DatabaseProbe;
  /** Which of these users have bytes in the database. */
  readonly usersWithBytes: (users: readonly string[]) => Promise<ReadonlySet<string>>;
  readonly jobs: Pick<JobBook, 'lastRuns'>;
  readonly calendar: Calendar;
  readonly clock: Clock;
  /** Routers looked at at once. */
  readonly concurrency: number;
}

export interface Checker {
  /** Everything that is looked at, grouped by subject; routers in the order of their sources. Only a bug rejects. */
  check(options: { readonly sendsTestMail: boolean; readonly signal: AbortSignal }): Promise<Finding[]>;
}

/**
 * Looks at everything the worker depends on: the ground and the routers here, the rest by each capability. A failure is what keeps totals
 * or mails from coming about; what merely makes them smaller than the truth, or the router less safe, is a warning.
 */
export function createChecker(deps: CheckerDeps): Checker {
  const { database, clock } = deps;
  const limiter = createLimiter(deps.concurrency);

  async function inspect(list: Promise<readonly CheckedRouter[]>, signal: AbortSignal): Promise<LookedAt[]> {
    return await Promise.all(
      (await list).map(async (router) => ({
        router,
        name: router.name,
        inspection: await limiter.run(() => router.inspector.inspect(signal)),
      })),
    );
  }

  return {
    async check({ sendsTestMail, signal }) {
      const databaseLook = checkDatabase(database, clock.now);
      const isUsable = databaseLook.then((look) => look.isUsable);
      const reading = createReading(isUsable);
      const look = deps.look({ database: isUsable, signal });
      const inspected = Promise.all(look.routers.map((list) => inspect(list, signal))).then((lists) => lists.flat());
      const examination: Examination = {
        ...{ signal, sendsTestMail, database: isUsable, read: reading.read },
        routers: async () => (await inspected).map(({ name }) => name),
      };
      const [databaseCheck, lists, inspections, jobs, withBytes, ...examined] = await Promise.all([
        databaseLook,
        look.findings,
        inspected,
        reading.read(() => deps.jobs.lastRuns()),
        reading.read(() => deps.usersWithBytes(deps.mappedUsers.map(({ name }) => name))),
        ...deps.examines().map((examine) => examine(examination)),
      ]);
      const nowAt = clock.now();
      const routers = inspections.flatMap(({ router, inspection }) =>
        about(routerSubject(router.name), judgeRouter(router, inspection, nowAt)),
      );
      const subjects = new Set(inspections.map(({ name }) => routerSubject(name)));
      const [ofRouters, ofOthers] = [
        examined.flat().filter(({ subject }) => subjects.has(subject)),
        examined.flat().filter(({ subject }) => !subjects.has(subject)),
      ];
      return bySubject([
        ...about('configuration', [
          ok('file', `OK: ${formatCount(look.configured, 'router', 'routers')}, days of ${deps.calendar.timeZone}`),
          judgeMachineClock(clock),
          ...judgeMappedUsers(deps.mappedUsers, inspections, withBytes ?? new Set()),
        ]),
        ...lists,
        ...about('database', [...databaseCheck.findings, ...reading.troubles()]),
        ...about('jobs', jobs === null ? [] : judgeJobs(jobs, nowAt)),
        ...ofOthers,
        ...routers,
        ...ofRouters,
      ]);
    },
  };
}

interface LookedAt {
  readonly router: CheckedRouter;
  readonly name: string;
  readonly inspection: Inspection;
}

/** Reads for all who ask what the database says; that it cannot be read is found once. */
function createReading(isUsable: Promise<boolean>): Pick<Examination, 'read'> & { troubles(): readonly PartFinding[] } {
  let trouble: TroubleError | null = null;
  return {
    async read(work) {
      if (!(await isUsable)) return null;
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof TroubleError)) throw error;
        trouble ??= error;
        return null;
      }
    },
    troubles: () => (trouble === null ? [] : [troubled('books', trouble)]),
  };
}

/** Together what is about the same, in the order in which each comes first. */
function bySubject(findings: readonly Finding[]): Finding[] {
  return [...Map.groupBy(findings, ({ subject }) => subject).values()].flat();
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
