import type { OutgoingNotice } from '../../notices/notice.ts';
import type { Database } from '../../platform/store/database.ts';
import type { Vault } from '../../runtime/vault.ts';
import { inTurns, type Steps } from '../steps.ts';
import type { Decide, Decision, Kept, KeptText, TellKept } from '../versions.ts';
import { type DeviceRow, lastResultOf, readSeen, type Seen } from './known.ts';
import type { BackupQuarantinesTable, BackupVersionsTable } from './schema.ts';
import { placeOfQuarantine, placeOfVersion, type SealedText, sealDifference, sealWhole, tablesOf } from './texts.ts';

/** What is to be written of a decision. No text is held any more: while many devices wait for the database, that would be much memory. */
export interface Plan {
  readonly kept: Kept;
  /** As it was when this was decided. */
  readonly row: DeviceRow;
  readonly hasQuarantine: boolean;
  /** Of the device. */
  readonly columns: {
    readonly seen_at?: bigint;
    readonly seen_clock?: bigint | null;
    readonly accepted?: string;
    readonly last_version?: bigint;
  };
  /** The new text; `null`: there is none. */
  readonly version: BackupVersionsTable | null;
  readonly quarantine: BackupQuarantinesTable | null;
  /** What becomes of the version that was the newest before; `null`: it stays as it is. */
  readonly newest: {
    readonly version: bigint;
    readonly columns: SealedText | { readonly last_seen_at: bigint };
  } | null;
  readonly notices: readonly OutgoingNotice[];
}

/** Reads what is stored, decides about a text and prepares all that is to be written; what was kept, where that is made already. */
export async function makePlan(
  { database, vault }: { readonly database: Database; readonly vault: Vault },
  device: string,
  run: string,
  decide: Decide,
  tell: TellKept = () => [],
): Promise<Plan | { readonly made: Kept }> {
  const seen = await database.read((queries) => readSeen(tablesOf(queries), database.kind, vault, device));
  // The commit before was lost on its way back.
  if (seen.row.lastRun === run) return { made: lastResultOf(seen.row) };
  const decision = await decide(seen.known);
  const kept = resultOf(decision, seen);
  const notices = await tell(kept, decision, seen.known);
  return { kept, notices, ...(await inTurns(rowsOf(vault, device, decision, seen))) };
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

function* rowsOf(
  vault: Vault,
  device: string,
  decision: Decision,
  { row, known, hasQuarantine }: Seen,
): Steps<Omit<Plan, 'kept' | 'notices'>> {
  const rows = { row, hasQuarantine, columns: columnsOf(row, decision), version: null, quarantine: null, newest: null };
  const { newest } = known;
  const before = newest && BigInt(newest.version.version);
  switch (decision.kind) {
    case 'unchanged':
      if (before === null) throw new Error('a device without a version cannot be unchanged');
      return { ...rows, newest: { version: before, columns: { last_seen_at: BigInt(decision.sight.at) } } };
    case 'quarantine':
      return { ...rows, quarantine: yield* quarantineRow(vault, device, decision, known) };
    case 'version': {
      const number = row.lastVersion + 1;
      const version = yield* versionRow(vault, device, number, decision);
      if (newest === null || before === null || known.damaged !== null) return { ...rows, version };
      const [older, newer] = [newest.version.version, decision.text.text];
      const difference = yield* sealDifference(
        vault,
        device,
        { version: older, text: newest.text },
        { version: number, text: newer },
      );
      return { ...rows, version, newest: difference && { version: before, columns: difference } };
    }
  }
}

function* versionRow(
  vault: Vault,
  device: string,
  version: number,
  { text, linesAdded, linesRemoved, isRewritten, isImported }: Extract<Decision, { kind: 'version' }>,
): Steps<BackupVersionsTable> {
  return {
    ...{ ...factColumns(device, text), version: BigInt(version) },
    ...(yield* sealWhole(vault, placeOfVersion(device, version), device, text.text)),
    ...{ lines_added: BigInt(linesAdded), lines_removed: BigInt(linesRemoved) },
    ...{ is_rewritten: isRewritten ? 1n : 0n, is_imported: isImported ? 1n : 0n },
  };
}

function* quarantineRow(
  vault: Vault,
  device: string,
  { text, code, message }: Extract<Decision, { kind: 'quarantine' }>,
  { quarantine }: Seen['known'],
): Steps<BackupQuarantinesTable> {
  const { base_version: _, ...sealed } = yield* sealWhole(vault, placeOfQuarantine(device), device, text.text);
  const facts = factColumns(device, text);
  const before = quarantine?.facts;
  return {
    ...{ ...facts, ...sealed, code, message },
    first_seen_at: before?.code === code ? BigInt(before.firstSeenAt) : facts.first_seen_at,
    device_clock: text.sight.clockMs === null ? null : BigInt(text.sight.clockMs),
  };
}

/** A text in quarantine is no sight of the device. */
function columnsOf(row: DeviceRow, decision: Decision): Plan['columns'] {
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
