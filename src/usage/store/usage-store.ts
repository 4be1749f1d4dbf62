import { randomUUID } from 'node:crypto';
import { bulkUpserts, runInOrder } from '../../platform/store/bulk.ts';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import { isAboutAllStatements } from '../../platform/store/errors.ts';
import { createLimiter } from '../../runtime/limiter.ts';
import type { RouterState } from '../accounting/counter.ts';
import type { Booking, UsageLedger } from '../ports.ts';
import { createJobGroups } from './job-groups.ts';
import { makeQueues } from './queue-identities.ts';
import {
  loadBook,
  lockFreeRouters,
  lockRouters,
  type RouterBook,
  RouterHeldError,
  type RouterRow,
  stateOf,
  turnPage,
} from './router-book.ts';
import { type BookingToWrite, writeBookings } from './write-bookings.ts';

interface Job {
  readonly router: string;
  readonly decide: (state: RouterState | null) => Booking | null;
  /** About how many rows it writes. */
  readonly rows: number;
}

/** Transactions at once. More would only make the groups smaller, and with them the work for the server greater. */
const PLACES = 2;
/** Rows of one transaction: as many as one large router has. */
const MOST_ROWS = 10_000;
/** Bookings that wait at once for routers that somebody else has locked; others need connections, too. */
const WAITERS = 4;

/**
 * The usage ledger in a database. One instance serves any number of routers at once: bookings that wait for the database are written in one
 * transaction, since beginning, committing and each statement cost more than the rows of a small router.
 */
export function createUsageLedger({ database }: { readonly database: Database }): UsageLedger {
  const books = new Map<string, RouterBook>();
  const waiters = createLimiter(WAITERS);

  async function bookAll(jobs: readonly Job[], lock: LockRouters): Promise<void> {
    // A transaction may be tried again: then all are to know what they knew.
    const known = new Map(jobs.map(({ router }) => [router, books.get(router)]));
    const attempts = await database.transaction((transaction) =>
      bookOnce(transaction, database.kind, { known, jobs, lock }),
    );
    for (const { router, page } of attempts) books.set(router, page);
  }

  const bookInGroup = createJobGroups<Job>({
    ...{ places: PLACES, mostWeight: MOST_ROWS, weightOf: ({ rows }) => rows, keyOf: ({ router }) => router },
    work: (jobs) => bookAll(jobs, lockFreeRouters),
    concernsAll: isAboutAllStatements,
  });

  return {
    async book(router, decide, rows = 1) {
      const job = { router, decide, rows };
      try {
        await bookInGroup(job);
      } catch (error) {
        if (!(error instanceof RouterHeldError)) throw error;
        // Beside the groups: a worker that hangs may hold a router for hours.
        await waiters.run(() => bookAll([job], lockRouters));
      }
    },
    forget: (router) => void books.delete(router),
  };
}

/** What is to be done once the transaction is committed, and not before. */
interface Attempt {
  readonly router: string;
  readonly page: RouterBook;
}

type LockRouters = typeof lockRouters;

interface Booked {
  readonly jobs: readonly Job[];
  readonly known: ReadonlyMap<string, RouterBook | undefined>;
  readonly lock: LockRouters;
}

async function bookOnce(
  transaction: DatabaseTransaction,
  kind: Database['kind'],
  { known, jobs, lock }: Booked,
): Promise<Attempt[]> {
  const names = jobs.map(({ router }) => router);
  const found = await lock(transaction, kind, names);
  const missing = names.filter((name) => !found.has(name));
  const added = await addRouters(transaction, kind, missing, lock);
  const attempts: Attempt[] = [];
  const decided: Decided[] = [];
  for (const { router: name, decide } of jobs) {
    const router = found.get(name) ?? added.get(name);
    if (router === undefined) throw new Error('a router that was just added is missing');
    const remembered = known.get(name);
    const book = remembered?.revision === router.revision ? remembered : await loadBook(transaction, router);
    const booking = decide(stateOf(router, book));
    if (booking !== null) {
      decided.push({ router, book, booking });
      continue;
    }
    // Another worker may have added it and booked, between our two looks.
    const isOurs = !found.has(name) && router.stamp === null;
    if (isOurs) await transaction.deleteFrom('routers').where('id', '=', BigInt(router.id)).execute();
    else attempts.push({ router: name, page: book });
  }
  if (decided.length === 0) return attempts;
  const bookings = await numberAll(transaction, kind, decided);
  await writeBookings(transaction, kind, bookings);
  for (const { router, page } of bookings) attempts.push({ router: router.name, page });
  return attempts;
}

type Decided = Pick<BookingToWrite, 'router' | 'booking'> & { readonly book: RouterBook };

async function numberAll(
  transaction: DatabaseTransaction,
  kind: Database['kind'],
  decided: readonly Decided[],
): Promise<BookingToWrite[]> {
  const asked = decided.map(({ router, book, booking }) => ({
    ...{ routerId: router.id, isNew: router.stamp === null, known: book.numbers },
    identities: [booking.changedBaselines, booking.queues],
  }));
  const numbered = await makeQueues(transaction, kind, asked);
  return decided.map(({ router, book, booking }, index) => ({
    ...{ router, booking },
    page: turnPage(book, booking, randomUUID(), numbered[index] ?? book.numbers),
  }));
}

/** Another worker may be adding one at this moment: then this waits for its commit. */
async function addRouters(
  transaction: DatabaseTransaction,
  kind: Database['kind'],
  names: readonly string[],
  lock: LockRouters,
): Promise<ReadonlyMap<string, RouterRow>> {
  if (names.length === 0) return new Map();
  const target = { table: 'routers', columns: ['name'], key: ['name'], replace: ['name'], add: [] } as const;
  const rows = names.map((name) => [name]);
  await runInOrder(transaction, bulkUpserts(kind, target, rows));
  return await lock(transaction, kind, names);
}
