import { startCommand } from '../runtime/command-name.ts';
import { ok, type PartFinding, warning } from '../runtime/finding.ts';
import { formatDuration, readableName } from '../runtime/format.ts';
import type { JobRun } from '../runtime/jobs.ts';

/** Jobs that a worker runs by the clock, and how long one may be ago: a day, and some time for a night with a change of the clock. */
const LONGEST_REST_MS: Readonly<Record<string, number>> = { purge: 26 * 3_600_000 };

/** How each job went when it last ran. */
export function judgeJobs(runs: readonly JobRun[], nowAt: number): PartFinding[] {
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
