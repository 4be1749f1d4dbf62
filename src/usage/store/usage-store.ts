import { randomUUID } from 'node:crypto';
import { bulkUpserts, runInOrder } from '../../platform/store/bulk.ts';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import { isUnavailable } from '../../platform/store/errors.ts';
import type { RouterState } from '../accounting/counter.ts';
import type { Booking, UsageLedger } from '../ports.ts';
import { createJobGroups } from './job-groups.ts';
import { makeQueues } from './queue-identities.ts';
import { loadBook, lockRouters, type RouterBook, type RouterRow, stateOf, turnPage } from './router-book.ts';
import { type BookingToWrite, writeBookings } from './write-bookings.ts';

interface Job {
  readonly router: string;
  readonly decide: (state: RouterState | null) => Booking | null;
}

/** Transactions at once. More would only make the groups smaller, and with them the work for the server greater. */
const PLACES = 2;
/** Baselines of the routers in one transaction: as many rows as one large router has. */
const MOST_BASELINES = 10_000;
/** What a router weighs whose baselines are not known: it may be a large one. */
const UNKNOWN_BASELINES = 1_000;

/**
 * The usage ledger in a database. One instance serves any number of routers at once: bookings that wait for the database are written in one
 * transaction, since beginning, committing and each statement cost more than the rows of a small router.
 */
export function createUsageLedger({ database }: { readonly database: Database }): UsageLedger {
  const books = new Map<string, RouterBook>();

  async function bookAll(jobs: readonly Job[]): Promise<void> {
    const known = new Map(jobs.map(({ router }) => [router, books.get(router)]));
    // Until the commit is known to have happened, nothing that is remembered holds.
    for (const { router } of jobs) books.delete(router);
    const committed = await database.transaction((transaction) => bookOnce(transaction, database.kind, known, jobs));
    for (const { router, turnPage } of committed) books.set(router, turnPage());
  }

  const bookInGroup = createJobGroups<Job>({
    ...{ places: PLACES, mostWeight: MOST_BASELINES, work: bookAll, concernsAll: isUnavailable },
    weightOf: ({ router }) => 1 + (books.get(router)?.baselines.size ?? UNKNOWN_BASELINES),
  });

  return { book: (router, decide) => bookInGroup({ router, decide }) };
}

/** What is to be done once the transaction is committed, and not before. */
interface Attempt {
  readonly router: string;
  turnPage(): RouterBook;
}

async function bookOnce(
  transaction: DatabaseTransaction,
  kind: Database['kind'],
  known: ReadonlyMap<string, RouterBook | undefined>,
  jobs: readonly Job[],
): Promise<Attempt[]> {
  const names = jobs.map(({ router }) => router);
  const found = await lockRouters(transaction, kind, names);
  const added = await addRouters(
    transaction,
    kind,
    names.filter((name) => !found.has(name)),
  );
  const attempts: Attempt[] = [];
  const bookings: BookingToWrite[] = [];
  for (const { router: name, decide } of jobs) {
    const router = found.get(name) ?? added.get(name);
    if (router === undefined) throw new Error('a router that was just added is missing');
    const remembered = known.get(name);
    const book = remembered?.revision === router.revision ? remembered : await loadBook(transaction, router);
    const booking = decide(stateOf(router, book));
    if (booking === null) {
      // Another worker may have added it and booked, between our two looks.
      const isOurs = !found.has(name) && router.stamp === null;
      if (isOurs) await transaction.deleteFrom('routers').where('id', '=', BigInt(router.id)).execute();
      else attempts.push({ router: name, turnPage: () => book });
      continue;
    }
    const { changedBaselines, queues } = booking;
    const numbers = await makeQueues(transaction, kind, router.id, book.numbers, changedBaselines, queues);
    const revision = randomUUID();
    bookings.push({ name, router, revision, booking, numbers });
    attempts.push({ router: name, turnPage: () => turnPage(book, booking, revision, numbers) });
  }
  if (bookings.length > 0) await writeBookings(transaction, kind, bookings);
  return attempts;
}

/** Another worker may be adding one at this moment: then this waits for its commit. */
async function addRouters(
  transaction: DatabaseTransaction,
  kind: Database['kind'],
  names: readonly string[],
): Promise<ReadonlyMap<string, RouterRow>> {
  if (names.length === 0) return new Map();
  const target = { table: 'routers', columns: ['name'], key: ['name'], replace: ['name'], add: [] } as const;
  await runInOrder(
    transaction,
    bulkUpserts(
      kind,
      target,
      names.map((name) => [name]),
    ),
  );
  return await lockRouters(transaction, kind, names);
}
