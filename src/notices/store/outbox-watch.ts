import { countOf, integerOf, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import type { OutboxWatch } from '../ports.ts';
import { mailQueries } from './schema.ts';

const WAITING = ['pending', 'claimed'];

/** Looks at the outbox without touching it. */
export function createOutboxWatch({ database }: { readonly database: Database }): OutboxWatch {
  return {
    async waiting() {
      const row = await database.read((queries) =>
        mailQueries(queries)
          .selectFrom('mails')
          .select(({ fn }) => [fn.countAll().as('mails'), fn.min('created_at').as('oldest_at')])
          .where('state', 'in', WAITING)
          .executeTakeFirstOrThrow(),
      );
      return {
        mails: countOf('count of mails', row.mails),
        oldestAt: nullable(integerOf, 'mails.created_at', row.oldest_at),
      };
    },
    async standing() {
      const [states, troubled] = await database.read(async (queries) => {
        const mails = mailQueries(queries).selectFrom('mails');
        const byState = mails
          .select(['state', (eb) => eb.fn.countAll().as('mails'), (eb) => eb.fn.min('created_at').as('oldest')])
          .groupBy('state');
        const lastTrouble = mails
          .select('trouble')
          .where('state', 'in', WAITING)
          .where('trouble', 'is not', null)
          .orderBy('attempts', 'desc')
          .limit(1);
        return [await byState.execute(), await lastTrouble.executeTakeFirst()] as const;
      });
      const count = (state: string): number =>
        countOf('count of mails', states.find((row) => row.state === state)?.mails ?? 0n);
      const oldest = states
        .filter(({ state }) => WAITING.includes(state))
        .map((row) => integerOf('mails.created_at', row.oldest));
      return {
        waiting: WAITING.reduce((sum, state) => sum + count(state), 0),
        oldestAt: oldest.length === 0 ? null : Math.min(...oldest),
        trouble: nullable(textOf, 'mails.trouble', troubled?.trouble ?? null),
        failed: count('failed'),
      };
    },
  };
}
