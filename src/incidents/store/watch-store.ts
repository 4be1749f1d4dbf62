import { integerOf, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import type { RouterWatch, RouterWatches } from '../ports.ts';
import { close, open } from './incident-store.ts';
import { type IncidentTransaction, incidentQueries, incidentTransaction } from './schema.ts';

/** What is known of the routers' being read, kept in a database. */
export function createWatchStore({ database }: { readonly database: Database }): RouterWatches {
  return {
    watch: (routers, now) =>
      routers.length === 0
        ? Promise.resolve([])
        : database.transaction((transaction) => watch(incidentTransaction(transaction), database, routers, now)),
    async abandoned(since) {
      const rows = await database.read((queries) =>
        incidentQueries(queries)
          .selectFrom('incidents as i')
          .leftJoin('router_states as s', 's.router', 'i.subject')
          .select('i.subject')
          .where('i.kind', '=', 'blind')
          .where('i.is_open', '=', 1n)
          .where((where) => where.or([where('s.noted_at', 'is', null), where('s.noted_at', '<', BigInt(since))]))
          .execute(),
      );
      return readEach(database, rows, ({ subject }) => textOf('incidents.subject', subject));
    },
  };
}

async function watch(
  transaction: IncidentTransaction,
  database: Database,
  routers: readonly string[],
  now: number,
): Promise<RouterWatch[]> {
  let known = await load(transaction, database, routers);
  const missing = routers.filter((router) => !known.has(router));
  if (missing.length > 0) {
    const insert = transaction
      .insertInto('router_watches')
      .values(missing.map((router) => ({ router, watched_since: BigInt(now), blind_since: null })));
    await (database.kind === 'mysql'
      ? insert.ignore()
      : insert.onConflict((conflict) => conflict.doNothing())
    ).execute();
    known = await load(transaction, database, routers);
  }
  const watches: RouterWatch[] = [];
  for (const router of routers) {
    const found = known.get(router);
    if (found === undefined) continue;
    const { toldSince, ...asKnown } = found;
    if ((toldSince === null) !== (asKnown.blindSince === null)) await learn(transaction, database, found, now);
    watches.push({ ...asKnown, blindSince: toldSince });
  }
  return watches;
}

interface FoundWatch extends RouterWatch {
  /** What was written for and by workers of the version before. */
  readonly toldSince: number | null;
}

/** A worker of the version before has told people that the router is blind, or that it is read again. */
async function learn(
  transaction: IncidentTransaction,
  database: Database,
  { router, blindSince, toldSince }: FoundWatch,
  now: number,
): Promise<void> {
  if (toldSince !== null) await open(transaction, database.kind, 'blind', { subject: router, openedAt: toldSince });
  else if (blindSince !== null) await close(transaction, { kind: 'blind', subject: router, openedAt: blindSince }, now);
}

/** A router whose row is odd is watched no more until somebody mends it; all others are. */
async function load(
  transaction: IncidentTransaction,
  database: Database,
  routers: readonly string[],
): Promise<Map<string, FoundWatch>> {
  const rows = await transaction
    .selectFrom('router_watches as w')
    .leftJoin('routers as r', 'r.name', 'w.router')
    .leftJoin('incidents as i', (join) =>
      join.onRef('i.subject', '=', 'w.router').on('i.kind', '=', 'blind').on('i.is_open', '=', 1n),
    )
    .select(['w.router', 'w.watched_since', 'w.blind_since', 'r.sampled_at', 'i.opened_at'])
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
          toldSince: nullable(integerOf, 'router_watches.blind_since', row.blind_since),
          blindSince: nullable(integerOf, 'incidents.opened_at', row.opened_at),
          lastReadAt: nullable(integerOf, 'routers.sampled_at', row.sampled_at),
        },
      ] as const;
    }),
  );
}
