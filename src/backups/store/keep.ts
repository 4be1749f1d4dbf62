import type { OutgoingNotice } from '../../notices/notice.ts';
import type { NoticeWriter } from '../../notices/ports.ts';
import { countOf } from '../../platform/store/columns.ts';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import type { Vault } from '../../runtime/vault.ts';
import type { BackupBook, Decision, KeepRules, Kept, KeptText } from '../versions.ts';
import { type DeviceRow, isStill, lastResultOf, lockDevice, readSeen, type Seen } from './known.ts';
import {
  type BackupQueries,
  placeOfQuarantine,
  placeOfVersion,
  removeVersion,
  type SealedText,
  sealDifference,
  sealWhole,
  tablesOf,
} from './texts.ts';

export interface KeepDeps extends KeepRules {
  readonly database: Database;
  readonly vault: Vault;
  readonly notices: NoticeWriter<DatabaseTransaction>;
}

/** What is to be written of a decision; all that takes long is done. */
interface Prepared {
  readonly decision: Decision;
  readonly kept: Kept;
  /** The new text; `null`: there is none. */
  readonly whole: SealedText | null;
  /** The newest version before it, as a difference to it; `null`: it stays as it is. */
  readonly difference: SealedText | null;
  readonly notices: readonly OutgoingNotice[];
}

/**
 * Decides about a text and keeps it. To judge, compress and encrypt a large text takes a while: that is done before the transaction
 * and in steps, so that nobody waits for the device's lock, for the one connection of SQLite or for this thread. Where something else
 * was kept meanwhile, all is done anew.
 */
export function createKeep({ database, vault, notices, keep: most }: KeepDeps): BackupBook['keep'] {
  return async (device, run, decide, tell) => {
    for (;;) {
      const seen = await database.read((queries) => readSeen(tablesOf(queries), vault, device));
      // The commit before was lost on its way back: it is made already.
      if (seen.row.lastRun === run) return lastResultOf(seen.row);
      const decision = await decide(seen.known);
      const kept = resultOf(decision, seen);
      const prepared = {
        ...{ decision, kept, ...(await seal(vault, device, decision, seen)) },
        notices: tell === undefined ? [] : await tell(kept, decision, seen.known),
      };
      const written = await database.transaction(async (transaction) => {
        const tables = tablesOf(transaction);
        const row = await lockDevice(tables, database.kind, device);
        if (row.lastRun === run) return lastResultOf(row);
        if (!isStill(row, seen)) return null;
        await write(tables, device, row, seen, prepared);
        await notices.write(transaction, prepared.notices);
        const noted = { last_run: run, last_result: JSON.stringify(kept) };
        await tables
          .updateTable('backup_devices')
          .set({ ...columnsOf(row, decision), ...noted })
          .where('device', '=', device)
          .execute();
        // No number is used twice: of a device with fewer numbers there are fewer versions.
        if (decision.kind === 'version' && row.lastVersion + 1 > most) await keepMost(tables, vault, device, most);
        return kept;
      });
      if (written !== null) return written;
    }
  };
}

function resultOf(decision: Decision, { row, known: { newest, damaged, quarantine } }: Seen): Kept {
  switch (decision.kind) {
    case 'quarantine':
      return { kind: 'quarantined', isNew: quarantine?.facts.code !== decision.code };
    case 'unchanged':
      if (newest === null) throw new Error('a device without a version cannot be unchanged');
      return { kind: 'unchanged', version: newest.version.version };
    case 'version':
      return { kind: newest === null && damaged === null ? 'first' : 'changed', version: row.lastVersion + 1 };
  }
}

/** What is stored of the texts. */
async function seal(
  vault: Vault,
  device: string,
  decision: Decision,
  { row, known: { newest, damaged } }: Seen,
): Promise<Pick<Prepared, 'whole' | 'difference'>> {
  if (decision.kind === 'unchanged') return { whole: null, difference: null };
  const { text } = decision.text;
  if (decision.kind === 'quarantine') {
    return { whole: await sealWhole(vault, placeOfQuarantine(device), device, text), difference: null };
  }
  const version = row.lastVersion + 1;
  const whole = await sealWhole(vault, placeOfVersion(device, version), device, text);
  if (newest === null || damaged !== null) return { whole, difference: null };
  const older = { version: newest.version.version, text: newest.text };
  return { whole, difference: await sealDifference(vault, device, older, { version, text }) };
}

async function write(
  tables: BackupQueries,
  device: string,
  row: DeviceRow,
  { known, hasQuarantine }: Seen,
  { decision, whole, difference }: Prepared,
): Promise<void> {
  if (hasQuarantine) await tables.deleteFrom('backup_quarantines').where('device', '=', device).execute();
  if (decision.kind === 'unchanged') {
    await updateNewest(tables, device, known, { last_seen_at: BigInt(decision.sight.at) });
    return;
  }
  if (whole === null) throw new Error('a text is stored sealed');
  if (decision.kind === 'quarantine') {
    await insertQuarantine(tables, device, known, decision, whole);
    return;
  }
  const { text, linesAdded, linesRemoved, isRewritten, isImported } = decision;
  await tables
    .insertInto('backup_versions')
    .values({
      ...{ ...factColumns(device, text), version: BigInt(row.lastVersion + 1), ...whole },
      ...{ lines_added: BigInt(linesAdded), lines_removed: BigInt(linesRemoved) },
      ...{ is_rewritten: isRewritten ? 1n : 0n, is_imported: isImported ? 1n : 0n },
    })
    .execute();
  if (difference !== null) await updateNewest(tables, device, known, difference);
}

/** Of the version that was the newest before. */
async function updateNewest(
  tables: BackupQueries,
  device: string,
  { newest }: Seen['known'],
  columns: SealedText | { readonly last_seen_at: bigint },
): Promise<void> {
  if (newest === null) throw new Error('there is no newest version');
  await tables
    .updateTable('backup_versions')
    .set(columns)
    .where('device', '=', device)
    .where('version', '=', BigInt(newest.version.version))
    .execute();
}

async function insertQuarantine(
  tables: BackupQueries,
  device: string,
  { quarantine }: Seen['known'],
  { text, code, message }: Extract<Decision, { kind: 'quarantine' }>,
  { base_version: _, ...sealed }: SealedText,
): Promise<void> {
  const facts = factColumns(device, text);
  const before = quarantine?.facts;
  await tables
    .insertInto('backup_quarantines')
    .values({
      ...{ ...facts, ...sealed, code, message },
      first_seen_at: before?.code === code ? BigInt(before.firstSeenAt) : facts.first_seen_at,
      device_clock: text.sight.clockMs === null ? null : BigInt(text.sight.clockMs),
    })
    .execute();
}

/** Of the row of the device; a text in quarantine is no sight of it. */
function columnsOf(row: DeviceRow, decision: Decision) {
  if (decision.kind === 'quarantine') return {};
  const { at, clockMs } = decision.kind === 'version' ? decision.text.sight : decision.sight;
  const seen = { seen_at: BigInt(at), seen_clock: clockMs === null ? null : BigInt(clockMs) };
  if (decision.kind === 'unchanged') return seen;
  const accepted = JSON.stringify([...new Set([...row.accepted, ...decision.accept])]);
  return { ...seen, accepted, last_version: BigInt(row.lastVersion + 1) };
}

function factColumns(device: string, { model, bytes, osVersion, hardware, serial, changedBy, sight }: KeptText) {
  return {
    ...{ device, first_seen_at: BigInt(sight.at), last_seen_at: BigInt(sight.at), bytes: BigInt(bytes) },
    ...{ model, os_version: osVersion, hardware, serial, changed_by: JSON.stringify(changedBy) },
  };
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
