import { sql } from 'kysely';
import { countOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { databaseNow } from '../../platform/store/database-clock.ts';
import { MOST_OF_A_USER, PLACE_KEPT_MS, type PlaceBook } from '../ports.ts';
import { terminalQueries, terminalTransaction } from './schema.ts';

/** Open terminals of users, kept in a database. */
export function createPlaceStore({ database }: { readonly database: Database }): PlaceBook {
  const { kind } = database;
  const now = databaseNow(kind);
  const oldestSeen = sql<bigint>`${now} - ${BigInt(PLACE_KEPT_MS)}`;
  return {
    async count(user) {
      const row = await database.read((queries) =>
        terminalQueries(queries)
          .selectFrom('terminal_places')
          .select(({ fn }) => fn.countAll<bigint>().as('open'))
          .where('account', '=', user)
          .where('seen_at', '>=', oldestSeen)
          .executeTakeFirstOrThrow(),
      );
      return countOf('count(*)', row.open);
    },
    take: (user, terminal) =>
      database.transaction(async (inside) => {
        const transaction = terminalTransaction(inside);
        await transaction
          .deleteFrom('terminal_places')
          .where('account', '=', user)
          .where('seen_at', '<', oldestSeen)
          .execute();
        const owned = () =>
          transaction.selectFrom('terminal_places').select('place').where('terminal', '=', terminal).executeTakeFirst();
        for (let place = 1; place <= MOST_OF_A_USER; place += 1) {
          if ((await owned()) !== undefined) return true;
          const row = { account: user, place: BigInt(place), terminal, seen_at: now };
          const insert = transaction.insertInto('terminal_places').values(row);
          await (kind === 'mysql' ? insert.ignore() : insert.onConflict((each) => each.doNothing())).execute();
        }
        return (await owned()) !== undefined;
      }),
    async renew(terminal) {
      await database.read((queries) =>
        terminalQueries(queries)
          .updateTable('terminal_places')
          .set({ seen_at: now })
          .where('terminal', '=', terminal)
          .execute(),
      );
    },
    async leave(terminal) {
      await database.read((queries) =>
        terminalQueries(queries).deleteFrom('terminal_places').where('terminal', '=', terminal).execute(),
      );
    },
  };
}
