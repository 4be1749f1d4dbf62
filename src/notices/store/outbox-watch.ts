import { countOf, integerOf, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import type { OutboxWatch } from '../ports.ts';
import { MAIL_CHANNEL } from '../recipients.ts';
import { type NoticeQueries, noticeQueries } from './schema.ts';

const WAITING = ['pending', 'claimed'];

/** Looks at the outbox without touching it. */
export function createOutboxWatch({ database }: { readonly database: Database }): OutboxWatch {
  return {
    waiting: () => database.read((queries) => waiting(noticeQueries(queries))),
    standing: () =>
      database.read(async (queries) => {
        const notices = noticeQueries(queries);
        const lastTrouble = await notices
          .selectFrom('deliveries')
          .select('trouble')
          .where('channel', '=', MAIL_CHANNEL)
          .where('state', 'in', WAITING)
          .where('trouble', 'is not', null)
          .orderBy('attempts', 'desc')
          .limit(1)
          .executeTakeFirst();
        const { failed } = await notices
          .selectFrom('notices')
          .select(({ fn }) => fn.countAll().as('failed'))
          .where('state', '=', 'failed')
          .executeTakeFirstOrThrow();
        const { mails, oldestAt } = await waiting(notices);
        return {
          waiting: mails,
          oldestAt,
          trouble: nullable(textOf, 'deliveries.trouble', lastTrouble?.trouble ?? null),
          failed: countOf('count of notices', failed),
        };
      }),
  };
}

async function waiting(queries: NoticeQueries): ReturnType<OutboxWatch['waiting']> {
  const row = await queries
    .selectFrom('deliveries as d')
    .innerJoin('notices as n', 'n.id', 'd.notice')
    .select(({ fn }) => [fn.count('d.notice').distinct().as('mails'), fn.min('n.created_at').as('oldest_at')])
    .where('d.channel', '=', MAIL_CHANNEL)
    .where('d.state', 'in', WAITING)
    .executeTakeFirstOrThrow();
  return {
    mails: countOf('count of mails', row.mails),
    oldestAt: nullable(integerOf, 'notices.created_at', row.oldest_at),
  };
}
