import { requireClock } from '../runtime/clock.ts';
import { type JobDeps, noteRun, troubleCode } from '../runtime/jobs.ts';
import type { Runner } from './run.ts';

type Claimed = Awaited<ReturnType<Runner['claim']>>;

/**
 * Makes a run and notes how it went as the job `backup`. Runs that overlap in this worker are noted as one, which failed if one of them
 * did: else the last to end would hide the others. What another worker makes, and what a stop cuts off, is not noted. What the run throws is
 * thrown on; by a clock that is not set it rejects with `CLOCK_IMPLAUSIBLE`.
 */
export type BackupJob = (signal: AbortSignal, work: () => Promise<Claimed>) => Promise<Claimed>;

export function createBackupJob(deps: JobDeps): BackupJob {
  const { clock } = deps;
  let going = 0;
  let span = beginSpan();

  function beginSpan() {
    return { startedAt: clock.now(), startedMs: clock.monotonicMs(), code: null as string | null };
  }

  async function noteSpan({ startedAt, startedMs, code }: typeof span): Promise<void> {
    const durationMs = clock.monotonicMs() - startedMs;
    await noteRun(deps, { job: 'backup', startedAt, durationMs, outcome: code === null ? 'ok' : 'failed', code });
  }

  return async (signal, work) => {
    requireClock(clock);
    if (going === 0) span = beginSpan();
    const mine = span;
    going += 1;
    try {
      const made = await work();
      if (typeof made !== 'string') await noteSpan(mine);
      return made;
    } catch (error) {
      if (!signal.aborted) {
        mine.code ??= troubleCode(error);
        await noteSpan(mine);
      }
      throw error;
    } finally {
      going -= 1;
    }
  };
}
