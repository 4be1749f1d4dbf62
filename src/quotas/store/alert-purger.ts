import { countOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { type AlertQueries, alertQueries } from './alert-schema.ts';

export interface AlertPurgeCounts {
  readonly breaches: number;
  readonly mails: number;
}

/** Forgets breaches, mails and written reports. */
export interface AlertPurger {
  /** Deletes (or, for a dry run, counts) those whose period ended before `beforeDay`; a mail that may still go out stays. */
  purge(limit: { readonly beforeDay: string }, dryRun: boolean): Promise<AlertPurgeCounts>;
}

const MAILS_AT_ONCE = 200;
const SETTLED = ['sent', 'failed'];

export function createAlertPurger({ database }: { readonly database: Database }): AlertPurger {
  async function purge({ beforeDay }: { readonly beforeDay: string }, dryRun: boolean): Promise<AlertPurgeCounts> {
    if (dryRun) return await database.read((queries) => count(alertQueries(queries), beforeDay));
    const breaches = await database.read((queries) =>
      alertQueries(queries).deleteFrom('breaches').where('period_end', '<', beforeDay).executeTakeFirst(),
    );
    await database.read((queries) =>
      alertQueries(queries).deleteFrom('report_mails').where('period_end', '<', beforeDay).execute(),
    );
    return { breaches: Number(breaches.numDeletedRows), mails: await purgeMails(beforeDay) };
  }

  /** In small steps: a mail may hold megabytes. */
  async function purgeMails(beforeDay: string): Promise<number> {
    for (let total = 0; ; ) {
      const deleted = await database.read(async (queries) => {
        const ids = (
          await settledMails(alertQueries(queries), beforeDay).select('id').limit(MAILS_AT_ONCE).execute()
        ).map(({ id }) => id);
        if (ids.length > 0) await alertQueries(queries).deleteFrom('mails').where('id', 'in', ids).execute();
        return ids.length;
      });
      if (deleted === 0) return total;
      total += deleted;
    }
  }

  return { purge };
}

async function count(queries: AlertQueries, beforeDay: string): Promise<AlertPurgeCounts> {
  const rows = queries.fn.countAll<bigint>().as('rows');
  const breaches = await queries
    .selectFrom('breaches')
    .select(rows)
    .where('period_end', '<', beforeDay)
    .executeTakeFirstOrThrow();
  const mails = await settledMails(queries, beforeDay).select(rows).executeTakeFirstOrThrow();
  return { breaches: countOf('count(*)', breaches.rows), mails: countOf('count(*)', mails.rows) };
}

function settledMails(queries: AlertQueries, beforeDay: string) {
  return queries.selectFrom('mails').where('period_end', '<', beforeDay).where('state', 'in', SETTLED);
}
