import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TroubleError } from '../../src/runtime/errors.ts';
import { type JobRun, runJob } from '../../src/runtime/jobs.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';

describe('a job’s run', () => {
  function world(note: (run: JobRun) => Promise<void> = async () => {}) {
    const runs: JobRun[] = [];
    const clock = createManualClock(1_000_000);
    const logger = createMemoryLogger();
    const jobs = {
      async note(run: JobRun) {
        runs.push(run);
        await note(run);
      },
      lastRuns: async () => runs,
    };
    return { runs, clock, deps: { jobs, clock, logger } };
  }

  it('is noted with its start, its duration and its outcome', async () => {
    const { runs, clock, deps } = world();
    const result = await runJob(deps, 'report', async () => {
      clock.advance(250);
      clock.step(-5000);
      return 42;
    });
    assert.equal(result, 42);
    assert.deepEqual(runs, [{ job: 'report', startedAt: 1_000_000, durationMs: 250, outcome: 'ok', code: null }]);
  });

  for (const [error, code] of [
    [new TroubleError('DATABASE_UNAVAILABLE', 'gone', ''), 'DATABASE_UNAVAILABLE'],
    [new TypeError('oops'), 'BUG'],
  ] as const) {
    it(`is noted as failed with ${code}, and the failure goes on`, async () => {
      const { runs, deps } = world();
      await assert.rejects(
        runJob(deps, 'report', () => Promise.reject(error)),
        error,
      );
      assert.deepEqual([runs[0]?.outcome, runs[0]?.code], ['failed', code]);
    });
  }

  it('counts though it cannot be noted while the database is away', async () => {
    const { deps } = world(() => Promise.reject(new TroubleError('DATABASE_UNAVAILABLE', 'gone', '')));
    assert.equal(await runJob(deps, 'report', async () => 42), 42);
  });

  it('is none by a clock that is not set: nothing is mailed, judged or deleted', async () => {
    const { runs, deps } = world();
    const clock = createManualClock(1_000_000, { earliestAt: 1_000_001 });
    let hasRun = false;
    const work = async () => {
      hasRun = true;
    };
    await assert.rejects(runJob({ ...deps, clock }, 'purge', work), { code: 'CLOCK_IMPLAUSIBLE' });
    assert.deepEqual({ hasRun, runs }, { hasRun: false, runs: [] });
    clock.advance(1);
    await runJob({ ...deps, clock }, 'purge', work);
    assert.deepEqual({ hasRun, runs: runs.length }, { hasRun: true, runs: 1 });
  });
});
