import { countOf, integerOf, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import type { IncidentBook, IncidentState } from '../ports.ts';
import { type IncidentQueries, incidentQueries, incidentTransaction } from './schema.ts';

/** Incidents for people, kept in a database. */
export function createIncidentBook({ database }: { readonly database: Database }): IncidentBook {
  async function find(id: number): Promise<IncidentState | null> {
    const rows = await database.read((queries) =>
      joined(incidentQueries(queries)).where('i.id', '=', BigInt(id)).execute(),
    );
    return readEach(database, rows, toState)[0] ?? null;
  }

  return {
    find,
    async countOpen() {
      const rows = await database.read((queries) =>
        incidentQueries(queries)
          .selectFrom('incidents')
          .select(({ fn }) => ['kind', fn.countAll<bigint>().as('open')])
          .where('is_open', '=', 1n)
          .groupBy('kind')
          .execute(),
      );
      return new Map(rows.map((row) => [textOf('incidents.kind', row.kind), countOf('count(*)', row.open)] as const));
    },
    async list({ all, most }) {
      const rows = await database.read((queries) => {
        const query = joined(incidentQueries(queries));
        return (all ? query : query.where('i.is_open', '=', 1n))
          .orderBy('i.is_open', 'desc')
          .orderBy('i.opened_at', 'desc')
          .orderBy('i.id', 'desc')
          .limit(most)
          .execute();
      });
      return readEach(database, rows, toState);
    },
    async ofSubject(subject, most) {
      const rows = await database.read((queries) =>
        joined(incidentQueries(queries))
          .where('i.subject', '=', subject)
          .orderBy('i.is_open', 'desc')
          .orderBy('i.opened_at', 'desc')
          .orderBy('i.id', 'desc')
          .limit(most)
          .execute(),
      );
      return readEach(database, rows, toState);
    },
    async acknowledge(id, { by, at, note }) {
      await database.transaction(async (inside) => {
        const transaction = incidentTransaction(inside);
        const known = transaction.selectFrom('incidents').select('id').where('id', '=', BigInt(id));
        // Whoever acknowledges the same one waits here.
        const row = await (database.kind === 'mysql' ? known.forUpdate() : known).executeTakeFirst();
        if (row === undefined) return;
        const details = await transaction
          .selectFrom('incident_details')
          .select('acknowledged_by')
          .where('incident', '=', BigInt(id))
          .executeTakeFirst();
        const said = { acknowledged_by: by, acknowledged_at: BigInt(at), note };
        if (details === undefined) {
          const row = { incident: BigInt(id), summary: '', notice: null, ...said };
          await transaction.insertInto('incident_details').values(row).execute();
        } else if (details.acknowledged_by === null || details.acknowledged_by === by) {
          await transaction.updateTable('incident_details').set(said).where('incident', '=', BigInt(id)).execute();
        }
      });
      return await find(id);
    },
  };
}

function joined(queries: IncidentQueries) {
  return queries
    .selectFrom('incidents as i')
    .leftJoin('incident_details as d', 'd.incident', 'i.id')
    .select(['i.id', 'i.kind', 'i.subject', 'i.opened_at', 'i.closed_at'])
    .select(['d.summary', 'd.acknowledged_by', 'd.acknowledged_at', 'd.note']);
}

function toState(row: Awaited<ReturnType<ReturnType<typeof joined>['execute']>>[number]): IncidentState {
  const by = nullable(textOf, 'incident_details.acknowledged_by', row.acknowledged_by);
  return {
    id: countOf('incidents.id', row.id),
    kind: textOf('incidents.kind', row.kind),
    subject: textOf('incidents.subject', row.subject),
    summary: nullable(textOf, 'incident_details.summary', row.summary) ?? '',
    openedAt: integerOf('incidents.opened_at', row.opened_at),
    closedAt: nullable(integerOf, 'incidents.closed_at', row.closed_at),
    acknowledged:
      by === null
        ? null
        : {
            by,
            at: integerOf('incident_details.acknowledged_at', row.acknowledged_at),
            note: nullable(textOf, 'incident_details.note', row.note) ?? '',
          },
  };
}
