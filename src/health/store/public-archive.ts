import { integerOf, textOf, wordOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import type { HealthArchive } from '../ports.ts';
import type { PublicArchive } from '../public-status.ts';
import { STATES } from '../state.ts';
import { loadRecords } from './health-store.ts';
import { healthQueries } from './schema.ts';

/** What is stored of a few devices, for the pages that everybody may see. */
export function createPublicArchive({
  database,
  archive,
}: {
  readonly database: Database;
  readonly archive: Pick<HealthArchive, 'watched'>;
}): PublicArchive {
  return {
    async read(devices, fromAt) {
      const { isWatched } = await archive.watched();
      const records = await loadRecords(database, devices);
      const days = await database.read((queries) =>
        healthQueries(queries)
          .selectFrom('health_spans')
          .select(['device', 'starts_at', 'up_ms', 'down_ms'])
          .where('device', 'in', devices)
          .where('length', '=', 'day')
          .where('starts_at', '>=', BigInt(fromAt))
          .execute(),
      );
      const turns = await database.read((queries) =>
        healthQueries(queries)
          .selectFrom('health_transitions')
          .select(['device', 'at', 'to_state'])
          .where('device', 'in', devices)
          .where('at', '>=', BigInt(fromAt))
          .where(({ eb, or }) => or([eb('from_state', '=', 'maintenance'), eb('to_state', '=', 'maintenance')]))
          .orderBy('at')
          .orderBy('id')
          .execute(),
      );
      return {
        isWatched,
        devices: new Map(records.map((record) => [record.health.device, record])),
        days: readEach(database, days, (row) => ({
          device: textOf('health_spans.device', row.device),
          startsAt: integerOf('health_spans.starts_at', row.starts_at),
          upMs: integerOf('health_spans.up_ms', row.up_ms),
          downMs: integerOf('health_spans.down_ms', row.down_ms),
        })),
        maintenance: readEach(database, turns, (row) => ({
          device: textOf('health_transitions.device', row.device),
          at: integerOf('health_transitions.at', row.at),
          begins: wordOf('health_transitions.to_state', row.to_state, STATES) === 'maintenance',
        })),
      };
    },
  };
}
