import { countOf, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import { inParts } from '../../platform/store/in-parts.ts';
import type { IncidentWriter } from '../ports.ts';
import { close, describe, findOpen, open } from './incident-store.ts';
import { type IncidentTransaction, incidentTransaction } from './schema.ts';

const SUBJECTS_AT_ONCE = 200;

/** Opens and closes incidents of a database, within the caller's transaction. */
export function createIncidentWriter({
  database,
}: {
  readonly database: Database;
}): IncidentWriter<DatabaseTransaction> {
  return {
    async open(transaction, kind, raised) {
      const incidents = incidentTransaction(transaction);
      if (!(await open(incidents, database.kind, kind, raised))) return;
      await describe(incidents, [raised], await findOpen(incidents, kind, [raised.subject]), []);
    },
    async close(transaction, kind, { subject, closedAt }) {
      await close(incidentTransaction(transaction), { kind, subject }, closedAt);
    },
    async link(transaction, notice, about, tellsOf) {
      const incidents = incidentTransaction(transaction);
      const found = await findAll(incidents, about);
      const [first, ...others] = found;
      const incident = first === undefined || others.length > 0 ? null : first.id;
      if (tellsOf === 'end') {
        const told = new Set(found.map((each) => each.notice));
        const [answers = null] = told;
        return { ...notice, incident, answers: told.size === 1 ? answers : null };
      }
      await inParts(found, SUBJECTS_AT_ONCE, async (part) => {
        await incidents
          .updateTable('incident_details')
          .set({ notice: notice.id })
          .where(
            'incident',
            'in',
            part.map(({ id }) => BigInt(id)),
          )
          .execute();
        return [];
      });
      return { ...notice, incident };
    },
  };
}

interface Found {
  readonly id: number;
  /** The notice that told of its opening. */
  readonly notice: string | null;
}

async function findAll(
  transaction: IncidentTransaction,
  about: Parameters<IncidentWriter<DatabaseTransaction>['link']>[2],
): Promise<Found[]> {
  const byKind = Map.groupBy(about, ({ kind }) => kind);
  const found: Found[] = [];
  for (const [kind, wanted] of byKind) {
    const openedAt = new Map(wanted.map((each) => [each.subject, each.openedAt]));
    const rows = await inParts([...openedAt.keys()], SUBJECTS_AT_ONCE, (part) =>
      transaction
        .selectFrom('incidents as i')
        .leftJoin('incident_details as d', 'd.incident', 'i.id')
        .select(['i.id', 'i.subject', 'i.opened_at', 'd.notice'])
        .where('i.kind', '=', kind)
        .where('i.subject', 'in', part)
        .where('i.opened_at', 'in', [...new Set(openedAt.values())].map(BigInt))
        .execute(),
    );
    for (const row of rows) {
      if (openedAt.get(textOf('incidents.subject', row.subject)) !== Number(row.opened_at)) continue;
      found.push({
        id: countOf('incidents.id', row.id),
        notice: nullable(textOf, 'incident_details.notice', row.notice),
      });
    }
  }
  return found;
}
