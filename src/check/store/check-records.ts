import { createRouterStateStore } from '../../devices/store/router-state-store.ts';
import { countOf, integerOf, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import type { RouterStatus } from '../../usage/ports.ts';
import type { CheckRecords, RouterRecord } from '../ports.ts';

/** Records of the work so far in the database; the outbox has its own. */
export function createCheckRecords({ database }: { readonly database: Database }): Omit<CheckRecords, 'mails'> {
  const stateBook = createRouterStateStore({ database });
  return {
    async routers(sinceDay) {
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
          .select(['r.name', 'r.sampled_at', 'gaps.longest', 'gaps.queues'])
          .execute(),
      );
      const states = new Map((await stateBook.states()).map((state) => [state.router, state]));
      const sampled = readEach(database, rows, (row) => ({
        router: textOf('routers.name', row.name),
        sampledAt: nullable(integerOf, 'routers.sampled_at', row.sampled_at),
        unobservedQueues: nullable(countOf, 'count of queues', row.queues) ?? 0,
        longestUnobservedMs: nullable(countOf, 'usage_daily.unobserved_ms', row.longest) ?? 0,
      }));
      const known = new Set(sampled.map(({ router }) => router));
      const neverSampled = [...states.keys()]
        .filter((router) => !known.has(router))
        .map((router) => ({ router, sampledAt: null, unobservedQueues: 0, longestUnobservedMs: 0 }));
      return [...sampled, ...neverSampled].map((record) => ({
        ...record,
        unreachable: unreachableOf(states.get(record.router)),
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

function unreachableOf(state: RouterStatus | undefined): RouterRecord['unreachable'] {
  if (state === undefined || state.reachableUntil === null) return null;
  return { since: state.reachableUntil, code: state.errorCode ?? '' };
}
