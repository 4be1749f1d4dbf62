import { countOf, flagOf, integerOf, nullable, textOf, wordOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { databaseNow } from '../../platform/store/database-clock.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import { OUTCOMES, type RunDetails, type RunState, type RunStates } from '../outcome.ts';
import { BINARY_COLUMNS } from './binary-outcomes.ts';
import { outcomeOf } from './run-store.ts';
import { tablesOf } from './texts.ts';

/** Runs as they stand, by the database's clock. */
export function createRunStates({ database }: { readonly database: Database }): RunStates {
  const now = databaseNow(database.kind);

  async function read(asked: { readonly isRunning?: true; readonly most: number }) {
    return await database.read(async (queries): Promise<RunState[]> => {
      const tables = tablesOf(queries);
      let query = tables
        .selectFrom('backup_runs')
        .select(['id', 'started_at', 'finished_at'])
        .select(({ eb }) => eb('lease_until', '>=', now).as('is_held'));
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

  /** By one statement, so that all is as of one instant. */
  function details(run: string): Promise<RunDetails | null> {
    return database.read(async (queries) => {
      const rows = await tablesOf(queries)
        .selectFrom('backup_runs')
        .leftJoin('backup_outcomes', 'backup_outcomes.run_id', 'backup_runs.id')
        .leftJoin('backup_binary_outcomes', (join) =>
          join
            .onRef('backup_binary_outcomes.run_id', '=', 'backup_outcomes.run_id')
            .onRef('backup_binary_outcomes.device', '=', 'backup_outcomes.device'),
        )
        .selectAll('backup_outcomes')
        .select(BINARY_COLUMNS)
        .select(['started_at', 'finished_at'])
        .select(({ eb }) => eb('lease_until', '>=', now).as('is_held'))
        .where('id', '=', run)
        .orderBy('backup_outcomes.device')
        .execute();
      const [first] = rows;
      if (first === undefined) return null;
      return {
        run,
        startedAt: integerOf('backup_runs.started_at', first.started_at),
        finishedAt: nullable(integerOf, 'backup_runs.finished_at', first.finished_at),
        isRunning: first.finished_at === null && flagOf('backup_runs.lease_until', first.is_held),
        // A run without any outcome has one row too.
        devices: readEach(
          database,
          rows.filter(({ run_id }) => run_id !== null),
          outcomeOf,
        ),
      };
    });
  }

  return {
    recent: (count) => read({ most: count }),
    of: details,
    running: async () => (await read({ isRunning: true, most: 1 }))[0] ?? null,
  };
}
