import type { JobBook } from '../../runtime/jobs.ts';
import { doubleOf, integerOf, nullable, textOf, wordOf } from './columns.ts';
import type { Database } from './database.ts';
import { readEach } from './odd-rows.ts';

/** The last run of each job, kept in a database. */
export function createJobStore({ database }: { readonly database: Database }): JobBook {
  return {
    async note({ job, startedAt, durationMs, outcome, code }) {
      const run = { started_at: BigInt(startedAt), duration_ms: durationMs, outcome, code };
      await database.read((queries) => {
        const insert = queries.insertInto('job_runs').values({ job, ...run });
        const upsert =
          database.kind === 'mysql'
            ? insert.onDuplicateKeyUpdate(run)
            : insert.onConflict((conflict) => conflict.column('job').doUpdateSet(run));
        return upsert.execute();
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
