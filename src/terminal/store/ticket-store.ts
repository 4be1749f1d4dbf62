import { sql } from 'kysely';
import { countOf, integerOf, textOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { databaseNow } from '../../platform/store/database-clock.ts';
import type { TicketBook } from '../ports.ts';
import { terminalQueries, terminalTransaction } from './schema.ts';

/** Tickets, kept in a database. */
export function createTicketStore({ database }: { readonly database: Database }): TicketBook {
  const { kind } = database;
  return {
    async add({ id, session, device, size }) {
      await database.read(async (queries) => {
        const insert = terminalQueries(queries)
          .insertInto('terminal_tickets')
          .values({
            ...{ id, session, device, created_at: databaseNow(kind) },
            ...{ window_columns: BigInt(size.columns), window_rows: BigInt(size.rows) },
          });
        // Written already, where the connection was lost on the way back.
        await (kind === 'mysql' ? insert.ignore() : insert.onConflict((row) => row.doNothing())).execute();
      });
    },
    take: (id) =>
      database.transaction(async (inside) => {
        const transaction = terminalTransaction(inside);
        const row = await transaction
          .selectFrom('terminal_tickets')
          .selectAll()
          .select(sql<bigint>`${databaseNow(kind)} - created_at`.as('age'))
          .where('id', '=', id)
          .executeTakeFirst();
        // Of two who take it at the same time one deletes the row.
        const { numDeletedRows } = await transaction
          .deleteFrom('terminal_tickets')
          .where('id', '=', id)
          .executeTakeFirstOrThrow();
        if (row === undefined || numDeletedRows === 0n) return null;
        return {
          id,
          session: textOf('terminal_tickets.session', row.session),
          device: textOf('terminal_tickets.device', row.device),
          size: {
            columns: countOf('terminal_tickets.window_columns', row.window_columns),
            rows: countOf('terminal_tickets.window_rows', row.window_rows),
          },
          ageMs: integerOf('terminal_tickets.created_at', row.age),
        };
      }),
    async forget(olderThanMs) {
      await database.read((queries) =>
        terminalQueries(queries)
          .deleteFrom('terminal_tickets')
          .where('created_at', '<', sql<bigint>`${databaseNow(kind)} - ${BigInt(olderThanMs)}`)
          .execute(),
      );
    },
  };
}
