import type { OutgoingNotice } from '../../notices/notice.ts';
import type { NoticeWriter } from '../../notices/ports.ts';
import { AlreadyThere, unlessAlreadyThere } from '../../platform/store/already-there.ts';
import { countOf, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import { inParts } from '../../platform/store/in-parts.ts';
import { shorten } from '../../runtime/format.ts';
import type { IncidentKind, Incidents, Raised } from '../ports.ts';
import { type IncidentTransaction, incidentTransaction } from './schema.ts';

const SUBJECTS_AT_ONCE = 200;
const LONGEST_SUMMARY = 1000;

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
          const opened = await findOpen(incidents, kind, subjectsOf(raised));
          await describe(incidents, raised, opened, notices);
          await writer.write(
            transaction,
            notices.map((notice) => about(notice, opened)),
          );
        }),
      ),
    clear: (kind, { subjects, closedAt }, notices) =>
      unlessAlreadyThere(
        database.transaction(async (transaction) => {
          const incidents = incidentTransaction(transaction);
          const opened = await findOpen(incidents, kind, subjects);
          for (const subject of subjects) {
            if (kind === 'blind') await tellOlderWorkers(incidents, subject, null);
            if (!(await close(incidents, { kind, subject }, closedAt))) throw new AlreadyThere();
          }
          await writer.write(
            transaction,
            notices.map((notice) => ({ ...about(notice, opened), answers: toldBy(notice, opened) })),
          );
        }),
      ),
  };
}

interface OpenIncident {
  readonly id: number;
  /** The notice that told of its opening. */
  readonly notice: string | null;
}

type OpenIncidents = ReadonlyMap<string, OpenIncident>;

/** By their subject. */
export async function findOpen(
  transaction: IncidentTransaction,
  kind: IncidentKind,
  subjects: readonly string[],
): Promise<OpenIncidents> {
  const rows = await inParts(subjects, SUBJECTS_AT_ONCE, (part) =>
    transaction
      .selectFrom('incidents as i')
      .leftJoin('incident_details as d', 'd.incident', 'i.id')
      .select(['i.id', 'i.subject', 'd.notice'])
      .where('i.kind', '=', kind)
      .where('i.subject', 'in', part)
      .where('i.is_open', '=', 1n)
      .execute(),
  );
  return new Map(
    rows.map((row) => [
      textOf('incidents.subject', row.subject),
      { id: countOf('incidents.id', row.id), notice: nullable(textOf, 'incident_details.notice', row.notice) },
    ]),
  );
}

/** Keeps what is wrong in words, and the notice that tells of it. */
export async function describe(
  transaction: IncidentTransaction,
  raised: readonly Raised[],
  opened: OpenIncidents,
  notices: readonly OutgoingNotice[],
): Promise<void> {
  const noticeOf = new Map(notices.flatMap(({ id, devices }) => devices.map((device) => [device, id] as const)));
  const rows = raised.flatMap(({ subject, summary }) => {
    const incident = opened.get(subject);
    if (incident === undefined) return [];
    const words = { summary: shorten(summary, LONGEST_SUMMARY), notice: noticeOf.get(subject) ?? null };
    return [{ incident: BigInt(incident.id), ...words, acknowledged_by: null, acknowledged_at: null, note: null }];
  });
  await inParts(rows, SUBJECTS_AT_ONCE, async (part) => {
    await transaction
      .insertInto('incident_details')
      .values([...part])
      .execute();
    return [];
  });
}

/** The notice with the id of the incident that it is about, where that is one alone. */
function about(notice: OutgoingNotice, opened: OpenIncidents): OutgoingNotice {
  const [device = '', ...others] = notice.devices;
  return { ...notice, incident: others.length > 0 ? null : (opened.get(device)?.id ?? null) };
}

/** The one notice that told of all these devices; `null`: there is none. */
function toldBy({ devices }: OutgoingNotice, opened: OpenIncidents): string | null {
  const told = new Set(devices.map((device) => opened.get(device)?.notice ?? null));
  const [notice = null] = told;
  return told.size === 1 ? notice : null;
}

function subjectsOf(raised: readonly Raised[]): string[] {
  return raised.map(({ subject }) => subject);
}

/** `false`: there is an open one. */
export async function open(
  transaction: IncidentTransaction,
  database: Database['kind'],
  kind: IncidentKind,
  { subject, openedAt }: Pick<Raised, 'subject' | 'openedAt'>,
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
