import { randomUUID } from 'node:crypto';
import { bulkUpserts, runInOrder } from '../../platform/store/bulk.ts';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import type { RouterState } from '../accounting/counter.ts';
import type { Booking, UsageLedger } from '../ports.ts';
import { makeQueues } from './queue-identities.ts';
import { loadBook, lockRouter, type RouterBook, type RouterRow, stateOf, turnPage } from './router-book.ts';
import { writeBooking } from './write-booking.ts';

type Decide = (state: RouterState | null) => Booking | null;

/** The usage ledger in a database. One instance serves any number of routers at once. */
export function createUsageLedger({ database }: { readonly database: Database }): UsageLedger {
  const books = new Map<string, RouterBook>();

  async function book(router: string, decide: Decide): Promise<void> {
    const known = books.get(router);
    // Until the commit is known to have happened, nothing that is remembered holds.
    books.delete(router);
    const committed = await database.transaction((transaction) =>
      bookOnce(transaction, database.kind, router, known, decide),
    );
    if (committed !== null) books.set(router, committed.turnPage());
  }

  return { book };
}

/** What is to be done once the transaction is committed, and not before. */
interface Attempt {
  turnPage(): RouterBook;
}

async function bookOnce(
  transaction: DatabaseTransaction,
  kind: Database['kind'],
  name: string,
  known: RouterBook | undefined,
  decide: Decide,
): Promise<Attempt | null> {
  const found = await lockRouter(transaction, kind, name);
  const router = found ?? (await addRouter(transaction, kind, name));
  const book = known?.revision === router.revision ? known : await loadBook(transaction, router);
  const booking = decide(stateOf(router, book));
  if (booking === null) {
    // Another worker may have added it and booked, between our two looks.
    const isOurs = found === null && router.stamp === null;
    if (isOurs) await transaction.deleteFrom('routers').where('id', '=', BigInt(router.id)).execute();
    return isOurs ? null : { turnPage: () => book };
  }
  const numbers = await makeQueues(
    transaction,
    kind,
    router.id,
    book.numbers,
    booking.changedBaselines,
    booking.queues,
  );
  const revision = randomUUID();
  await writeBooking(transaction, kind, { router, revision, booking, numbers });
  return { turnPage: () => turnPage(book, booking, revision, numbers) };
}

/** Another worker may be adding it at this moment: then this waits for its commit. */
async function addRouter(transaction: DatabaseTransaction, kind: Database['kind'], name: string): Promise<RouterRow> {
  const target = { table: 'routers', columns: ['name'], key: ['name'], replace: ['name'], add: [] } as const;
  await runInOrder(transaction, bulkUpserts(kind, target, [[name]]));
  const router = await lockRouter(transaction, kind, name);
  if (router === null) throw new Error('a router that was just added is missing');
  return router;
}
