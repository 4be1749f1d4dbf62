import { integerOf, textOf, wordOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import { ROLES } from '../../runtime/rights.ts';
import type { AccountSession, AccountSessionBook } from '../ports.ts';
import { changeWithNote } from './audit-store.ts';
import { type AccountQueries, accountQueries } from './schema.ts';

/** The sessions of accounts in a database. */
export function createAccountSessionStore({ database }: { readonly database: Database }): AccountSessionBook {
  return {
    open: (session, account, note) =>
      changeWithNote<'opened' | 'changed'>(database, note, 'opened', async (queries) => {
        const { id, createdAt, address, network, agent } = session;
        const own = queries.selectFrom('accounts').select('password_hash').where('id', '=', account.id);
        const row = await (database.kind === 'mysql' ? own.forUpdate() : own).executeTakeFirst();
        if (row?.password_hash !== account.passwordHash) return 'changed';
        const at = BigInt(createdAt);
        await queries
          .insertInto('account_sessions')
          .values({ id, account_id: account.id, created_at: at, seen_at: at, address, agent })
          .execute();
        await queries.updateTable('accounts').set({ last_login_at: at }).where('id', '=', account.id).execute();
        await keepNetwork(queries, database.kind, { account_id: account.id, network, last_login_at: at });
        return 'opened';
      }),
    async find(id) {
      const row = await database.read((queries) =>
        selectSessions(accountQueries(queries)).where('account_sessions.id', '=', id).executeTakeFirst(),
      );
      return row === undefined ? null : sessionOf(row);
    },
    async used(id, at) {
      await database.read((queries) =>
        accountQueries(queries)
          .updateTable('account_sessions')
          .set({ seen_at: BigInt(at) })
          .where('id', '=', id)
          .where('seen_at', '<', BigInt(at))
          .execute(),
      );
    },
    async remove(id) {
      await database.read((queries) =>
        accountQueries(queries).deleteFrom('account_sessions').where('id', '=', id).execute(),
      );
    },
    async list(name) {
      const rows = await database.read((queries) => {
        const all = selectSessions(accountQueries(queries));
        const some = name === null ? all : all.where('accounts.name', '=', name);
        return some.orderBy('seen_at', 'desc').orderBy('account_sessions.id').execute();
      });
      return readEach(database, rows, sessionOf);
    },
    async end(name, idStart, note) {
      let ended = 0;
      await changeWithNote<'ended' | 'none'>(database, note, 'ended', async (queries) => {
        const rows = await selectSessions(queries).where('accounts.name', '=', name).execute();
        const ids = rows.map(({ id }) => id).filter((id) => id.startsWith(idStart));
        ended = ids.length;
        if (ids.length === 0) return 'none';
        await queries.deleteFrom('account_sessions').where('id', 'in', ids).execute();
        return 'ended';
      });
      return ended;
    },
    async removeOver({ createdAt, seenAt }) {
      await database.read((queries) =>
        accountQueries(queries)
          .deleteFrom('account_sessions')
          .where((where) =>
            where.or([where('created_at', '<=', BigInt(createdAt)), where('seen_at', '<=', BigInt(seenAt))]),
          )
          .execute(),
      );
    },
  };
}

/** A session whose account is gone is none. */
function selectSessions(queries: AccountQueries) {
  return queries
    .selectFrom('account_sessions')
    .innerJoin('accounts', 'accounts.id', 'account_sessions.account_id')
    .select(['account_sessions.id as id', 'account_id', 'name', 'role', 'account_sessions.created_at as created_at'])
    .select(['seen_at', 'address', 'agent']);
}

function sessionOf(row: {
  readonly id: unknown;
  readonly account_id: unknown;
  readonly name: unknown;
  readonly role: unknown;
  readonly created_at: unknown;
  readonly seen_at: unknown;
  readonly address: unknown;
  readonly agent: unknown;
}): AccountSession {
  return {
    id: textOf('account_sessions.id', row.id),
    account: {
      id: textOf('account_sessions.account_id', row.account_id),
      name: textOf('accounts.name', row.name),
      role: wordOf('accounts.role', row.role, ROLES),
    },
    createdAt: integerOf('account_sessions.created_at', row.created_at),
    seenAt: integerOf('account_sessions.seen_at', row.seen_at),
    address: textOf('account_sessions.address', row.address),
    agent: textOf('account_sessions.agent', row.agent),
  };
}

async function keepNetwork(
  queries: AccountQueries,
  kind: Database['kind'],
  row: { readonly account_id: string; readonly network: string; readonly last_login_at: bigint },
): Promise<void> {
  const insert = queries.insertInto('account_networks').values(row);
  const { last_login_at } = row;
  await (kind === 'mysql'
    ? insert.onDuplicateKeyUpdate({ last_login_at })
    : insert.onConflict((conflict) => conflict.columns(['account_id', 'network']).doUpdateSet({ last_login_at }))
  ).execute();
}
