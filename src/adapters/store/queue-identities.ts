import { bulkUpsert } from './bulk.ts';
import { flagOf, integerOf, textOf } from './columns.ts';
import type { Database, DatabaseTransaction } from './database.ts';

/** What bytes are booked to: one row of `queues`. */
export interface QueueIdentity {
  readonly name: string;
  readonly user: string;
  readonly isParent: boolean;
}

/** Names asked for in one statement: at 255 characters of 4 bytes each still far below every limit. */
const NAMES_AT_ONCE = 1000;

/** Unambiguous for any names: the length tells where the name ends. */
export function queueKey({ name, user, isParent }: QueueIdentity): string {
  return `${isParent ? 'parent' : 'leaf'} ${name.length} ${name}${user}`;
}

/**
 * Numbers, by `queueKey`, of those identities of a locked router that are not in `known`; those that have no row yet get one.
 * Their numbers are good only if the transaction is committed.
 */
export async function makeQueues(
  transaction: DatabaseTransaction,
  kind: Database['kind'],
  routerId: number,
  known: ReadonlyMap<string, number>,
  identities: readonly QueueIdentity[],
): Promise<Map<string, number>> {
  const wanted = new Map<string, QueueIdentity>();
  for (const identity of identities) {
    const key = queueKey(identity);
    if (!known.has(key)) wanted.set(key, identity);
  }
  const ids = new Map<string, number>();
  if (wanted.size === 0) return ids;
  const names = [...new Set([...wanted.values()].map(({ name }) => name))];
  await findQueues(transaction, routerId, names, wanted, ids);
  const missing = [...wanted].filter(([key]) => !ids.has(key)).map(([, identity]) => identity);
  if (missing.length === 0) return ids;
  await bulkUpsert(
    transaction,
    kind,
    {
      table: 'queues',
      columns: ['router_id', 'name', 'user', 'is_parent'],
      key: ['router_id', 'name', 'user', 'is_parent'],
      replace: ['is_parent'],
      add: [],
    },
    missing.map(({ name, user, isParent }) => [routerId, name, user, isParent ? 1 : 0]),
  );
  await findQueues(transaction, routerId, [...new Set(missing.map(({ name }) => name))], wanted, ids);
  return ids;
}

/** Puts the numbers of the `wanted` identities of these names into `ids`. */
async function findQueues(
  transaction: DatabaseTransaction,
  routerId: number,
  names: readonly string[],
  wanted: ReadonlyMap<string, QueueIdentity>,
  ids: Map<string, number>,
) {
  for (let start = 0; start < names.length; start += NAMES_AT_ONCE) {
    const rows = await transaction
      .selectFrom('queues')
      .select(['id', 'name', 'user', 'is_parent'])
      .where('router_id', '=', BigInt(routerId))
      .where('name', 'in', names.slice(start, start + NAMES_AT_ONCE))
      .execute();
    for (const row of rows) {
      const key = queueKey({
        name: textOf('queues.name', row.name),
        user: textOf('queues.user', row.user),
        isParent: flagOf('queues.is_parent', row.is_parent),
      });
      if (wanted.has(key)) ids.set(key, integerOf('queues.id', row.id));
    }
  }
}
