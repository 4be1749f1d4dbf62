import type { Database } from '../../platform/store/database.ts';
import { reportQueries } from './schema.ts';

/** Forgets which reports were written. */
export interface ReportPurger {
  /** Of the periods that ended before `beforeDay`. */
  purge(limit: { readonly beforeDay: string }): Promise<void>;
}

export function createReportPurger({ database }: { readonly database: Database }): ReportPurger {
  return {
    async purge({ beforeDay }) {
      await database.read((queries) =>
        reportQueries(queries).deleteFrom('report_mails').where('period_end', '<', beforeDay).execute(),
      );
    },
  };
}
