import { type Selectable, sql } from 'kysely';
import { doubleOf, flagOf, integerOf, invalid, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import { isConflict } from '../../platform/store/errors.ts';
import type { Schema } from '../../platform/store/schema.ts';
import type { Baseline, RouterState, SampleStamp } from '../accounting/counter.ts';
import type { Booking } from '../ports.ts';
import { baselinesOf, type StoredBaseline } from './baseline-parts.ts';
import { addNumber, findByNumber, type QueueNumbers } from './queue-identities.ts';

/** A router's row, locked. */
export interface RouterRow {
  readonly id: number;
  readonly name: string;
  readonly revision: string;
  /** `null` before the first sample. */
  readonly stamp: SampleStamp | null;
  readonly hadUnidentifiedRows: boolean;
}

/**
 * What the ledger remembers of a router between two polls, so that it need not read 10,000 rows each time. It is true only
 * while the router's row has the same `revision`: every booking and every purge of queues changes that.
 */
export interface RouterBook {
  readonly revision: string;
  readonly baselines: ReadonlyMap<string, Baseline>;
  readonly numbers: QueueNumbers;
}

/** Somebody else has locked one of the routers. */
export class RouterHeldError extends Error {}

type FoundRouter = Selectable<Schema['routers']>;
type FoundRow = FoundRouter & { readonly boot_id: string | null };

/** With the key that MySQL is to find the rows by: by any other way it would lock rows that are not asked for. */
const BY_NAME = sql`routers FORCE INDEX (routers_name)`;

/** Locks the rows of routers to the end of the transaction, and waits for them; those that have none are missing in the result. */
export async function lockRouters(
  transaction: DatabaseTransaction,
  kind: Database['kind'],
  names: readonly string[],
): Promise<ReadonlyMap<string, RouterRow>> {
  const query = findRouters(transaction, kind, names);
  // SQLite has no row locks: there the transaction itself is the lock.
  return byName(await (kind === 'mysql' ? query.forUpdate() : query).execute());
}

/** The same, but waits for none: throws a `RouterHeldError` when somebody else has locked one. */
export async function lockFreeRouters(
  transaction: DatabaseTransaction,
  kind: Database['kind'],
  names: readonly string[],
): Promise<ReadonlyMap<string, RouterRow>> {
  if (kind !== 'mysql') return lockRouters(transaction, kind, names);
  try {
    return byName(await findRouters(transaction, kind, names).forUpdate().noWait().execute());
  } catch (error) {
    // Not an error of the database any more: the same transaction would be tried again, and keep the others waiting.
    if (isConflict(error)) throw new RouterHeldError('somebody else has locked a router');
    throw error;
  }
}

function findRouters(transaction: DatabaseTransaction, kind: Database['kind'], names: readonly string[]) {
  return transaction
    .selectFrom(sql<FoundRouter>`routers`.as<'routers'>(kind === 'mysql' ? BY_NAME : sql`routers`))
    .selectAll()
    .select((row) =>
      row
        .selectFrom('router_clocks as c')
        .select('c.boot_id')
        .whereRef('c.router_id', '=', 'routers.id')
        .whereRef('c.reader', '=', 'routers.reader')
        .as('boot_id'),
    )
    .where('name', 'in', names);
}

function byName(rows: readonly FoundRow[]): ReadonlyMap<string, RouterRow> {
  return new Map(rows.map(routerOf).map((router) => [router.name, router]));
}

function routerOf(row: FoundRow): RouterRow {
  return {
    id: integerOf('routers.id', row.id),
    name: textOf('routers.name', row.name),
    revision: textOf('routers.revision', row.revision),
    hadUnidentifiedRows: flagOf('routers.had_unidentified_rows', row.had_unidentified_rows),
    stamp:
      row.sampled_at === null
        ? null
        : {
            sampledAt: integerOf('routers.sampled_at', row.sampled_at),
            uptimeMs: integerOf('routers.uptime_ms', row.uptime_ms),
            endUptimeMs: doubleOf('routers.end_uptime_ms', row.end_uptime_ms),
            monotonicMs: doubleOf('routers.monotonic_ms', row.monotonic_ms),
            reader: textOf('routers.reader', row.reader),
            bootId: nullable(textOf, 'router_clocks.boot_id', row.boot_id),
            serial: nullable(textOf, 'routers.serial', row.serial),
          },
  };
}

/** Reads the book of a locked router. */
export async function loadBook(transaction: DatabaseTransaction, router: RouterRow): Promise<RouterBook> {
  const baselines = new Map<string, Baseline>();
  const numbers: Parameters<typeof addNumber>[0] = new Map();
  // Baselines come with the first sample, not before.
  if (router.stamp === null) return { revision: router.revision, baselines, numbers };
  const stored = await loadBaselines(transaction, BigInt(router.id));
  const queues = await findByNumber(transaction, router.id, new Set(stored.map(({ queueId }) => queueId)));
  for (const { queueId, seenAt, ...row } of stored) {
    const queue = queues.get(queueId);
    // Left out it would be a row that is new in the next sample, whose bytes are booked whole.
    if (queue === undefined) throw invalid('baseline_parts.packed', `queue ${queueId}`);
    if (baselines.has(row.id)) throw invalid('baseline_parts.packed', row.id);
    const { name, user, isParent } = queue;
    baselines.set(row.id, { ...row, name, user, isParent, seenAt: seenAt ?? router.stamp.sampledAt });
    addNumber(numbers, queue);
  }
  return { revision: router.revision, baselines, numbers };
}

/** All baselines of a locked router. */
export async function loadBaselines(transaction: DatabaseTransaction, routerId: bigint): Promise<StoredBaseline[]> {
  const parts = await transaction
    .selectFrom('baseline_parts')
    .select(['part', 'listed', 'packed'])
    .where('router_id', '=', routerId)
    .execute();
  return parts.flatMap(baselinesOf);
}

/** The router's state as the core knows it; `null` before the first sample. */
export function stateOf(router: RouterRow, book: RouterBook): RouterState | null {
  if (router.stamp === null) return null;
  return { ...router.stamp, hadUnidentifiedRows: router.hadUnidentifiedRows, baselines: book.baselines };
}

/** The book with a booking in it, for when that is committed; a new object, so that the state given to `decide` does not change. */
export function turnPage(book: RouterBook, booking: Booking, revision: string, numbers: QueueNumbers): RouterBook {
  const { sampledAt } = booking.stamp;
  const baselines = new Map(book.baselines);
  for (const id of booking.removedBaselineIds) baselines.delete(id);
  for (const baseline of booking.changedBaselines) baselines.set(baseline.id, baseline);
  for (const baseline of baselines.values()) {
    if (baseline.presence !== 'present' || baseline.seenAt === sampledAt) continue;
    baselines.set(baseline.id, { ...baseline, seenAt: sampledAt });
  }
  return { revision, baselines, numbers };
}
