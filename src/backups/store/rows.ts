import { z } from 'zod';
import { countOf, flagOf, integerOf, invalid, nullable, textOf, wordOf } from '../../platform/store/columns.ts';
import type { Quarantine, TextFacts, Version } from '../versions.ts';
import type { BackupQuarantinesTable, BackupVersionsTable } from './schema.ts';

const FAULTS = [
  'BACKUP_OTHER_SERIAL',
  'BACKUP_ERROR_TEXT',
  'BACKUP_PART_FAILED',
  'BACKUP_SECRETS_GONE',
  'BACKUP_SHRUNK',
] as const;

type Unread<Row> = { readonly [Column in keyof Row]: unknown };
export type VersionRow = Omit<BackupVersionsTable, 'content'>;
export type QuarantineRow = Omit<BackupQuarantinesTable, 'content'>;

export const VERSION_COLUMNS = [
  ...([
    'device',
    'version',
    'first_seen_at',
    'last_seen_at',
    'model',
    'bytes',
    'os_version',
    'hardware',
    'serial',
  ] as const),
  ...(['changed_by', 'lines_added', 'lines_removed', 'is_rewritten', 'is_imported'] as const),
  ...(['key_id', 'identity', 'base_version'] as const),
] satisfies readonly (keyof VersionRow)[];

export const QUARANTINE_COLUMNS = [
  ...(['device', 'first_seen_at', 'last_seen_at', 'model', 'bytes', 'os_version', 'hardware', 'serial'] as const),
  ...(['changed_by', 'code', 'message', 'device_clock', 'key_id', 'identity'] as const),
] satisfies readonly (keyof QuarantineRow)[];

/** Each function throws an `ImpossibleValueError` for a row that was edited by others. */
export function versionOf(row: Unread<VersionRow>): Version {
  const count = (column: keyof VersionRow) => countOf(`backup_versions.${column}`, row[column]);
  return {
    ...factsOf('backup_versions', row),
    device: textOf('backup_versions.device', row.device),
    version: count('version'),
    linesAdded: count('lines_added'),
    linesRemoved: count('lines_removed'),
    isRewritten: flagOf('backup_versions.is_rewritten', row.is_rewritten),
    isImported: flagOf('backup_versions.is_imported', row.is_imported),
  };
}

export function quarantineOf(row: Unread<QuarantineRow>): Quarantine {
  return {
    ...factsOf('backup_quarantines', row),
    device: textOf('backup_quarantines.device', row.device),
    code: wordOf('backup_quarantines.code', row.code, FAULTS),
    message: textOf('backup_quarantines.message', row.message),
    clockMs: nullable(integerOf, 'backup_quarantines.device_clock', row.device_clock),
  };
}

function factsOf(table: string, row: Unread<VersionRow> | Unread<QuarantineRow>): TextFacts {
  const text = (column: 'os_version' | 'hardware' | 'serial') => nullable(textOf, `${table}.${column}`, row[column]);
  return {
    firstSeenAt: integerOf(`${table}.first_seen_at`, row.first_seen_at),
    lastSeenAt: integerOf(`${table}.last_seen_at`, row.last_seen_at),
    model: textOf(`${table}.model`, row.model),
    bytes: countOf(`${table}.bytes`, row.bytes),
    osVersion: text('os_version'),
    hardware: text('hardware'),
    serial: text('serial'),
    changedBy: textListOf(`${table}.changed_by`, row.changed_by),
  };
}

const textList = z.array(z.string());

/** A JSON array of texts. */
export function textListOf(column: string, value: unknown): readonly string[] {
  const text = textOf(column, value);
  try {
    return textList.parse(JSON.parse(text));
  } catch {
    throw invalid(column, text);
  }
}
