import type { Condition } from '../devices/ports.ts';
import type { Clock } from '../runtime/clock.ts';
import { asTyped, startCommand } from '../runtime/command-name.ts';
import type { Examine } from '../runtime/examination.ts';
import { about, ok, type PartFinding, routerSubject, warning } from '../runtime/finding.ts';
import { formatCount, formatDuration, formatMoment, formatUnobserved, readableName } from '../runtime/format.ts';
import type { Calendar } from './accounting/day.ts';
import type { RouterGaps, UsageRecords } from './ports.ts';

/** Gaps up to here come with every reconnect and reboot. */
const LONG_GAP_MS = 10 * 60_000;
/** Two machines that follow NTP are nearer. */
const AHEAD_MS = 5 * 60_000;

export interface UsageExamineDeps {
  readonly records: Pick<UsageRecords, 'gaps'>;
  /** How the routers are read; it knows what the database knows once that has been brought up to date. */
  readonly conditions: { find(router: string): Condition };
  readonly calendar: Calendar;
  readonly clock: Pick<Clock, 'now'>;
}

/** When each router was last read, and what data is missing since yesterday. */
export function createUsageExamine({ records, conditions, calendar, clock }: UsageExamineDeps): Examine {
  const { timeZone } = calendar;
  return async (examination) => {
    const routers = await examination.routers();
    const nowAt = clock.now();
    const yesterday = calendar.addDays(calendar.dayOf(nowAt), -1);
    const gaps = await examination.read(() => records.gaps(yesterday));
    if (gaps === null) return [];
    const gapsOf = new Map(gaps.map((each) => [each.router, each]));
    return routers.flatMap((name) =>
      about(routerSubject(name), judgeCollection(conditions.find(name), gapsOf.get(name), { nowAt, timeZone })),
    );
  };
}

/** Last collection and gaps of one router; `gaps` is `undefined` for one that was never read. */
function judgeCollection(
  condition: Condition,
  gaps: RouterGaps | undefined,
  { nowAt, timeZone }: { readonly nowAt: number; readonly timeZone: string },
): PartFinding[] {
  const { lastReadAt } = condition;
  const failing = judgeFailing(condition, timeZone);
  if (lastReadAt === null) {
    const start = `Start the worker: \`${startCommand()}\` (or \`${asTyped('collect')}\`, once).`;
    return failing.length > 0 ? failing : [warning('collection', 'never read', start)];
  }
  const gap = judgeGaps(gaps);
  if (lastReadAt - nowAt > AHEAD_MS) {
    const found = `the last sample is dated ${formatDuration(lastReadAt - nowAt)} after the time of this machine`;
    const advice = 'Correct the wrong clock (`timedatectl`): of this machine, or of the NetSentinel server.';
    return [warning('collection', found, advice), gap];
  }
  const agoMs = Math.max(0, nowAt - lastReadAt);
  const when = `last read ${formatDuration(agoMs)} ago (${formatMoment(lastReadAt, timeZone)})`;
  if (condition.isFresh) return [ok('collection', when), gap];
  const look = `Check that the worker runs (\`${startCommand()}\`), and its log about this router.`;
  return [
    warning('collection', when, look),
    ...failing,
    // What the time since then holds is not in the database yet.
    gap.status === 'ok' ? warning('gaps', `unknown since then; before that: ${gap.found}`, look) : gap,
  ];
}

function judgeFailing({ since, code }: Condition, timeZone: string): PartFinding[] {
  if (since === null) return [];
  return [
    warning(
      'collection',
      `the worker cannot read it since ${formatMoment(since, timeZone)} (${readableName(code ?? '')})`,
      'If the login above works, the next poll works too; if not, see the advice there. Bytes are lost only if the router reboots meanwhile.',
    ),
  ];
}

function judgeGaps(gaps: RouterGaps | undefined): PartFinding {
  const { unobservedQueues, longestUnobservedMs } = gaps ?? { unobservedQueues: 0, longestUnobservedMs: 0 };
  if (unobservedQueues === 0) return ok('gaps', 'none since yesterday');
  const found = `${formatCount(unobservedQueues, 'queue', 'queues')} with data missing since yesterday, at most ${formatUnobserved(longestUnobservedMs)} a day`;
  if (longestUnobservedMs < LONG_GAP_MS) return ok('gaps', found);
  return warning(
    'gaps',
    found,
    `See which: \`${asTyped('usage --by queue --day yesterday')}\`; and why: \`${asTyped('explain --queue NAME')}\`. Usage of that time may be too low.`,
  );
}
