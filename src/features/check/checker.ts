import type { Clock } from '../../runtime/clock.ts';
import { formatCount } from '../../runtime/format.ts';
import { createLimiter } from '../../runtime/limiter.ts';
import { checkDatabase } from './database.ts';
import { ok } from './finding.ts';
import { checkMail } from './mail.ts';
import type {
  DatabaseProbe,
  Finding,
  Inspection,
  MailProbe,
  PartFinding,
  RouterAddress,
  RouterInspector,
} from './ports.ts';
import { judgeReach } from './reach.ts';
import { judgeResource, routerOsOf } from './version.ts';

export interface CheckedRouter extends RouterAddress {
  readonly inspector: RouterInspector;
}

export interface CheckerDeps {
  readonly routers: readonly CheckedRouter[];
  readonly database: DatabaseProbe;
  /** `null` when no mail is configured. */
  readonly mail: MailProbe | null;
  readonly timeZone: string;
  readonly clock: Clock;
  /** Routers looked at at once. */
  readonly concurrency: number;
}

export interface Checker {
  /** Everything that is looked at, grouped by subject; routers in the order of the configuration. Only a bug rejects. */
  check(options: { readonly sendsTestMail: boolean; readonly signal: AbortSignal }): Promise<Finding[]>;
}

export function createChecker(deps: CheckerDeps): Checker {
  const { routers, database, mail, clock } = deps;
  const limiter = createLimiter(deps.concurrency);

  return {
    async check({ sendsTestMail, signal }) {
      const [databaseCheck, mailFindings, inspections] = await Promise.all([
        checkDatabase(database, clock.now),
        checkMail(mail, { sendsTest: sendsTestMail, signal }),
        Promise.all(routers.map(({ inspector }) => limiter.run(() => inspector.inspect(signal)))),
      ]);
      return [
        ...about('configuration', [judgeConfiguration(deps)]),
        ...about('database', databaseCheck.findings),
        ...about('mail', mailFindings),
        ...routers.flatMap((router, index) => {
          const inspection = inspections[index];
          return inspection === undefined
            ? []
            : about(`router ${router.name}`, judgeRouter(router, inspection, clock.now()));
        }),
      ];
    },
  };
}

function judgeConfiguration({ routers, timeZone }: CheckerDeps): PartFinding {
  return ok('file', `read and understood: ${formatCount(routers.length, 'router', 'routers')}, days of ${timeZone}`);
}

function judgeRouter(router: RouterAddress, { reach, router: report }: Inspection, nowAt: number): PartFinding[] {
  if (report === null) return judgeReach(router, reach, nowAt, null);
  const version = routerOsOf(report.resource);
  return [...judgeReach(router, reach, nowAt, version), ...judgeResource(report.resource)];
}

function about(subject: string, findings: readonly PartFinding[]): Finding[] {
  return findings.map((finding) => ({ subject, ...finding }));
}
