import { countOf, integerOf, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import type { ChannelRecord, OutboxWatch } from '../ports.ts';
import { MAIL_CHANNEL } from '../recipients.ts';
import { type NoticeQueries, noticeQueries, UNDELIVERED } from './schema.ts';

/** Looks at the outbox without touching it. */
export function createOutboxWatch({ database }: { readonly database: Database }): OutboxWatch {
  return {
    waiting: () => database.read((queries) => waiting(noticeQueries(queries))),
    standing: () =>
      database.read(async (queries) => {
        const notices = noticeQueries(queries);
        const { failed } = await notices
          .selectFrom('notices')
          .select(({ fn }) => fn.countAll().as('failed'))
          .where('state', '=', 'failed')
          .executeTakeFirstOrThrow();
        const { mails, oldestAt } = await waiting(notices);
        return {
          waiting: mails,
          oldestAt,
          trouble: await lastTrouble(notices, MAIL_CHANNEL),
          failed: countOf('count of notices', failed),
          failure: await lastFailure(notices, MAIL_CHANNEL),
        };
      }),
    channels: () => database.read((queries) => channels(noticeQueries(queries))),
  };
}

/** Why the last try of a delivery that waits failed. */
async function lastTrouble(queries: NoticeQueries, channel: string): Promise<string | null> {
  const row = await queries
    .selectFrom('deliveries')
    .select('trouble')
    .where('channel', '=', channel)
    .where('state', 'in', UNDELIVERED)
    .where('trouble', 'is not', null)
    .orderBy('attempts', 'desc')
    .limit(1)
    .executeTakeFirst();
  return nullable(textOf, 'deliveries.trouble', row?.trouble ?? null);
}

/** Why the last delivery that was given up was. */
async function lastFailure(queries: NoticeQueries, channel: string): Promise<string | null> {
  const row = await queries
    .selectFrom('deliveries')
    .select('trouble')
    .where('channel', '=', channel)
    .where('state', '=', 'failed')
    .orderBy('due_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return nullable(textOf, 'deliveries.trouble', row?.trouble ?? null);
}

async function channels(queries: NoticeQueries): Promise<ChannelRecord[]> {
  const counts = await queries
    .selectFrom('deliveries as d')
    .innerJoin('notices as n', 'n.id', 'd.notice')
    .select(['d.channel', 'd.state'])
    .select(({ fn }) => [fn.countAll().as('lines'), fn.min('n.created_at').as('oldest_at')])
    .where('d.state', 'in', [...UNDELIVERED, 'failed'])
    .groupBy(['d.channel', 'd.state'])
    .execute();
  const records: ChannelRecord[] = [];
  for (const [channel, rows] of Map.groupBy(counts, (row) => row.channel)) {
    const waiting = rows.filter(({ state }) => state !== 'failed');
    const sum = (some: typeof rows) => some.reduce((total, { lines }) => total + countOf('count of lines', lines), 0);
    const oldest = waiting.map((row) => integerOf('notices.created_at', row.oldest_at));
    records.push({
      channel: textOf('deliveries.channel', channel),
      waiting: sum(waiting),
      oldestAt: oldest.length === 0 ? null : Math.min(...oldest),
      trouble: await lastTrouble(queries, channel),
      failed: sum(rows.filter(({ state }) => state === 'failed')),
      failure: await lastFailure(queries, channel),
    });
  }
  return records;
}

async function waiting(queries: NoticeQueries): ReturnType<OutboxWatch['waiting']> {
  const row = await queries
    .selectFrom('deliveries as d')
    .innerJoin('notices as n', 'n.id', 'd.notice')
    .select(({ fn }) => [fn.count('d.notice').distinct().as('mails'), fn.min('n.created_at').as('oldest_at')])
    .where('d.channel', '=', MAIL_CHANNEL)
    .where('d.state', 'in', UNDELIVERED)
    .executeTakeFirstOrThrow();
  return {
    mails: countOf('count of mails', row.mails),
    oldestAt: nullable(integerOf, 'notices.created_at', row.oldest_at),
  };
}
