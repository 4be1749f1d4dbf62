import { integerOf, nullable, textOf, wordOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import { isWithin, ROLES, type Role } from '../../runtime/rights.ts';
import type { Account, AccountBook } from '../ports.ts';
import { sessionLimits } from '../session-limits.ts';
import { changeWithNote } from './audit-store.ts';
import { type AccountQueries, accountQueries } from './schema.ts';

/** The very first account always has this id, so that of two workers that are asked for one at once only one makes it. */
const FIRST_ID = '0'.repeat(32);

/** The accounts in a database. */
export function createAccountStore({ database }: { readonly database: Database }): AccountBook {
  const lock = <Query extends { forUpdate(): Query }>(query: Query) =>
    database.kind === 'mysql' ? query.forUpdate() : query;

  /**
   * In a transaction that goes on to change it. All admins are locked first, always in one order, so that the last one stays. MariaDB takes
   * a name with blanks behind it for the same: here it is another one.
   */
  async function locked(queries: AccountQueries, name: string) {
    const admins = await lock(
      queries.selectFrom('accounts').select('id').where('role', '=', 'admin').orderBy('id'),
    ).execute();
    const rows = await lock(
      queries.selectFrom('accounts').select(['id', 'name', 'role']).where('name', '=', name),
    ).execute();
    const row = rows.find((each) => each.name === name) ?? null;
    return { row, isLastAdmin: row !== null && admins.length === 1 && admins[0]?.id === row.id };
  }

  return {
    async hasAny() {
      const row = await database.read((queries) =>
        accountQueries(queries).selectFrom('accounts').select('id').limit(1).executeTakeFirst(),
      );
      return row !== undefined;
    },
    async list(now) {
      const { createdAt, seenAt } = sessionLimits(now);
      const rows = await database.read((queries) =>
        accountQueries(queries).selectFrom('accounts').selectAll().orderBy('name').execute(),
      );
      const open = await database.read((queries) =>
        accountQueries(queries)
          .selectFrom('account_sessions')
          .select(['account_id', (build) => build.fn.countAll<bigint>().as('found')])
          .where('seen_at', '>', BigInt(seenAt))
          .where('created_at', '>', BigInt(createdAt))
          .groupBy('account_id')
          .execute(),
      );
      const sessions = new Map(open.map(({ account_id, found }) => [account_id, integerOf('sessions', found)]));
      return readEach(database, rows, (row) => {
        const { passwordHash: _, ...account } = accountOf(row);
        return { ...account, sessions: sessions.get(account.id) ?? 0 };
      });
    },
    async find(name) {
      const row = await database.read((queries) =>
        accountQueries(queries).selectFrom('accounts').selectAll().where('name', '=', name).executeTakeFirst(),
      );
      return row === undefined ? null : accountOf(row);
    },
    add: (account, note) =>
      changeWithNote<'added' | 'taken'>(database, note, 'added', async (queries) => {
        return (await insert(queries, database.kind, account)) ? 'added' : 'taken';
      }),
    addFirst: (account, note) =>
      changeWithNote<'added' | 'late'>(database, note, 'added', async (queries) => {
        const other = await queries.selectFrom('accounts').select('id').limit(1).executeTakeFirst();
        if (other !== undefined) return 'late';
        return (await insert(queries, database.kind, { ...account, id: FIRST_ID })) ? 'added' : 'late';
      }),
    change: (name, { role, passwordHash }, note) =>
      changeWithNote<'changed' | 'unknown' | 'last-admin'>(database, note, 'changed', async (queries) => {
        const { row, isLastAdmin } = await locked(queries, name);
        if (row === null) return 'unknown';
        if (isLastAdmin && role !== undefined && role !== 'admin') return 'last-admin';
        await queries
          .updateTable('accounts')
          .set({
            ...(role === undefined ? {} : { role }),
            ...(passwordHash === undefined ? {} : { password_hash: passwordHash }),
          })
          .where('id', '=', row.id)
          .execute();
        await queries.deleteFrom('account_sessions').where('account_id', '=', row.id).execute();
        return 'changed';
      }),
    remove: (name, { keepsTokens }, note) =>
      changeWithNote<'removed' | 'unknown' | 'last-admin'>(database, note, 'removed', async (queries) => {
        const { row, isLastAdmin } = await locked(queries, name);
        if (row === null) return 'unknown';
        if (isLastAdmin) return 'last-admin';
        const { id } = row;
        if (keepsTokens) {
          await releaseTokens(queries, id, wordOf('accounts.role', row.role, ROLES));
        } else {
          await queries.deleteFrom('api_tokens').where('account_id', '=', id).execute();
        }
        await queries.deleteFrom('account_sessions').where('account_id', '=', id).execute();
        await queries.deleteFrom('account_networks').where('account_id', '=', id).execute();
        await queries.deleteFrom('accounts').where('id', '=', id).execute();
        return 'removed';
      }),
  };
}

/** They become nobody's. Each may do no more than its owner could: there is nobody to go by afterwards. */
async function releaseTokens(queries: AccountQueries, ownerId: string, ownerRole: Role): Promise<void> {
  const tooLarge = ROLES.filter((role) => !isWithin(role, ownerRole));
  if (tooLarge.length > 0) {
    await queries
      .updateTable('api_tokens')
      .set({ role: ownerRole })
      .where('account_id', '=', ownerId)
      .where('role', 'in', tooLarge)
      .execute();
  }
  await queries.updateTable('api_tokens').set({ account_id: null }).where('account_id', '=', ownerId).execute();
}

/** `false`: there is one of this name or id. */
async function insert(queries: AccountQueries, kind: Database['kind'], account: Account): Promise<boolean> {
  const { id, name, role, passwordHash, createdAt, lastLoginAt } = account;
  const row = queries.insertInto('accounts').values({
    ...{ id, name, role, password_hash: passwordHash, created_at: BigInt(createdAt) },
    last_login_at: lastLoginAt === null ? null : BigInt(lastLoginAt),
  });
  const { numInsertedOrUpdatedRows } = await (kind === 'mysql'
    ? row.ignore()
    : row.onConflict((conflict) => conflict.doNothing())
  ).executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

function accountOf(row: {
  readonly id: unknown;
  readonly name: unknown;
  readonly role: unknown;
  readonly password_hash: unknown;
  readonly created_at: unknown;
  readonly last_login_at: unknown;
}): Account {
  return {
    id: textOf('accounts.id', row.id),
    name: textOf('accounts.name', row.name),
    role: wordOf('accounts.role', row.role, ROLES),
    passwordHash: textOf('accounts.password_hash', row.password_hash),
    createdAt: integerOf('accounts.created_at', row.created_at),
    lastLoginAt: nullable(integerOf, 'accounts.last_login_at', row.last_login_at),
  };
}
