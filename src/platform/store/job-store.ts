import type { JobBook } from '../../runtime/jobs.ts';
import { doubleOf, integerOf, nullable, textOf, wordOf } from './columns.ts';
import type { Database } from './database.ts';
import { readEach } from './odd-rows.ts';

/** The last run of each job, kept in a database. */
export function createJobStore({ database }: { readonly database: Database }): JobBook {
  return {
    async note({ job, startedAt, durationMs, outcome, code }) {
      const run = { started_at: BigInt(startedAt), duration_ms: durationMs, outcome, code };
      const endedAt = BigInt(Math.ceil(startedAt + durationMs));
      await database.read(async (queries) => {
        // Of runs of several workers that overlap, the one that began last counts, whichever ends last. One that begins after this one
        // ended is of a clock that was wrong: it counts no longer.
        const update = queries
          .updateTable('job_runs')
          .set(run)
          .where('job', '=', job)
          .where(({ eb, or }) => or([eb('started_at', '<=', run.started_at), eb('started_at', '>', endedAt)]));
        const { numUpdatedRows } = await update.executeTakeFirst();
        if (numUpdatedRows > 0n) return;
        const insert = queries.insertInto('job_runs').values({ job, ...run });
        await (database.kind === 'mysql' ? insert.ignore() : insert.onConflict((row) => row.doNothing())).execute();
        // Another worker may have been the first.
        await update.execute();
      });
    },
    async lastRuns() {
      const rows = await database.read((queries) =>
        queries.selectFrom('job_runs').selectAll().orderBy('job').execute(),
      );
      return readEach(database, rows, (row) => ({
        job: textOf('job_runs.job', row.job),
        startedAt: integerOf('job_runs.started_at', row.started_at),
        durationMs: doubleOf('job_runs.duration_ms', row.duration_ms),
        outcome: wordOf('job_runs.outcome', row.outcome, ['ok', 'failed'] as const),
        code: nullable(textOf, 'job_runs.code', row.code),
      }));
    },
  };
}
