import { countOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import type { Forget } from '../../runtime/forget.ts';
import { type NoticeQueries, noticeQueries, noticeTransaction } from './schema.ts';

const NOTICES_AT_ONCE = 200;
const SETTLED = ['sent', 'failed'];

/** Forgets notices whose period is past, with their deliveries. What may still go out stays. */
export function forgetNotices({ database }: { readonly database: Database }): Forget {
  /** In small steps: a notice may hold megabytes. */
  async function purge(beforeDay: string): Promise<number> {
    for (let total = 0; ; ) {
      const deleted = await database.transaction(async (transaction) => {
        const queries = noticeTransaction(transaction);
        const found = await settledNotices(queries, beforeDay).select('id').limit(NOTICES_AT_ONCE).execute();
        const ids = found.map(({ id }) => id);
        if (ids.length > 0) {
          await queries.deleteFrom('notices').where('id', 'in', ids).execute();
          for (const table of ['deliveries', 'delivery_messages', 'notice_topics', 'notice_order'] as const) {
            await queries.deleteFrom(table).where('notice', 'in', ids).execute();
          }
        }
        return ids.length;
      });
      if (deleted === 0) return total;
      total += deleted;
    }
  }

  async function count(beforeDay: string): Promise<number> {
    const { rows } = await database.read((queries) =>
      settledNotices(noticeQueries(queries), beforeDay)
        .select(({ fn }) => fn.countAll<bigint>().as('rows'))
        .executeTakeFirstOrThrow(),
    );
    return countOf('count(*)', rows);
  }

  return async ({ beforeDay }, dryRun) => [
    { count: await (dryRun ? count(beforeDay) : purge(beforeDay)), one: 'mail', many: 'mails' },
  ];
}

function settledNotices(queries: NoticeQueries, beforeDay: string) {
  return queries.selectFrom('notices').where('period_end', '<', beforeDay).where('state', 'in', SETTLED);
}
