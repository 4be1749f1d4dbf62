import type { Kysely } from 'kysely';
import { integerOf, textOf } from '../../platform/store/columns.ts';
import type { Database, Queries } from '../../platform/store/database.ts';
import type { Schema } from '../../platform/store/schema.ts';
import type { PasswordMark, SessionBook } from '../ports.ts';

interface SessionsTable {
  id: string;
  created_at: bigint;
  expires_at: bigint;
}

interface PagePasswordTable {
  id: bigint;
  salt: string;
  verifier: string;
}

type SessionTables = { sessions: SessionsTable; page_password: PagePasswordTable };

/** The sessions of the pages, kept in a database. */
export function createSessionStore({ database }: { readonly database: Database }): SessionBook {
  return {
    async passwordMark() {
      const row = await database.read((queries) =>
        sessionQueries(queries).selectFrom('page_password').select(['salt', 'verifier']).executeTakeFirst(),
      );
      return row === undefined
        ? null
        : { salt: textOf('page_password.salt', row.salt), verifier: textOf('page_password.verifier', row.verifier) };
    },
    changePassword: (seen, next) =>
      database.transaction(async (transaction) => {
        const queries = sessionQueries(transaction);
        const isChanged =
          seen === null ? await insertMark(queries, database.kind, next) : await replaceMark(queries, seen, next);
        if (isChanged) await queries.deleteFrom('sessions').execute();
        return isChanged;
      }),
    async add({ id, createdAt, expiresAt }) {
      // Again after a lost connection: the row may be in already.
      const row = { id, created_at: BigInt(createdAt), expires_at: BigInt(expiresAt) };
      await database.read((queries) => {
        const insert = sessionQueries(queries).insertInto('sessions').values(row);
        return (
          database.kind === 'mysql' ? insert.ignore() : insert.onConflict((conflict) => conflict.doNothing())
        ).execute();
      });
    },
    async find(id) {
      const row = await database.read((queries) =>
        sessionQueries(queries).selectFrom('sessions').selectAll().where('id', '=', id).executeTakeFirst(),
      );
      if (row === undefined) return null;
      return {
        id: textOf('sessions.id', row.id),
        createdAt: integerOf('sessions.created_at', row.created_at),
        expiresAt: integerOf('sessions.expires_at', row.expires_at),
      };
    },
    async remove(id) {
      await database.read((queries) => sessionQueries(queries).deleteFrom('sessions').where('id', '=', id).execute());
    },
    async removeExpired(now) {
      await database.read((queries) =>
        sessionQueries(queries).deleteFrom('sessions').where('expires_at', '<=', BigInt(now)).execute(),
      );
    },
  };
}

function sessionQueries(queries: Queries): Kysely<Schema & SessionTables> {
  return queries.withTables<SessionTables>();
}

/** The primary key decides between two workers that start at once. */
async function insertMark(
  queries: Kysely<Schema & SessionTables>,
  kind: Database['kind'],
  mark: PasswordMark,
): Promise<boolean> {
  const insert = queries.insertInto('page_password').values({ id: 1n, ...mark });
  const { numInsertedOrUpdatedRows } = await (kind === 'mysql'
    ? insert.ignore()
    : insert.onConflict((conflict) => conflict.doNothing())
  ).executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

async function replaceMark(
  queries: Kysely<Schema & SessionTables>,
  seen: PasswordMark,
  next: PasswordMark,
): Promise<boolean> {
  const { numUpdatedRows } = await queries
    .updateTable('page_password')
    .set(next)
    .where('id', '=', 1n)
    .where('salt', '=', seen.salt)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
