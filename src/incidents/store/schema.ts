import type { Transaction } from 'kysely';
import type { DatabaseTransaction } from '../../platform/store/database.ts';
import type { Schema } from '../../platform/store/schema.ts';

interface RouterWatchesTable {
  router: string;
  watched_since: bigint;
  blind_since: bigint | null;
}

type WatchTables = { router_watches: RouterWatchesTable };

export type WatchTransaction = Transaction<Schema & WatchTables>;

/** The same connection, with the table of `sql/` known to its types. What is read is still checked, by `columns.ts`. */
export function watchTransaction(transaction: DatabaseTransaction): WatchTransaction {
  return transaction.withTables<WatchTables>();
}
