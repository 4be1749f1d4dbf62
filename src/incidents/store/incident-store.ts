import type { NoticeWriter } from '../../notices/ports.ts';
import { AlreadyThere, unlessAlreadyThere } from '../../platform/store/already-there.ts';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import type { IncidentKind, Incidents, Raised } from '../ports.ts';
import { type IncidentTransaction, incidentTransaction } from './schema.ts';

/** What is wrong, kept in a database. */
export function createIncidentStore({
  database,
  notices: writer,
}: {
  readonly database: Database;
  readonly notices: NoticeWriter<DatabaseTransaction>;
}): Incidents {
  return {
    raise: (kind, raised, notices) =>
      unlessAlreadyThere(
        database.transaction(async (transaction) => {
          const incidents = incidentTransaction(transaction);
          for (const one of raised) {
            if (kind === 'blind') await tellOlderWorkers(incidents, one.subject, one.openedAt);
            if (!(await open(incidents, database.kind, kind, one))) throw new AlreadyThere();
          }
          await writer.write(transaction, notices);
        }),
      ),
    clear: (kind, { subjects, closedAt }, notices) =>
      unlessAlreadyThere(
        database.transaction(async (transaction) => {
          const incidents = incidentTransaction(transaction);
          for (const subject of subjects) {
            if (kind === 'blind') await tellOlderWorkers(incidents, subject, null);
            if (!(await close(incidents, { kind, subject }, closedAt))) throw new AlreadyThere();
          }
          await writer.write(transaction, notices);
        }),
      ),
  };
}

/** `false`: there is an open one. */
export async function open(
  transaction: IncidentTransaction,
  database: Database['kind'],
  kind: IncidentKind,
  { subject, openedAt }: Raised,
): Promise<boolean> {
  const insert = transaction
    .insertInto('incidents')
    .values({ kind, subject, opened_at: BigInt(openedAt), closed_at: null, is_open: 1n });
  const { numInsertedOrUpdatedRows } = await (database === 'mysql'
    ? insert.ignore()
    : insert.onConflict((conflict) => conflict.doNothing())
  ).executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** `false`: there is no open one. */
export async function close(
  transaction: IncidentTransaction,
  { kind, subject, openedAt }: { readonly kind: IncidentKind; readonly subject: string; readonly openedAt?: number },
  closedAt: number,
): Promise<boolean> {
  let update = transaction
    .updateTable('incidents')
    .set({ closed_at: BigInt(closedAt), is_open: null })
    .where('kind', '=', kind)
    .where('subject', '=', subject)
    .where('is_open', '=', 1n);
  if (openedAt !== undefined) update = update.where('opened_at', '=', BigInt(openedAt));
  const { numUpdatedRows } = await update.executeTakeFirst();
  return numUpdatedRows === 1n;
}

/**
 * A worker of the version before, which may still run beside this one, knows a blind router by this column alone: without it people would
 * be told twice. It is read by `watch`.
 */
async function tellOlderWorkers(
  transaction: IncidentTransaction,
  router: string,
  blindSince: number | null,
): Promise<void> {
  const update = transaction
    .updateTable('router_watches')
    .set({ blind_since: blindSince === null ? null : BigInt(blindSince) })
    .where('router', '=', router)
    .where('blind_since', blindSince === null ? 'is not' : 'is', null);
  const { numUpdatedRows } = await update.executeTakeFirst();
  if (numUpdatedRows !== 1n) throw new AlreadyThere();
}
