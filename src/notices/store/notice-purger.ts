import { countOf, textOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { databaseNow } from '../../platform/store/database-clock.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Forget } from '../../runtime/forget.ts';
import type { Logger } from '../../runtime/logger.ts';
import { lockNotice } from './lock-notice.ts';
import { type NoticeQueries, noticeQueries, noticeTransaction, UNDELIVERED } from './schema.ts';
import { sumUp } from './sum-up.ts';

const NOTICES_AT_ONCE = 200;
const SETTLED = ['sent', 'failed'];
const GONE = 'outdated: the configuration has no channel of this name';

export interface NoticePurgerDeps {
  readonly database: Database;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
  /** Names of the channels of the configuration. */
  readonly channels: readonly string[];
}

/**
 * Forgets notices whose period is past, with their deliveries. What may still go out stays; but what waits for a channel that the
 * configuration has no more, so that nobody would ever take it, is closed once it is outdated.
 */
export function forgetNotices(deps: NoticePurgerDeps): Forget {
  const { database } = deps;

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

  return async ({ beforeDay }, dryRun) => {
    if (!dryRun) await closeStranded(deps);
    return [{ count: await (dryRun ? count(beforeDay) : purge(beforeDay)), one: 'mail', many: 'mails' }];
  };
}

function settledNotices(queries: NoticeQueries, beforeDay: string) {
  return queries.selectFrom('notices').where('period_end', '<', beforeDay).where('state', 'in', SETTLED);
}

/** Notice by notice, as everybody locks them who changes deliveries. */
async function closeStranded(deps: NoticePurgerDeps): Promise<void> {
  const { database, logger } = deps;
  for (;;) {
    const found = await database.read((queries) =>
      strandedLines(noticeQueries(queries), deps)
        .select(['d.notice', 'd.channel'])
        .distinct()
        .limit(NOTICES_AT_ONCE)
        .execute(),
    );
    if (found.length === 0) return;
    for (const row of found) {
      const [notice, channel] = [textOf('deliveries.notice', row.notice), textOf('deliveries.channel', row.channel)];
      await database.transaction(async (inside) => {
        const transaction = noticeTransaction(inside);
        await lockNotice(transaction, database, notice);
        await transaction
          .updateTable('deliveries')
          .set({ state: 'failed', trouble: GONE })
          .where('notice', '=', notice)
          .where('channel', '=', channel)
          .where('state', 'in', UNDELIVERED)
          .where('due_at', '<=', databaseNow(database.kind))
          .execute();
        await sumUp(transaction, notice);
      });
      logger.warn({ notice, channel, trouble: GONE }, 'notice given up');
    }
  }
}

/** But for what a worker with that channel in its configuration is sending. */
function strandedLines(queries: NoticeQueries, { database, clock, channels }: NoticePurgerDeps) {
  const stranded = queries
    .selectFrom('deliveries as d')
    .innerJoin('notices as n', 'n.id', 'd.notice')
    .where('d.state', 'in', UNDELIVERED)
    .where('d.due_at', '<=', databaseNow(database.kind))
    .where('n.worth_until', '<', BigInt(clock.now()));
  return channels.length === 0 ? stranded : stranded.where('d.channel', 'not in', channels);
}
