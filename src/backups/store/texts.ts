import type { Kysely } from 'kysely';
import { countOf, ImpossibleValueError, nullable, textOf } from '../../platform/store/columns.ts';
import type { Queries } from '../../platform/store/database.ts';
import type { Schema } from '../../platform/store/schema.ts';
import { asTyped } from '../../runtime/command-name.ts';
import { TroubleError } from '../../runtime/errors.ts';
import { isSameText } from '../../runtime/same-text.ts';
import type { Place, Sealed, Vault } from '../../runtime/vault.ts';
import { applyDifference, compress, compressDifference, decompress } from '../codec.ts';
import { inTurns, type Steps } from '../steps.ts';
import { type ByteText, shownLine } from '../text.ts';
import { removeBinary } from './binaries.ts';
import type { BackupTables } from './schema.ts';

export type BackupQueries = Kysely<Schema & BackupTables>;

export function tablesOf(queries: Queries): BackupQueries {
  return queries.withTables<BackupTables>();
}

/**
 * The newest version of a device is stored whole, an older one as a difference to the one that came after it; each of this many is
 * whole too, so that no more differences than that have to be put together.
 */
const WHOLE_EACH = 8;
const MOST_DIFFERENCES = 1_000;
/** Characters. */
const PIECE = 65_536;
const DAMAGE_CODES = new Set(['BACKUP_DAMAGED', 'SECRET_DAMAGED']);

/** What of a row holds the text. */
export interface SealedText {
  readonly key_id: string;
  readonly identity: string;
  readonly base_version: bigint | null;
  readonly content: string;
}

/** Tells the text of a device apart from every other one, without showing it. */
export function identityOf(vault: Vault, keyId: string, device: string, text: ByteText): string {
  return vault.digest(jsonOf(device, text), keyId);
}

/** `JSON.stringify([device, text])` in pieces, which takes a third of the time for a large text. */
function* jsonOf(device: string, text: ByteText): Generator<string> {
  yield `[${JSON.stringify(device)},"`;
  for (let at = 0; at < text.length; at += PIECE) yield JSON.stringify(text.slice(at, at + PIECE)).slice(1, -1);
  yield '"]';
}

export function placeOfVersion(device: string, version: number): Place {
  return { table: 'backup_versions', row: JSON.stringify([device, version]), column: 'content' };
}

export function placeOfQuarantine(device: string): Place {
  return { table: 'backup_quarantines', row: JSON.stringify([device]), column: 'content' };
}

export function* sealWhole(vault: Vault, place: Place, device: string, text: ByteText): Steps<SealedText> {
  const bytes = compress(text);
  yield;
  const { keyId, text: content } = vault.sealBytes(bytes, place);
  yield;
  return { key_id: keyId, identity: identityOf(vault, keyId, device, text), base_version: null, content };
}

/**
 * The text of a version, its differences put together; `null`: there is no such version. Throws a `TroubleError` where it cannot be read.
 * `known`: its row, where that was read already.
 */
export async function readVersion(
  tables: BackupQueries,
  vault: Vault,
  device: string,
  version: number,
  known?: SealedText,
): Promise<ByteText | null> {
  const differences: Buffer[] = [];
  let identity: { readonly keyId: string; readonly digest: string } | null = null;
  const rowOf = (at: number) =>
    tables
      .selectFrom('backup_versions')
      .select(['key_id', 'identity', 'base_version', 'content'])
      .where('device', '=', device)
      .where('version', '=', BigInt(at))
      .executeTakeFirst();
  for (let at = version; ; ) {
    const row = known !== undefined && at === version ? known : await rowOf(at);
    if (row === undefined && identity === null) return null;
    const base = row === undefined ? null : nullable(countOf, 'backup_versions.base_version', row.base_version);
    // A base is a later version: so no row can lead back to itself.
    if (row === undefined || (base !== null && base <= at) || differences.length >= MOST_DIFFERENCES)
      throw damaged(device, version);
    identity ??= { keyId: row.key_id, digest: row.identity };
    const bytes = vault.openBytes(sealedOf(row), placeOfVersion(device, at));
    if (base !== null) {
      differences.push(bytes);
      at = base;
      continue;
    }
    const text = await inTurns(open(vault, device, { ...identity, whole: bytes, differences }));
    if (text === null) throw damaged(device, version);
    return text;
  }
}

/** The text in quarantine; `null`: there is none. Throws as `readVersion`. */
export async function readQuarantine(tables: BackupQueries, vault: Vault, device: string): Promise<ByteText | null> {
  const row = await tables
    .selectFrom('backup_quarantines')
    .select(['key_id', 'identity', 'content'])
    .where('device', '=', device)
    .executeTakeFirst();
  if (row === undefined) return null;
  const whole = vault.openBytes(sealedOf(row), placeOfQuarantine(device));
  const facts = { keyId: row.key_id, digest: row.identity, whole, differences: [] };
  const text = await inTurns(open(vault, device, facts));
  if (text === null) throw damaged(device, null);
  return text;
}

/** What is read; `null`: it is damaged. Another key and a database that is away are no damage: they reject. */
export async function unlessDamaged<Result>(read: () => Promise<Result>): Promise<Result | null> {
  try {
    return await read();
  } catch (error) {
    const isDamage =
      error instanceof ImpossibleValueError || (error instanceof TroubleError && DAMAGE_CODES.has(error.code));
    if (!isDamage) throw error;
    return null;
  }
}

/** An older text as a difference to the one after it; `null`: that saves too little, or it is one of those that stay whole. */
export function* sealDifference(
  vault: Vault,
  device: string,
  older: { readonly version: number; readonly text: ByteText },
  newer: { readonly version: number; readonly text: ByteText },
): Steps<SealedText | null> {
  if (older.version % WHOLE_EACH === 0) return null;
  const difference = yield* compressDifference(older.text, newer.text);
  if (difference === null) return null;
  const { keyId, text: content } = vault.sealBytes(difference, placeOfVersion(device, older.version));
  yield;
  const identity = identityOf(vault, keyId, device, older.text);
  return { key_id: keyId, identity, content, base_version: BigInt(newer.version) };
}

/** Makes every version whole that is a difference to this one, so that it can go. One that is damaged has nothing to lose. */
export async function freeVersion(tables: BackupQueries, vault: Vault, device: string, version: number): Promise<void> {
  const rows = await tables
    .selectFrom('backup_versions')
    .select('version')
    .where('device', '=', device)
    .where('base_version', '=', BigInt(version))
    .execute();
  for (const row of rows) {
    const number = countOf('backup_versions.version', row.version);
    const text = await unlessDamaged(() => readVersion(tables, vault, device, number));
    if (text === null) continue;
    const sealed = await inTurns(sealWhole(vault, placeOfVersion(device, number), device, text));
    await update(tables, device, number, sealed);
  }
}

/** Its binary backup goes with it; what others need of it is kept. */
export async function removeVersion(
  tables: BackupQueries,
  vault: Vault,
  device: string,
  version: number,
): Promise<void> {
  await freeVersion(tables, vault, device, version);
  await removeBinary(tables, { device, version });
  await tables
    .deleteFrom('backup_versions')
    .where('device', '=', device)
    .where('version', '=', BigInt(version))
    .execute();
}

/** Encrypts what is stored of a version with the present key; its text stays as it is stored. */
export async function resealVersion(
  tables: BackupQueries,
  vault: Vault,
  device: string,
  version: number,
): Promise<void> {
  const text = await readVersion(tables, vault, device, version);
  const row = await tables
    .selectFrom('backup_versions')
    .select(['key_id', 'content', 'base_version'])
    .where('device', '=', device)
    .where('version', '=', BigInt(version))
    .executeTakeFirstOrThrow();
  if (text === null) throw damaged(device, version);
  const place = placeOfVersion(device, version);
  const { keyId, text: content } = vault.sealBytes(vault.openBytes(sealedOf(row), place), place);
  const identity = identityOf(vault, keyId, device, text);
  await update(tables, device, version, { key_id: keyId, identity, content, base_version: row.base_version });
}

async function update(tables: BackupQueries, device: string, version: number, sealed: SealedText): Promise<void> {
  await tables
    .updateTable('backup_versions')
    .set(sealed)
    .where('device', '=', device)
    .where('version', '=', BigInt(version))
    .execute();
}

function sealedOf(row: { readonly key_id: unknown; readonly content: unknown }): Sealed {
  return { keyId: textOf('backup_versions.key_id', row.key_id), text: textOf('backup_versions.content', row.content) };
}

/** `null`: it is another text than the one that was stored. */
function* open(
  vault: Vault,
  device: string,
  stored: {
    readonly keyId: string;
    readonly digest: string;
    readonly whole: Buffer;
    readonly differences: readonly Buffer[];
  },
): Steps<ByteText | null> {
  const text = putTogether(stored.whole, stored.differences);
  yield;
  return text !== null && isSameText(identityOf(vault, stored.keyId, device, text), stored.digest) ? text : null;
}

/** `null`: this is no text of ours. */
function putTogether(whole: Buffer, differences: readonly Buffer[]): ByteText | null {
  try {
    return differences.reduceRight((text, difference) => applyDifference(difference, text), decompress(whole));
  } catch {
    return null;
  }
}

function damaged(device: string, version: number | null): TroubleError {
  const what = version === null ? 'the configuration in quarantine' : `version ${version}`;
  return new TroubleError(
    'BACKUP_DAMAGED',
    `${what} of ${shownLine(device)} cannot be read: its rows in the database were changed`,
    `Restore the table backup_versions from a backup of the database. See which others are damaged: ${asTyped('backup verify')}.`,
  );
}
