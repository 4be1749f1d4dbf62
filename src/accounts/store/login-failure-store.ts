import { integerOf, textOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import type { LoginFailureBook } from '../ports.ts';
import { accountQueries } from './schema.ts';

/** More than any limit; so many of a name and so many of a network are looked at. */
const LATEST = 100;

/** The logins that failed, in a database. */
export function createLoginFailureStore({ database }: { readonly database: Database }): LoginFailureBook {
  return {
    async add({ id, name, network, failedAt }) {
      await database.transaction(async (transaction) => {
        const queries = accountQueries(transaction);
        // After a commit that was lost on the way it is there already.
        await queries.deleteFrom('login_failures').where('id', '=', id).execute();
        await queries
          .insertInto('login_failures')
          .values({ id, name, network, failed_at: BigInt(failedAt) })
          .execute();
      });
    },
    async remove(id) {
      await database.read((queries) =>
        accountQueries(queries).deleteFrom('login_failures').where('id', '=', id).execute(),
      );
    },
    async recent(of, sinceAt) {
      const latest = (column: 'name' | 'network') =>
        database.read((queries) =>
          accountQueries(queries)
            .selectFrom('login_failures')
            .selectAll()
            .where(column, '=', of[column])
            .where('failed_at', '>', BigInt(sinceAt))
            .orderBy('failed_at', 'desc')
            .limit(LATEST)
            .execute(),
        );
      const rows = [...(await latest('network')), ...(of.name === '' ? [] : await latest('name'))];
      const found = readEach(database, rows, (row) => ({
        id: textOf('login_failures.id', row.id),
        name: textOf('login_failures.name', row.name),
        network: textOf('login_failures.network', row.network),
        failedAt: integerOf('login_failures.failed_at', row.failed_at),
      }));
      const once = new Map(found.map((failure) => [failure.id, failure]));
      return [...once.values()].sort((one, other) => other.failedAt - one.failedAt);
    },
    async isKnown({ name, network }, sinceAt) {
      const row = await database.read((queries) =>
        accountQueries(queries)
          .selectFrom('account_networks')
          .innerJoin('accounts', 'accounts.id', 'account_networks.account_id')
          .select('network')
          .where('name', '=', name)
          .where('network', '=', network)
          .where('account_networks.last_login_at', '>', BigInt(sinceAt))
          .executeTakeFirst(),
      );
      return row !== undefined;
    },
    async removeBefore({ failedAt, loginAt }) {
      await database.read((queries) =>
        accountQueries(queries).deleteFrom('login_failures').where('failed_at', '<=', BigInt(failedAt)).execute(),
      );
      await database.read((queries) =>
        accountQueries(queries).deleteFrom('account_networks').where('last_login_at', '<=', BigInt(loginAt)).execute(),
      );
    },
  };
}
