import { countOf, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import type { UsageRecords } from '../ports.ts';

/** What is on record of the work so far. */
export function createUsageRecords({ database }: { readonly database: Database }): UsageRecords {
  return {
    async gaps(sinceDay) {
      const rows = await database.read((queries) =>
        queries
          .selectFrom('routers as r')
          .leftJoin(
            queries
              .selectFrom('usage_daily as u')
              .innerJoin('queues as q', 'q.id', 'u.queue_id')
              .select(['q.router_id', (eb) => eb.fn.max('u.unobserved_ms').as('longest')])
              .select((eb) => eb.fn.count('q.name').distinct().as('queues'))
              .where('u.day', '>=', sinceDay)
              .where('u.unobserved_ms', '>', 0n)
              .groupBy('q.router_id')
              .as('gaps'),
            'gaps.router_id',
            'r.id',
          )
          .select(['r.name', 'gaps.longest', 'gaps.queues'])
          .execute(),
      );
      return readEach(database, rows, (row) => ({
        router: textOf('routers.name', row.name),
        unobservedQueues: nullable(countOf, 'count of queues', row.queues) ?? 0,
        longestUnobservedMs: nullable(countOf, 'usage_daily.unobserved_ms', row.longest) ?? 0,
      }));
    },
    async usersWithBytes(users) {
      if (users.length === 0) return new Set();
      const rows = await database.read((queries) =>
        queries
          .selectFrom('queues as q')
          .select('q.user')
          .distinct()
          .where('q.user', 'in', users)
          .where(({ exists, selectFrom }) =>
            exists(
              selectFrom('usage_daily as u')
                .select('u.queue_id')
                .whereRef('u.queue_id', '=', 'q.id')
                .where(({ or, eb }) => or([eb('u.upload_bytes', '>', 0n), eb('u.download_bytes', '>', 0n)])),
            ),
          )
          .execute(),
      );
      return new Set(rows.map(({ user }) => textOf('queues.user', user)));
    },
  };
}
