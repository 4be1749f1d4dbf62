import { integerOf, nullable, textOf, wordOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import { ROLES } from '../../runtime/rights.ts';
import type { ApiToken, ApiTokenBook } from '../ports.ts';
import { changeWithNote } from './audit-store.ts';
import { type AccountQueries, accountQueries } from './schema.ts';

/** The tokens of the API in a database. */
export function createApiTokenStore({ database }: { readonly database: Database }): ApiTokenBook {
  return {
    add: ({ id, hash, name, role, madeBy, owner, createdAt, expiresAt }, note) =>
      changeWithNote<'added' | 'taken' | 'no-owner'>(database, note, 'added', async (queries) => {
        const account = owner === null ? null : await ownerOf(queries, database.kind, owner);
        if (account === undefined) return 'no-owner';
        const insert = queries.insertInto('api_tokens').values({
          ...{ id, token_hash: hash, name, role, made_by: madeBy, account_id: account?.id ?? null },
          ...{
            created_at: BigInt(createdAt),
            expires_at: expiresAt === null ? null : BigInt(expiresAt),
            used_at: null,
          },
        });
        const { numInsertedOrUpdatedRows } = await (database.kind === 'mysql'
          ? insert.ignore()
          : insert.onConflict((conflict) => conflict.doNothing())
        ).executeTakeFirstOrThrow();
        return numInsertedOrUpdatedRows === 1n ? 'added' : 'taken';
      }),
    async find(hash) {
      const row = await database.read((queries) =>
        selectTokens(accountQueries(queries)).where('token_hash', '=', hash).executeTakeFirst(),
      );
      if (row === undefined) return null;
      // Of an owner who is gone there should be none; then it may nothing.
      if (row.account_id !== null && row.owner === null) return null;
      return { ...tokenOf(row), ownerRole: nullable(roleOf, 'accounts.role', row.owner_role) };
    },
    async used(id, at) {
      await database.read((queries) =>
        accountQueries(queries)
          .updateTable('api_tokens')
          .set({ used_at: BigInt(at) })
          .where('id', '=', id)
          .execute(),
      );
    },
    async list(owner) {
      const rows = await database.read((queries) => {
        const all = selectTokens(accountQueries(queries));
        return (owner === null ? all : all.where('accounts.name', '=', owner)).orderBy('api_tokens.name').execute();
      });
      return readEach(database, rows, tokenOf);
    },
    remove: (id, owner, note) =>
      changeWithNote<'removed' | 'unknown'>(database, note, 'removed', async (queries) => {
        const row = await selectTokens(queries).where('api_tokens.id', '=', id).executeTakeFirst();
        if (row === undefined || (owner !== null && row.owner !== owner)) return 'unknown';
        await queries.deleteFrom('api_tokens').where('id', '=', id).execute();
        return 'removed';
      }),
  };
}

/** Stays until the end of the transaction. */
async function ownerOf(queries: AccountQueries, kind: Database['kind'], name: string) {
  const row = queries.selectFrom('accounts').select('id').where('name', '=', name);
  return await (kind === 'mysql' ? row.forUpdate() : row).executeTakeFirst();
}

function selectTokens(queries: AccountQueries) {
  return queries
    .selectFrom('api_tokens')
    .leftJoin('accounts', 'accounts.id', 'api_tokens.account_id')
    .select(['api_tokens.id as id', 'api_tokens.name as name', 'api_tokens.role as role', 'made_by', 'account_id'])
    .select(['api_tokens.created_at as created_at', 'expires_at', 'used_at'])
    .select(['accounts.name as owner', 'accounts.role as owner_role']);
}

function tokenOf(row: {
  readonly id: unknown;
  readonly name: unknown;
  readonly role: unknown;
  readonly made_by: unknown;
  readonly owner: unknown;
  readonly created_at: unknown;
  readonly expires_at: unknown;
  readonly used_at: unknown;
}): ApiToken {
  return {
    id: textOf('api_tokens.id', row.id),
    name: textOf('api_tokens.name', row.name),
    role: roleOf('api_tokens.role', row.role),
    madeBy: textOf('api_tokens.made_by', row.made_by),
    owner: nullable(textOf, 'accounts.name', row.owner),
    createdAt: integerOf('api_tokens.created_at', row.created_at),
    expiresAt: nullable(integerOf, 'api_tokens.expires_at', row.expires_at),
    usedAt: nullable(integerOf, 'api_tokens.used_at', row.used_at),
  };
}

function roleOf(column: string, value: unknown) {
  return wordOf(column, value, ROLES);
}
