import { bulkUpserts, runInOrder } from '../../platform/store/bulk.ts';
import { flagOf, integerOf, textOf } from '../../platform/store/columns.ts';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';

/** What bytes are booked to: one row of `queues`. */
export interface QueueIdentity {
  readonly name: string;
  readonly user: string;
  readonly isParent: boolean;
}

interface NumberedQueue extends QueueIdentity {
  readonly id: number;
}

/** A queue, linked to the next one of the same name: an array for each would add much to the memory per queue. */
interface Numbered extends NumberedQueue {
  readonly next: Numbered | undefined;
}

/** Numbers of rows of `queues`. By name, because nearly every name has one row only. */
export type QueueNumbers = ReadonlyMap<string, Numbered>;

/** Names asked for in one statement: at 255 characters of 4 bytes each still far below every limit. */
const NAMES_AT_ONCE = 1000;

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

/**
 * Gives `known` with the numbers of all `identities` in it; those that have no row yet get one. The router must be locked.
 * The result is good only if the transaction is committed.
 */
export async function makeQueues(
  transaction: DatabaseTransaction,
  kind: Database['kind'],
  routerId: number,
  known: QueueNumbers,
  ...identities: readonly Iterable<QueueIdentity>[]
): Promise<QueueNumbers> {
  const unknown: QueueIdentity[] = [];
  // No chain of iterators: of 20,000 identities a poll each step of one is garbage.
  for (const some of identities) {
    for (const identity of some) if (numberOf(known, identity) === undefined) unknown.push(identity);
  }
  if (unknown.length === 0) return known;
  const numbers = new Map(known);
  await findQueues(transaction, routerId, unknown, numbers);
  const missing = unknown.filter((identity) => numberOf(numbers, identity) === undefined);
  if (missing.length === 0) return numbers;
  const target = {
    table: 'queues',
    columns: ['router_id', 'name', 'user', 'is_parent'],
    key: ['router_id', 'name', 'user', 'is_parent'],
    replace: ['is_parent'],
    add: [],
  } as const;
  const rows = missing.map(({ name, user, isParent }) => [routerId, name, user, isParent ? 1 : 0]);
  await runInOrder(transaction, bulkUpserts(kind, target, rows));
  await findQueues(transaction, routerId, missing, numbers);
  return numbers;
}

/** Adds the numbers of all rows that have one of the names. */
async function findQueues(
  transaction: DatabaseTransaction,
  routerId: number,
  identities: readonly QueueIdentity[],
  numbers: Map<string, Numbered>,
) {
  const names = [...new Set(identities.map(({ name }) => name))];
  for (let start = 0; start < names.length; start += NAMES_AT_ONCE) {
    const rows = await transaction
      .selectFrom('queues')
      .select(['id', 'name', 'user', 'is_parent'])
      .where('router_id', '=', BigInt(routerId))
      .where('name', 'in', names.slice(start, start + NAMES_AT_ONCE))
      .execute();
    for (const row of rows) {
      addNumber(numbers, {
        id: integerOf('queues.id', row.id),
        name: textOf('queues.name', row.name),
        user: textOf('queues.user', row.user),
        isParent: flagOf('queues.is_parent', row.is_parent),
      });
    }
  }
}
