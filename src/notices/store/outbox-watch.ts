import { countOf, integerOf, nullable } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { alertQueries } from '../../quotas/store/alert-schema.ts';
import type { OutboxWatch } from '../ports.ts';

/** Looks at the outbox without touching it. */
export function createOutboxWatch({ database }: { readonly database: Database }): OutboxWatch {
  return {
    async waiting() {
      const row = await database.read((queries) =>
        alertQueries(queries)
          .selectFrom('mails')
          .select(({ fn }) => [fn.countAll().as('mails'), fn.min('created_at').as('oldest_at')])
          .where('state', 'in', ['pending', 'claimed'])
          .executeTakeFirstOrThrow(),
      );
      return {
        mails: countOf('count of mails', row.mails),
        oldestAt: nullable(integerOf, 'mails.created_at', row.oldest_at),
      };
    },
  };
}
