import type { MailWriter } from '../../notices/ports.ts';
import { AlreadyThere, unlessAlreadyThere } from '../../platform/store/already-there.ts';
import { integerOf, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import type { RouterWatch, RouterWatches, WatchChange } from '../ports.ts';
import { type WatchTransaction, watchTransaction } from './schema.ts';

/** What is known of the routers' being read, kept in a database. */
export function createWatchStore({
  database,
  mails: mailWriter,
}: {
  readonly database: Database;
  readonly mails: MailWriter<DatabaseTransaction>;
}): RouterWatches {
  return {
    watch: (routers, now) =>
      routers.length === 0
        ? Promise.resolve([])
        : database.transaction((transaction) => watch(watchTransaction(transaction), database, routers, now)),
    change: (changes, mails) =>
      unlessAlreadyThere(
        database.transaction(async (transaction) => {
          const watches = watchTransaction(transaction);
          for (const one of changes) await change(watches, one);
          await mailWriter.write(transaction, mails);
        }),
      ),
  };
}

async function watch(
  transaction: WatchTransaction,
  database: Database,
  routers: readonly string[],
  now: number,
): Promise<RouterWatch[]> {
  const known = await load(transaction, database, routers);
  const missing = routers.filter((router) => !known.has(router));
  if (missing.length > 0) {
    const insert = transaction
      .insertInto('router_watches')
      .values(missing.map((router) => ({ router, watched_since: BigInt(now), blind_since: null })));
    await (database.kind === 'mysql'
      ? insert.ignore()
      : insert.onConflict((conflict) => conflict.doNothing())
    ).execute();
  }
  const all = missing.length > 0 ? await load(transaction, database, routers) : known;
  return routers.flatMap((router) => all.get(router) ?? []);
}

/** A router whose row is odd is watched no more until somebody mends it; all others are. */
async function load(
  transaction: WatchTransaction,
  database: Database,
  routers: readonly string[],
): Promise<Map<string, RouterWatch>> {
  const rows = await transaction
    .selectFrom('router_watches as w')
    .leftJoin('routers as r', 'r.name', 'w.router')
    .select(['w.router', 'w.watched_since', 'w.blind_since', 'r.sampled_at'])
    .where('w.router', 'in', routers)
    .execute();
  return new Map(
    readEach(database, rows, (row) => {
      const router = textOf('router_watches.router', row.router);
      return [
        router,
        {
          router,
          watchedSince: integerOf('router_watches.watched_since', row.watched_since),
          blindSince: nullable(integerOf, 'router_watches.blind_since', row.blind_since),
          lastReadAt: nullable(integerOf, 'routers.sampled_at', row.sampled_at),
        },
      ] as const;
    }),
  );
}

async function change(transaction: WatchTransaction, { router, from, to }: WatchChange) {
  const update = transaction
    .updateTable('router_watches')
    .set({ blind_since: to === null ? null : BigInt(to) })
    .where('router', '=', router);
  const unchanged =
    from === null ? update.where('blind_since', 'is', null) : update.where('blind_since', '=', BigInt(from));
  const { numUpdatedRows } = await unchanged.executeTakeFirst();
  if (numUpdatedRows !== 1n) throw new AlreadyThere();
}
