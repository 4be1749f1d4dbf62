import { z } from 'zod';
import { countOf, integerOf, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import type { Vault } from '../../runtime/vault.ts';
import type { Kept, Known } from '../versions.ts';
import { type leaseFor, NO_LEASE } from './lease.ts';
import { QUARANTINE_COLUMNS, quarantineOf, textListOf, VERSION_COLUMNS, versionOf } from './rows.ts';
import type { BackupDevicesTable } from './schema.ts';
import { type BackupQueries, readQuarantine, readVersion, unlessDamaged } from './texts.ts';

/** What is noted of a device besides its texts. */
export interface DeviceRow {
  readonly lastVersion: number;
  readonly accepted: readonly string[];
  readonly seenAt: number | null;
  readonly seenClock: number | null;
  readonly lastRun: string;
  readonly lastResult: string;
}

/** Makes the row of a device, where there is none: `false`: there is. */
export async function addDevice(
  tables: BackupQueries,
  kind: Database['kind'],
  device: string,
  lease: typeof NO_LEASE | ReturnType<typeof leaseFor> = NO_LEASE,
): Promise<boolean> {
  const insert = tables.insertInto('backup_devices').values({
    ...{ device, last_version: 0n, accepted: '[]', seen_at: null, seen_clock: null, last_run: '', last_result: '' },
    ...lease,
  });
  const added = kind === 'mysql' ? insert.ignore() : insert.onConflict((row) => row.doNothing());
  return (await added.executeTakeFirst()).numInsertedOrUpdatedRows === 1n;
}

/** Takes the lock of a device until the transaction ends. */
export async function lockDevice(tables: BackupQueries, kind: Database['kind'], device: string): Promise<DeviceRow> {
  const select = tables.selectFrom('backup_devices').selectAll().where('device', '=', device);
  const lock = kind === 'mysql' ? select.forUpdate() : select;
  const row = await lock.executeTakeFirst();
  if (row !== undefined) return deviceRowOf(row);
  await addDevice(tables, kind, device);
  return deviceRowOf(await lock.executeTakeFirstOrThrow());
}

function deviceRowOf(row: { readonly [Column in keyof BackupDevicesTable]: unknown }): DeviceRow {
  return {
    lastVersion: countOf('backup_devices.last_version', row.last_version),
    accepted: textListOf('backup_devices.accepted', row.accepted),
    seenAt: nullable(integerOf, 'backup_devices.seen_at', row.seen_at),
    seenClock: nullable(integerOf, 'backup_devices.seen_clock', row.seen_clock),
    lastRun: textOf('backup_devices.last_run', row.last_run),
    lastResult: textOf('backup_devices.last_result', row.last_result),
  };
}

const NEW_DEVICE: DeviceRow = {
  ...{ lastVersion: 0, accepted: [], seenAt: null, seenClock: null, lastRun: '', lastResult: '' },
};

const keptResult = z.union([
  z.object({ kind: z.enum(['unchanged', 'first', 'changed']), version: z.int() }),
  z.object({ kind: z.literal('quarantined'), isNew: z.boolean() }),
]);

/** What came of the last run that kept something. */
export function lastResultOf({ lastResult }: DeviceRow): Kept {
  return keptResult.parse(JSON.parse(lastResult));
}

/** The newest version that can be read, and the number of the newest one where that is damaged. */
export async function newestReadable(
  tables: BackupQueries,
  vault: Vault,
  device: string,
): Promise<Pick<Known, 'newest' | 'damaged'>> {
  let damaged: number | null = null;
  for (let below: number | null = null; ; ) {
    const all = tables
      .selectFrom('backup_versions')
      .select([...VERSION_COLUMNS, 'content'])
      .where('device', '=', device);
    const older = below === null ? all : all.where('version', '<', BigInt(below));
    const row = await older.orderBy('version', 'desc').limit(1).executeTakeFirst();
    if (row === undefined) return { newest: null, damaged };
    const number = countOf('backup_versions.version', row.version);
    const version = await unlessDamaged(async () => versionOf(row));
    const text = version && (await unlessDamaged(() => readVersion(tables, vault, device, number, row)));
    if (version !== null && text !== null) return { newest: { version, text }, damaged };
    damaged ??= number;
    below = number;
  }
}

/** What is stored of a device, read without its lock. */
export interface Seen {
  /** It is there: a run notes itself in it. */
  readonly row: DeviceRow;
  readonly known: Known;
  /** Also where it is damaged. */
  readonly hasQuarantine: boolean;
}

export async function readSeen(
  tables: BackupQueries,
  kind: Database['kind'],
  vault: Vault,
  device: string,
): Promise<Seen> {
  // First: whatever is kept meanwhile changes it.
  const found = await tables.selectFrom('backup_devices').selectAll().where('device', '=', device).executeTakeFirst();
  if (found === undefined) await addDevice(tables, kind, device);
  const row = found === undefined ? NEW_DEVICE : deviceRowOf(found);
  const quarantine = await tables
    .selectFrom('backup_quarantines')
    .select(QUARANTINE_COLUMNS)
    .where('device', '=', device)
    .executeTakeFirst();
  const facts = quarantine && (await unlessDamaged(async () => quarantineOf(quarantine)));
  const known = {
    ...(await newestReadable(tables, vault, device)),
    quarantine: facts ? { facts, text: await unlessDamaged(() => readQuarantine(tables, vault, device)) } : null,
    accepted: new Set(row.accepted),
    sight: row.seenAt === null ? null : { at: row.seenAt, clockMs: row.seenClock },
  };
  return { row, known, hasQuarantine: quarantine !== undefined };
}
