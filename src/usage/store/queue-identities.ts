import type { Selectable } from 'kysely';
import { bulkUpserts, runInOrder } from '../../platform/store/bulk.ts';
import { flagOf, integerOf, textOf } from '../../platform/store/columns.ts';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import { inParts } from '../../platform/store/in-parts.ts';
import type { Schema } from '../../platform/store/schema.ts';

/** What bytes are booked to: one row of `queues`. */
export interface QueueIdentity {
  readonly name: string;
  readonly user: string;
  readonly isParent: boolean;
}

export interface NumberedQueue extends QueueIdentity {
  readonly id: number;
}

/** A queue, linked to the next one of the same name: an array for each would add much to the memory per queue. */
interface Numbered extends NumberedQueue {
  readonly next: Numbered | undefined;
}

/** Numbers of rows of `queues`. By name, because nearly every name has one row only. */
export type QueueNumbers = ReadonlyMap<string, Numbered>;

/** Names, or numbers, asked for in one statement: at 255 characters of 4 bytes each still far below every limit. */
const ASKED_AT_ONCE = 1000;

export function numberOf(numbers: QueueNumbers, { name, user, isParent }: QueueIdentity): number | undefined {
  // Asked some times for each queue of each poll: a closure for each would be a good part of the answer.
  for (let queue = numbers.get(name); queue !== undefined; queue = queue.next) {
    if (queue.user === user && queue.isParent === isParent) return queue.id;
  }
  return undefined;
}

/** Adds a number unless it is there. */
export function addNumber(numbers: Map<string, Numbered>, { id, name, user, isParent }: NumberedQueue): void {
  if (numberOf(numbers, { name, user, isParent }) !== undefined) return;
  // Most queues are their own user: one text for both.
  numbers.set(name, { id, name, user: user === name ? name : user, isParent, next: numbers.get(name) });
}

/** A locked router and the queues that are to have numbers. */
export interface QueuesToNumber {
  readonly routerId: number;
  /** Whether nothing was ever booked for it: then it has no queues yet. */
  readonly isNew: boolean;
  readonly known: QueueNumbers;
  readonly identities: readonly Iterable<QueueIdentity>[];
}

interface Unnumbered {
  readonly router: QueuesToNumber;
  readonly numbers: Map<string, Numbered>;
  missing: QueueIdentity[];
}

/**
 * Gives for each router its `known` with the numbers of all its queues in it; those that have no row yet get one. The result is good only if
 * the transaction is committed.
 */
export async function makeQueues(
  transaction: DatabaseTransaction,
  kind: Database['kind'],
  routers: readonly QueuesToNumber[],
): Promise<QueueNumbers[]> {
  const unnumbered = new Map<QueuesToNumber, Unnumbered>();
  for (const router of routers) {
    const missing = missingIn(router.known, router.identities);
    if (missing.length === 0) continue;
    unnumbered.set(router, { router, numbers: new Map(router.known), missing });
  }
  for (const some of unnumbered.values()) {
    if (some.router.isNew) continue;
    await findQueues(transaction, some);
    some.missing = missingIn(some.numbers, [some.missing]);
  }
  await addQueues(
    transaction,
    kind,
    [...unnumbered.values()].filter(({ missing }) => missing.length > 0),
  );
  return routers.map((router) => unnumbered.get(router)?.numbers ?? router.known);
}

function missingIn(numbers: QueueNumbers, identities: readonly Iterable<QueueIdentity>[]): QueueIdentity[] {
  const missing: QueueIdentity[] = [];
  // No chain of iterators: of 20,000 identities a poll each step of one is garbage.
  for (const some of identities) {
    for (const identity of some) if (numberOf(numbers, identity) === undefined) missing.push(identity);
  }
  return missing;
}

async function addQueues(
  transaction: DatabaseTransaction,
  kind: Database['kind'],
  unnumbered: readonly Unnumbered[],
): Promise<void> {
  const target = {
    table: 'queues',
    columns: ['router_id', 'name', 'user', 'is_parent'],
    key: ['router_id', 'name', 'user', 'is_parent'],
    replace: ['is_parent'],
    add: [],
  } as const;
  const rows = unnumbered.flatMap(({ router: { routerId }, missing }) =>
    missing.map(({ name, user, isParent }) => [routerId, name, user, isParent ? 1 : 0]),
  );
  await runInOrder(transaction, bulkUpserts(kind, target, rows));
  await findAllQueues(
    transaction,
    unnumbered.filter(({ router }) => router.isNew),
  );
  for (const some of unnumbered) if (!some.router.isNew) await findQueues(transaction, some);
}

/** Adds the numbers of all rows that have the name of a missing queue. */
async function findQueues(transaction: DatabaseTransaction, { router, numbers, missing }: Unnumbered): Promise<void> {
  const names = [...new Set(missing.map(({ name }) => name))];
  const rows = await inParts(names, ASKED_AT_ONCE, (some) =>
    selectQueues(transaction, [router.routerId]).where('name', 'in', some).execute(),
  );
  for (const row of rows) addNumber(numbers, numberedOf(row));
}

/** Adds the numbers of all queues of the routers. */
async function findAllQueues(transaction: DatabaseTransaction, routers: readonly Unnumbered[]): Promise<void> {
  if (routers.length === 0) return;
  const byId = new Map(routers.map(({ router, numbers }) => [router.routerId, numbers]));
  for (const row of await selectQueues(transaction, [...byId.keys()]).execute()) {
    const numbers = byId.get(integerOf('queues.router_id', row.router_id));
    if (numbers !== undefined) addNumber(numbers, numberedOf(row));
  }
}

/** The queues of these numbers; those that this router has none of are missing in the result. */
export async function findByNumber(
  transaction: DatabaseTransaction,
  routerId: number,
  wanted: ReadonlySet<number>,
): Promise<ReadonlyMap<number, NumberedQueue>> {
  const rows = await inParts([...wanted], ASKED_AT_ONCE, (ids) =>
    transaction
      .selectFrom('queues')
      .select(['router_id', 'id', 'name', 'user', 'is_parent'])
      .where('id', 'in', ids.map(BigInt))
      .execute(),
  );
  const found = new Map<number, NumberedQueue>();
  for (const row of rows) {
    // Not asked of the database: it would perhaps look through all queues of the router for each statement.
    if (integerOf('queues.router_id', row.router_id) !== routerId) continue;
    const queue = numberedOf(row);
    found.set(queue.id, queue);
  }
  return found;
}

function selectQueues(transaction: DatabaseTransaction, routerIds: readonly number[]) {
  return transaction
    .selectFrom('queues')
    .select(['router_id', 'id', 'name', 'user', 'is_parent'])
    .where('router_id', 'in', routerIds.map(BigInt));
}

function numberedOf(row: Pick<Selectable<Schema['queues']>, 'id' | 'name' | 'user' | 'is_parent'>): NumberedQueue {
  return {
    id: integerOf('queues.id', row.id),
    name: textOf('queues.name', row.name),
    user: textOf('queues.user', row.user),
    isParent: flagOf('queues.is_parent', row.is_parent),
  };
}
