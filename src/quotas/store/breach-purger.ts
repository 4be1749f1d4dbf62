import { countOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { breachQueries } from './schema.ts';

/** Forgets breaches. */
export interface BreachPurger {
  /** Deletes (or, for a dry run, counts) those whose period ended before `beforeDay`; gives how many. */
  purge(limit: { readonly beforeDay: string }, dryRun: boolean): Promise<number>;
}

export function createBreachPurger({ database }: { readonly database: Database }): BreachPurger {
  return {
    purge: ({ beforeDay }, dryRun) =>
      database.read(async (queries) => {
        const book = breachQueries(queries);
        if (!dryRun) {
          const { numDeletedRows } = await book
            .deleteFrom('breaches')
            .where('period_end', '<', beforeDay)
            .executeTakeFirst();
          return Number(numDeletedRows);
        }
        const { rows } = await book
          .selectFrom('breaches')
          .select(({ fn }) => fn.countAll<bigint>().as('rows'))
          .where('period_end', '<', beforeDay)
          .executeTakeFirstOrThrow();
        return countOf('count(*)', rows);
      }),
  };
}
