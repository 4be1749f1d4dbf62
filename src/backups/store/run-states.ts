import { countOf, flagOf, integerOf, nullable, textOf, wordOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { databaseNow } from '../../platform/store/database-clock.ts';
import { OUTCOMES, type RunState, type RunStates } from '../outcome.ts';
import { tablesOf } from './texts.ts';

/** Runs as they stand, by the database's clock. */
export function createRunStates({ database }: { readonly database: Database }): RunStates {
  const now = databaseNow(database.kind);

  async function read(asked: { readonly run?: string; readonly isRunning?: true; readonly most: number }) {
    return await database.read(async (queries): Promise<RunState[]> => {
      const tables = tablesOf(queries);
      let query = tables
        .selectFrom('backup_runs')
        .select(['id', 'started_at', 'finished_at'])
        .select(({ eb }) => eb('lease_until', '>=', now).as('is_held'));
      if (asked.run !== undefined) query = query.where('id', '=', asked.run);
      if (asked.isRunning)
        query = query.where('finished_at', 'is', null).where(({ eb }) => eb('lease_until', '>=', now));
      const runs = await query.orderBy('started_at', 'desc').orderBy('id').limit(asked.most).execute();
      if (runs.length === 0) return [];
      const counts = await tables
        .selectFrom('backup_outcomes')
        .select(['run_id', 'outcome', ({ fn }) => fn.countAll().as('devices')])
        .where(
          'run_id',
          'in',
          runs.map(({ id }) => id),
        )
        .groupBy(['run_id', 'outcome'])
        .execute();
      return runs.map(({ id, started_at, finished_at, is_held }) => ({
        run: textOf('backup_runs.id', id),
        startedAt: integerOf('backup_runs.started_at', started_at),
        finishedAt: nullable(integerOf, 'backup_runs.finished_at', finished_at),
        isRunning: finished_at === null && flagOf('backup_runs.lease_until', is_held),
        counts: new Map(
          counts
            .filter(({ run_id }) => run_id === id)
            .map(({ outcome, devices }) => [
              wordOf('backup_outcomes.outcome', outcome, OUTCOMES),
              countOf('backup_outcomes', devices),
            ]),
        ),
      }));
    });
  }

  return {
    recent: (count) => read({ most: count }),
    of: async (run) => (await read({ run, most: 1 }))[0] ?? null,
    running: async () => (await read({ isRunning: true, most: 1 }))[0] ?? null,
  };
}
