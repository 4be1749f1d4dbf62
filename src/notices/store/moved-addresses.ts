import { nullable, textOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { MovedAddresses } from '../ports.ts';
import { noticeQueries, noticeTransaction } from './schema.ts';

/** Where addresses have moved to, kept in a database. */
export function createMovedAddresses({
  database,
  clock,
}: {
  readonly database: Database;
  readonly clock: Pick<Clock, 'now'>;
}): MovedAddresses {
  return {
    async find(channel, address) {
      const row = await database.read((queries) =>
        noticeQueries(queries)
          .selectFrom('moved_addresses')
          .select('moved_to')
          .where('channel', '=', channel)
          .where('address', '=', address)
          .executeTakeFirst(),
      );
      return nullable(textOf, 'moved_addresses.moved_to', row?.moved_to ?? null);
    },
    async note(channel, address, movedTo) {
      await database.transaction(async (inside) => {
        const transaction = noticeTransaction(inside);
        const moved = { moved_to: movedTo, moved_at: BigInt(clock.now()) };
        const own = transaction.updateTable('moved_addresses').set(moved);
        const { numUpdatedRows } = await own
          .where('channel', '=', channel)
          .where('address', '=', address)
          .executeTakeFirst();
        if (numUpdatedRows > 0n) return;
        await transaction
          .insertInto('moved_addresses')
          .values({ channel, address, ...moved })
          .execute();
      });
    },
  };
}
