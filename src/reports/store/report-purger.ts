import type { Database } from '../../platform/store/database.ts';
import type { Forget } from '../../runtime/forget.ts';
import { reportQueries } from './schema.ts';

/** Forgets which reports of past periods were written; nobody counts them. */
export function forgetReports({ database }: { readonly database: Database }): Forget {
  return async ({ beforeDay }, dryRun) => {
    if (dryRun) return [];
    await database.read((queries) =>
      reportQueries(queries).deleteFrom('report_mails').where('period_end', '<', beforeDay).execute(),
    );
    return [];
  };
}
