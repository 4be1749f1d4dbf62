import { countOf, textOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { tablesOf } from './texts.ts';

/** Versions that were last seen before an instant (ms since 1970), without the newest of each device. */
export async function versionsSeenBefore(
  database: Database,
  at: number,
): Promise<readonly { readonly device: string; readonly version: number }[]> {
  const rows = await database.read((queries) =>
    tablesOf(queries)
      .selectFrom('backup_versions as old')
      .select(['old.device', 'old.version'])
      .where('old.last_seen_at', '<', BigInt(at))
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('backup_versions as newer')
            .select('newer.version')
            .whereRef('newer.device', '=', 'old.device')
            .whereRef('newer.version', '>', 'old.version'),
        ),
      )
      .orderBy('old.device')
      .orderBy('old.version')
      .execute(),
  );
  return rows.map(({ device, version }) => ({
    device: textOf('backup_versions.device', device),
    version: countOf('backup_versions.version', version),
  }));
}
