import { countOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import type { Forget } from '../../runtime/forget.ts';
import { breachQueries } from './schema.ts';

/** Forgets breaches whose period is past. */
export function forgetBreaches({ database }: { readonly database: Database }): Forget {
  return ({ beforeDay }, dryRun) =>
    database.read(async (queries) => {
      const book = breachQueries(queries);
      if (!dryRun) {
        const { numDeletedRows } = await book
          .deleteFrom('breaches')
          .where('period_end', '<', beforeDay)
          .executeTakeFirst();
        return [breaches(Number(numDeletedRows))];
      }
      const { rows } = await book
        .selectFrom('breaches')
        .select(({ fn }) => fn.countAll<bigint>().as('rows'))
        .where('period_end', '<', beforeDay)
        .executeTakeFirstOrThrow();
      return [breaches(countOf('count(*)', rows))];
    });
}

function breaches(count: number) {
  return { count, one: 'breach', many: 'breaches' };
}
