import type { NoticeWriter } from '../../notices/ports.ts';
import { countOf } from '../../platform/store/columns.ts';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import { createLimiter } from '../../runtime/limiter.ts';
import type { Vault } from '../../runtime/vault.ts';
import type { BackupBook, KeepRules } from '../versions.ts';
import { lastResultOf, lockDevice } from './known.ts';
import { makePlan, type Plan } from './plan.ts';
import { type BackupQueries, removeVersion, tablesOf } from './texts.ts';

export interface KeepDeps extends KeepRules {
  readonly database: Database;
  readonly vault: Vault;
  readonly notices: NoticeWriter<DatabaseTransaction>;
}

/** So many devices' texts are opened, compared and sealed at a time: this thread does one after the other anyway, and each takes memory. */
const TEXTS_AT_ONCE = 2;

/**
 * Decides about a text and keeps it. To judge, compress and encrypt a large text takes a while: that is done before the transaction
 * and in steps, so that nobody waits for the device's lock, for the one connection of SQLite or for this thread. Where something else
 * was kept meanwhile, all is done anew.
 */
export function createKeep({ database, vault, notices, keep: most }: KeepDeps): BackupBook['keep'] {
  const texts = createLimiter(TEXTS_AT_ONCE);
  return async (device, run, decide, tell) => {
    for (;;) {
      const plan = await texts.run(() => makePlan({ database, vault }, device, run, decide, tell));
      if ('made' in plan) return plan.made;
      const kept = await database.transaction(async (transaction) => {
        const tables = tablesOf(transaction);
        if (!(await noteKept(tables, device, run, plan))) {
          const row = await lockDevice(tables, database.kind, device);
          return row.lastRun === run ? lastResultOf(row) : null;
        }
        await write(tables, device, plan);
        await notices.write(transaction, plan.notices);
        // No number is used twice: of a device with fewer numbers there are fewer versions.
        if (plan.version !== null && plan.version.version > most) await keepMost(tables, vault, device, most);
        return plan.kept;
      });
      if (kept !== null) return kept;
    }
  };
}

/** Takes the lock of the device; `false`: something was kept of it since this was planned, and each run notes itself. */
async function noteKept(tables: BackupQueries, device: string, run: string, plan: Plan): Promise<boolean> {
  const { numUpdatedRows } = await tables
    .updateTable('backup_devices')
    .set({ ...plan.columns, last_run: run, last_result: JSON.stringify(plan.kept) })
    .where('device', '=', device)
    .where('last_run', '=', plan.row.lastRun)
    .where('last_version', '=', BigInt(plan.row.lastVersion))
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

async function write(
  tables: BackupQueries,
  device: string,
  { hasQuarantine, version, quarantine, newest }: Plan,
): Promise<void> {
  if (hasQuarantine) await tables.deleteFrom('backup_quarantines').where('device', '=', device).execute();
  if (quarantine !== null) await tables.insertInto('backup_quarantines').values(quarantine).execute();
  if (version !== null) await tables.insertInto('backup_versions').values(version).execute();
  if (newest === null) return;
  await tables
    .updateTable('backup_versions')
    .set(newest.columns)
    .where('device', '=', device)
    .where('version', '=', newest.version)
    .execute();
}

/** The oldest go first. */
async function keepMost(tables: BackupQueries, vault: Vault, device: string, most: number): Promise<void> {
  const rows = await tables
    .selectFrom('backup_versions')
    .select('version')
    .where('device', '=', device)
    .orderBy('version', 'desc')
    .execute();
  for (const { version } of rows.slice(Math.max(most, 1)).reverse()) {
    await removeVersion(tables, vault, device, countOf('backup_versions.version', version));
  }
}
