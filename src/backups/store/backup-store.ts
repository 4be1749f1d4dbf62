import { z } from 'zod';
import type { NoticeWriter } from '../../notices/ports.ts';
import { countOf, integerOf, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { Vault } from '../../runtime/vault.ts';
import type { BackupBook, Decision, KeepRules, Kept, KeptText, Known, Verified, Version } from '../versions.ts';
import { removeBinary } from './binaries.ts';
import { NO_LEASE } from './lease.ts';
import { newestVersions } from './newest-versions.ts';
import { versionsSeenBefore } from './old-versions.ts';
import { QUARANTINE_COLUMNS, quarantineOf, textListOf, VERSION_COLUMNS, versionOf } from './rows.ts';
import {
  type BackupQueries,
  freeVersion,
  placeOfQuarantine,
  placeOfVersion,
  readQuarantine,
  readVersion,
  sealWhole,
  shrinkVersion,
  tablesOf,
  unlessDamaged,
} from './texts.ts';

interface Deps extends KeepRules {
  readonly database: Database;
  readonly vault: Vault;
  readonly notices: NoticeWriter<DatabaseTransaction>;
}

/** Kept configurations in a database. */
export function createBackupStore({ database, vault, notices, keep: most }: Deps): BackupBook {
  async function versions(device?: string): Promise<readonly Version[]> {
    const rows = await database.read((queries) => {
      const all = tablesOf(queries).selectFrom('backup_versions').select(VERSION_COLUMNS);
      const some = device === undefined ? all : all.where('device', '=', device);
      return some.orderBy('device').orderBy('version').execute();
    });
    return readEach(database, rows, versionOf);
  }

  async function quarantines(device?: string) {
    const rows = await database.read((queries) => {
      const all = tablesOf(queries).selectFrom('backup_quarantines').select(QUARANTINE_COLUMNS);
      const some = device === undefined ? all : all.where('device', '=', device);
      return some.orderBy('device').execute();
    });
    return readEach(database, rows, quarantineOf);
  }

  async function tried(device: string, version: number | null): Promise<Verified> {
    try {
      await database.read(async (queries) => {
        const tables = tablesOf(queries);
        return version === null
          ? await readQuarantine(tables, vault, device)
          : await readVersion(tables, vault, device, version);
      });
      return { device, version, trouble: null };
    } catch (error) {
      if (!(error instanceof TroubleError) || error.code.startsWith('DATABASE_')) throw error;
      return { device, version, trouble: error.message };
    }
  }

  return {
    versions,
    newest: () => newestVersions(database),
    quarantines,
    text: (device, version) => database.read((queries) => readVersion(tablesOf(queries), vault, device, version)),
    quarantinedText: (device) => database.read((queries) => readQuarantine(tablesOf(queries), vault, device)),
    keep: (device, run, decide, tell) =>
      database.transaction(async (transaction) => {
        const tables = tablesOf(transaction);
        const row = await lockDevice(tables, database.kind, device);
        // The commit before was lost on its way back: it is made already.
        if (row.lastRun === run) return keptOf(row.lastResult);
        const known = await readKnown(tables, vault, device, row);
        const decision = decide(known);
        const kept = await write(tables, { vault, device, most }, row, known, decision);
        await notices.write(transaction, tell?.(kept, decision, known) ?? []);
        await tables
          .updateTable('backup_devices')
          .set({ last_run: run, last_result: JSON.stringify(kept) })
          .where('device', '=', device)
          .execute();
        return kept;
      }),
    forget: (device, version) =>
      database.transaction(async (transaction) => {
        const tables = tablesOf(transaction);
        await lockDevice(tables, database.kind, device);
        const { newest } = await newestReadable(tables, vault, device);
        if (newest === null || version >= newest.version.version) return false;
        await removeVersion(tables, vault, device, version);
        return true;
      }),
    seenBefore: (at) => versionsSeenBefore(database, at),
    async *verify(device) {
      for (const each of await versions(device)) yield await tried(each.device, each.version);
      for (const each of await quarantines(device)) yield await tried(each.device, null);
    },
  };
}

interface DeviceRow {
  readonly lastVersion: number;
  readonly accepted: readonly string[];
  readonly seenAt: number | null;
  readonly seenClock: number | null;
  readonly lastRun: string;
  readonly lastResult: string;
}

/** Takes the lock of a device until the transaction ends. */
export async function lockDevice(tables: BackupQueries, kind: Database['kind'], device: string): Promise<DeviceRow> {
  const insert = tables.insertInto('backup_devices').values({
    ...{ device, last_version: 0n, accepted: '[]', seen_at: null, seen_clock: null, last_run: '', last_result: '' },
    ...NO_LEASE,
  });
  await (kind === 'mysql' ? insert.ignore() : insert.onConflict((row) => row.doNothing())).execute();
  const lock = tables.selectFrom('backup_devices').selectAll().where('device', '=', device);
  const row = await (kind === 'mysql' ? lock.forUpdate() : lock).executeTakeFirstOrThrow();
  return {
    lastVersion: countOf('backup_devices.last_version', row.last_version),
    accepted: textListOf('backup_devices.accepted', row.accepted),
    seenAt: nullable(integerOf, 'backup_devices.seen_at', row.seen_at),
    seenClock: nullable(integerOf, 'backup_devices.seen_clock', row.seen_clock),
    lastRun: textOf('backup_devices.last_run', row.last_run),
    lastResult: textOf('backup_devices.last_result', row.last_result),
  };
}

const keptResult = z.union([
  z.object({ kind: z.enum(['unchanged', 'first', 'changed']), version: z.int() }),
  z.object({ kind: z.literal('quarantined'), isNew: z.boolean() }),
]);

function keptOf(text: string): Kept {
  return keptResult.parse(JSON.parse(text));
}

/** The newest version that can be read, and the number of the newest one where that is damaged. */
async function newestReadable(
  tables: BackupQueries,
  vault: Vault,
  device: string,
): Promise<Pick<Known, 'newest' | 'damaged'>> {
  let damaged: number | null = null;
  for (let below: number | null = null; ; ) {
    const all = tables.selectFrom('backup_versions').select(VERSION_COLUMNS).where('device', '=', device);
    const older = below === null ? all : all.where('version', '<', BigInt(below));
    const row = await older.orderBy('version', 'desc').limit(1).executeTakeFirst();
    if (row === undefined) return { newest: null, damaged };
    const number = countOf('backup_versions.version', row.version);
    const version = await unlessDamaged(async () => versionOf(row));
    const text = version && (await unlessDamaged(() => readVersion(tables, vault, device, number)));
    if (version !== null && text !== null) return { newest: { version, text }, damaged };
    damaged ??= number;
    below = number;
  }
}

async function readKnown(tables: BackupQueries, vault: Vault, device: string, row: DeviceRow): Promise<Known> {
  const quarantine = await tables
    .selectFrom('backup_quarantines')
    .select(QUARANTINE_COLUMNS)
    .where('device', '=', device)
    .executeTakeFirst();
  const facts = quarantine && (await unlessDamaged(async () => quarantineOf(quarantine)));
  return {
    ...(await newestReadable(tables, vault, device)),
    quarantine: facts ? { facts, text: await unlessDamaged(() => readQuarantine(tables, vault, device)) } : null,
    accepted: new Set(row.accepted),
    sight: row.seenAt === null ? null : { at: row.seenAt, clockMs: row.seenClock },
  };
}

interface Place {
  readonly vault: Vault;
  readonly device: string;
  readonly most: number;
}

async function write(
  tables: BackupQueries,
  place: Place,
  row: DeviceRow,
  known: Known,
  decision: Decision,
): Promise<Kept> {
  const { vault, device, most } = place;
  if (decision.kind === 'quarantine') return await writeQuarantine(tables, place, known, decision);
  await tables.deleteFrom('backup_quarantines').where('device', '=', device).execute();
  const { at, clockMs } = decision.kind === 'version' ? decision.text.sight : decision.sight;
  const seen = { seen_at: BigInt(at), seen_clock: clockMs === null ? null : BigInt(clockMs) };
  if (decision.kind === 'unchanged') {
    if (known.newest === null) throw new Error('a device without a version cannot be unchanged');
    const { version } = known.newest.version;
    await tables.updateTable('backup_devices').set(seen).where('device', '=', device).execute();
    await tables
      .updateTable('backup_versions')
      .set({ last_seen_at: BigInt(at) })
      .where('device', '=', device)
      .where('version', '=', BigInt(version))
      .execute();
    return { kind: 'unchanged', version };
  }
  const version = row.lastVersion + 1;
  const { text, linesAdded, linesRemoved, isRewritten, isImported, accept } = decision;
  await tables
    .insertInto('backup_versions')
    .values({
      ...{ ...factColumns(device, text), version: BigInt(version) },
      ...{ lines_added: BigInt(linesAdded), lines_removed: BigInt(linesRemoved) },
      ...{ is_rewritten: isRewritten ? 1n : 0n, is_imported: isImported ? 1n : 0n },
      ...sealWhole(vault, placeOfVersion(device, version), device, text.text),
    })
    .execute();
  if (known.newest !== null && known.damaged === null) {
    const older = { version: known.newest.version.version, text: known.newest.text };
    await shrinkVersion(tables, vault, device, older, { version, text: text.text });
  }
  const accepted = JSON.stringify([...new Set([...row.accepted, ...accept])]);
  const facts = { ...seen, accepted, last_version: BigInt(version) };
  await tables.updateTable('backup_devices').set(facts).where('device', '=', device).execute();
  await keepMost(tables, vault, device, most);
  return { kind: known.newest === null && known.damaged === null ? 'first' : 'changed', version };
}

async function writeQuarantine(
  tables: BackupQueries,
  { vault, device }: Place,
  known: Known,
  { text, code, message }: Extract<Decision, { kind: 'quarantine' }>,
): Promise<Kept> {
  const before = known.quarantine?.facts;
  const isNew = before?.code !== code;
  const { base_version: _, ...sealed } = sealWhole(vault, placeOfQuarantine(device), device, text.text);
  const facts = factColumns(device, text);
  await tables.deleteFrom('backup_quarantines').where('device', '=', device).execute();
  await tables
    .insertInto('backup_quarantines')
    .values({
      ...{ ...facts, ...sealed, code, message },
      first_seen_at: isNew ? facts.first_seen_at : BigInt(before.firstSeenAt),
      device_clock: text.sight.clockMs === null ? null : BigInt(text.sight.clockMs),
    })
    .execute();
  return { kind: 'quarantined', isNew };
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

async function removeVersion(tables: BackupQueries, vault: Vault, device: string, version: number): Promise<void> {
  await freeVersion(tables, vault, device, version);
  await removeBinary(tables, { device, version });
  await tables
    .deleteFrom('backup_versions')
    .where('device', '=', device)
    .where('version', '=', BigInt(version))
    .execute();
}
