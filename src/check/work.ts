import type { Condition } from '../devices/ports.ts';
import type { MailRecord } from '../notices/ports.ts';
import { asTyped, startCommand } from '../runtime/command-name.ts';
import { formatCount, formatDuration, formatMoment, formatUnobserved, readableName } from '../runtime/format.ts';
import type { JobRun } from '../runtime/jobs.ts';
import { ok, warning } from './finding.ts';
import type { PartFinding, RouterGaps } from './ports.ts';

/** Gaps up to here come with every reconnect and reboot. */
const LONG_GAP_MS = 10 * 60_000;
/** Two machines that follow NTP are nearer. */
const AHEAD_MS = 5 * 60_000;
/** The worker tries a mail at once; one untried for so long means that no worker runs. */
const UNTRIED_MS = 15 * 60_000;
/** Jobs that a worker runs by the clock, and how long one may be ago: a day, and some time for a night with a change of the clock. */
const LONGEST_REST_MS: Readonly<Record<string, number>> = { purge: 26 * 3_600_000 };

export interface WorkContext {
  readonly nowAt: number;
  readonly timeZone: string;
}

/** Last collection and gaps of one router; `gaps` is `undefined` for one that was never read. */
export function judgeCollection(
  condition: Condition,
  gaps: RouterGaps | undefined,
  { nowAt, timeZone }: WorkContext,
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

/** The mails that wait, and those that were given up. `hasServer`: a mail server is configured. */
export function judgeOutbox(mails: MailRecord, hasServer: boolean, { nowAt }: WorkContext): PartFinding[] {
  const findings: PartFinding[] = [];
  if (mails.waiting === 0) {
    if (hasServer) findings.push(ok('outbox', 'no mail is waiting'));
  } else {
    const waitMs = Math.max(0, nowAt - (mails.oldestAt ?? nowAt));
    const oldest = formatDuration(waitMs);
    const found = `${formatCount(mails.waiting, 'mail', 'mails')} waiting, the oldest for ${oldest}`;
    findings.push(
      mails.trouble === null && hasServer && waitMs < UNTRIED_MS
        ? ok('outbox', found)
        : warning(
            'outbox',
            mails.trouble === null ? found : `${found}; last error: ${readableName(mails.trouble)}`,
            hasServer
              ? `The worker (\`${startCommand()}\`) retries until the mail server accepts them.`
              : 'Fill in `mail` in the configuration.',
          ),
    );
  }
  if (mails.failed > 0) {
    const found = `${formatCount(mails.failed, 'mail was', 'mails were')} given up`;
    findings.push(
      warning('outbox', found, `See which: \`${asTyped('alerts')}\`; then correct the addresses in mail.to.`),
    );
  }
  return findings;
}

/** How each job went when it last ran. */
export function judgeJobs(runs: readonly JobRun[], { nowAt }: WorkContext): PartFinding[] {
  if (runs.length === 0) {
    const found = 'no job has run yet';
    return [warning('all', found, `Start the worker: \`${startCommand()}\``)];
  }
  return runs.map(({ job, startedAt, outcome, code }) => {
    const agoMs = Math.max(0, nowAt - startedAt);
    const when = `${formatDuration(agoMs)} ago`;
    if (outcome === 'ok' && agoMs > (LONGEST_REST_MS[job] ?? Number.POSITIVE_INFINITY)) {
      const advice = `Check that the worker runs (\`${startCommand()}\`): it does this every night.`;
      return warning(job, `last successful run ${when}`, advice);
    }
    return outcome === 'ok'
      ? ok(job, `last run ${when}`)
      : warning(
          job,
          `failed ${when} (${readableName(code ?? 'without a code')})`,
          code === 'BUG'
            ? 'This is a bug: please report it with the log of that time.'
            : 'It is retried automatically; the log shows what to do about this code.',
        );
  });
}
