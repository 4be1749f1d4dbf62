import { countOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import type { Forget } from '../../runtime/forget.ts';
import { type MailQueries, mailQueries } from './schema.ts';

const MAILS_AT_ONCE = 200;
const SETTLED = ['sent', 'failed'];

/** Forgets mails whose period is past. One that may still go out stays. */
export function forgetMails({ database }: { readonly database: Database }): Forget {
  /** In small steps: a mail may hold megabytes. */
  async function purge(beforeDay: string): Promise<number> {
    for (let total = 0; ; ) {
      const deleted = await database.read(async (queries) => {
        const ids = (
          await settledMails(mailQueries(queries), beforeDay).select('id').limit(MAILS_AT_ONCE).execute()
        ).map(({ id }) => id);
        if (ids.length > 0) await mailQueries(queries).deleteFrom('mails').where('id', 'in', ids).execute();
        return ids.length;
      });
      if (deleted === 0) return total;
      total += deleted;
    }
  }

  async function count(beforeDay: string): Promise<number> {
    const { rows } = await database.read((queries) =>
      settledMails(mailQueries(queries), beforeDay)
        .select(({ fn }) => fn.countAll<bigint>().as('rows'))
        .executeTakeFirstOrThrow(),
    );
    return countOf('count(*)', rows);
  }

  return async ({ beforeDay }, dryRun) => [
    { count: await (dryRun ? count(beforeDay) : purge(beforeDay)), one: 'mail', many: 'mails' },
  ];
}

function settledMails(queries: MailQueries, beforeDay: string) {
  return queries.selectFrom('mails').where('period_end', '<', beforeDay).where('state', 'in', SETTLED);
}
