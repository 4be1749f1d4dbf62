import type { IncidentWriter } from '../../incidents/ports.ts';
import type { OutgoingNotice } from '../../notices/notice.ts';
import type { NoticeWriter } from '../../notices/ports.ts';
import { AlreadyThere, unlessAlreadyThere } from '../../platform/store/already-there.ts';
import { integerOf, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import { inParts } from '../../platform/store/in-parts.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import { whole } from '../../platform/store/whole.ts';
import type { BackupWatch, WatchBook } from '../stale.ts';
import { type BackupQueries, tablesOf } from './texts.ts';

export interface WatchStoreDeps {
  readonly database: Database;
  readonly notices: NoticeWriter<DatabaseTransaction>;
  readonly incidents: IncidentWriter<DatabaseTransaction>;
}

const DEVICES_AT_ONCE = 500;
const KIND = 'backup';

/** Watches over backups, kept in a database. */
export function createWatchStore({ database, notices, incidents }: WatchStoreDeps): WatchBook {
  return {
    async note(devices, now) {
      await inParts(devices, DEVICES_AT_ONCE, async (part) => {
        await database.transaction((transaction) => note(tablesOf(transaction), database.kind, part, now));
        return [];
      });
    },
    async watches() {
      const rows = await database.read((queries) =>
        tablesOf(queries)
          .selectFrom('backup_watches as w')
          .leftJoin('backup_devices as d', 'd.device', 'w.device')
          .select(['w.device', 'w.watched_since', 'w.noted_at', 'w.stale_since', 'd.seen_at'])
          .orderBy('w.device')
          .execute(),
      );
      return readEach(database, rows, watchOf);
    },
    raise: (stale, at, told) =>
      unlessAlreadyThere(
        database.transaction(async (transaction) => {
          await change(transaction, namesOf(stale), at);
          for (const { device, summary } of stale) {
            await incidents.open(transaction, KIND, { subject: device, summary, openedAt: at });
          }
          const opened = stale.map(({ device }) => ({ kind: KIND, subject: device, openedAt: at }));
          await notices.write(transaction, await linked(transaction, told, opened, 'opening'));
        }),
      ),
    clear: (fresh, at, told) =>
      unlessAlreadyThere(
        database.transaction(async (transaction) => {
          await change(transaction, namesOf(fresh), null);
          const closed = fresh.map(({ device, staleSince }) => ({
            ...{ kind: KIND, subject: device, openedAt: staleSince ?? at },
          }));
          const about = await linked(transaction, told, closed, 'end');
          for (const subject of namesOf(fresh)) await incidents.close(transaction, KIND, { subject, closedAt: at });
          await notices.write(transaction, about);
        }),
      ),
    async leave(devices, at) {
      await inParts(devices, DEVICES_AT_ONCE, async (part) => {
        await database.transaction(async (transaction) => {
          await tablesOf(transaction).deleteFrom('backup_watches').where('device', 'in', part).execute();
          for (const subject of part) await incidents.close(transaction, KIND, { subject, closedAt: at });
        });
        return [];
      });
    },
  };

  async function linked(
    transaction: DatabaseTransaction,
    told: readonly OutgoingNotice[],
    subjects: Parameters<typeof incidents.link>[2],
    tellsOf: 'opening' | 'end',
  ): Promise<readonly OutgoingNotice[]> {
    const all: OutgoingNotice[] = [];
    for (const notice of told) all.push(await incidents.link(transaction, notice, subjects, tellsOf));
    return all;
  }
}

function namesOf(some: readonly { readonly device: string }[]): readonly string[] {
  return some.map(({ device }) => device);
}

/** Opens or closes the incidents of all these devices. Where another worker was quicker it has told: `AlreadyThere`. */
async function change(
  transaction: DatabaseTransaction,
  devices: readonly string[],
  staleSince: number | null,
): Promise<void> {
  const tables = tablesOf(transaction);
  let changed = 0n;
  await inParts(devices, DEVICES_AT_ONCE, async (part) => {
    const { numUpdatedRows } = await tables
      .updateTable('backup_watches')
      .set({ stale_since: staleSince === null ? null : BigInt(whole(staleSince)) })
      .where('device', 'in', part)
      .where('stale_since', staleSince === null ? 'is not' : 'is', null)
      .executeTakeFirst();
    changed += numUpdatedRows;
    return [];
  });
  if (changed !== BigInt(devices.length)) throw new AlreadyThere();
}

async function note(
  tables: BackupQueries,
  kind: Database['kind'],
  devices: readonly string[],
  now: number,
): Promise<void> {
  const at = BigInt(whole(now));
  const insert = tables
    .insertInto('backup_watches')
    .values(devices.map((device) => ({ device, watched_since: at, noted_at: at, stale_since: null })));
  await (kind === 'mysql' ? insert.ignore() : insert.onConflict((row) => row.doNothing())).execute();
  await tables
    .updateTable('backup_watches')
    .set({ noted_at: at })
    .where('device', 'in', devices)
    .where('noted_at', '<', at)
    .execute();
}

function watchOf(row: {
  readonly device: unknown;
  readonly watched_since: unknown;
  readonly noted_at: unknown;
  readonly stale_since: unknown;
  readonly seen_at: unknown;
}): BackupWatch {
  return {
    device: textOf('backup_watches.device', row.device),
    watchedSince: integerOf('backup_watches.watched_since', row.watched_since),
    notedAt: integerOf('backup_watches.noted_at', row.noted_at),
    staleSince: nullable(integerOf, 'backup_watches.stale_since', row.stale_since),
    lastGoodAt: nullable(integerOf, 'backup_devices.seen_at', row.seen_at),
  };
}
