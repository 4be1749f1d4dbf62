import { countOf, textOf } from '../../platform/store/columns.ts';
import { asTyped } from '../../runtime/command-name.ts';
import { TroubleError } from '../../runtime/errors.ts';
import { isSameText } from '../../runtime/same-text.ts';
import type { Place, Sealed, Vault } from '../../runtime/vault.ts';
import { shownLine, typedText } from '../text.ts';
import type { BackupQueries } from './texts.ts';

/** The version that a binary backup belongs to. */
export interface BinaryPlace {
  readonly device: string;
  readonly version: number;
}

/** A row of a megabyte at most, which every server takes. */
const PART_BYTES = 512 * 1024;

/** Writes the bytes of a binary backup, and gives what its row says of them. */
export async function writeParts(
  tables: BackupQueries,
  vault: Vault,
  place: BinaryPlace,
  bytes: Buffer,
): Promise<{ readonly key_id: string; readonly identity: string }> {
  await deleteParts(tables, place);
  for (let part = 0; part * PART_BYTES < bytes.length; part += 1) {
    const some = bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES);
    const { text: content } = vault.sealBytes(some, placeOfPart(place, part));
    await tables
      .insertInto('backup_binary_parts')
      .values({ ...keyOf(place), part: BigInt(part), content })
      .execute();
  }
  return { key_id: vault.keyId, identity: identityOf(vault, vault.keyId, place, bytes) };
}

/**
 * The binary backup of a version; `null`: it has none. Rejects with a `TroubleError`: `KEY_WRONG`, `SECRET_DAMAGED`, `BACKUP_DAMAGED`. One
 * statement reads it all, so that it is whole while the key changes.
 */
export async function readBinary(tables: BackupQueries, vault: Vault, place: BinaryPlace): Promise<Buffer | null> {
  const rows = await tables
    .selectFrom('backup_binaries')
    .leftJoin('backup_binary_parts', (join) =>
      join
        .onRef('backup_binary_parts.device', '=', 'backup_binaries.device')
        .onRef('backup_binary_parts.version', '=', 'backup_binaries.version'),
    )
    .select(['key_id', 'identity', 'part', 'content'])
    .where('backup_binaries.device', '=', place.device)
    .where('backup_binaries.version', '=', BigInt(place.version))
    .orderBy('part')
    .execute();
  const [row] = rows;
  if (row === undefined) return null;
  const keyId = textOf('backup_binaries.key_id', row.key_id);
  const pieces = rows.flatMap(({ part, content }) => {
    if (part === null) return [];
    const sealed: Sealed = { keyId, text: textOf('backup_binary_parts.content', content) };
    return [vault.openBytes(sealed, placeOfPart(place, countOf('backup_binary_parts.part', part)))];
  });
  const bytes = Buffer.concat(pieces);
  const identity = textOf('backup_binaries.identity', row.identity);
  // A part that is missing is seen here.
  if (isSameText(identityOf(vault, keyId, place, bytes), identity)) return bytes;
  throw new TroubleError(
    'BACKUP_DAMAGED',
    `the binary backup of version ${place.version} of ${shownLine(typedText(place.device))} cannot be read: its rows in the database were changed`,
    `Restore the table backup_binary_parts from a backup of the database. See which others are damaged: ${asTyped('backup verify')}.`,
  );
}

/** Removes the binary backup of a version, where it has one. */
export async function removeBinary(tables: BackupQueries, place: BinaryPlace): Promise<void> {
  await deleteParts(tables, place);
  await tables
    .deleteFrom('backup_binaries')
    .where('device', '=', place.device)
    .where('version', '=', BigInt(place.version))
    .execute();
}

async function deleteParts(tables: BackupQueries, { device, version }: BinaryPlace): Promise<void> {
  await tables
    .deleteFrom('backup_binary_parts')
    .where('device', '=', device)
    .where('version', '=', BigInt(version))
    .execute();
}

export function keyOf({ device, version }: BinaryPlace): { readonly device: string; readonly version: bigint } {
  return { device, version: BigInt(version) };
}

function placeOfPart({ device, version }: BinaryPlace, part: number): Place {
  return { table: 'backup_binary_parts', row: JSON.stringify([device, version, part]), column: 'content' };
}

function identityOf(vault: Vault, keyId: string, { device, version }: BinaryPlace, bytes: Buffer): string {
  return vault.digest([JSON.stringify([device, version]), bytes.toString('base64')], keyId);
}
