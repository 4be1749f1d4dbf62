import type { Composition, Letter } from '../notices/letter.ts';
import { asTyped, quoted } from '../runtime/command-name.ts';
import { formatCount } from '../runtime/format.ts';
import { changesOf, type DiffLine } from './diff.ts';
import { type Comparison, maskDiff } from './masked-diff.ts';
import type { DeviceModel } from './models/model.ts';
import type { Decision, Kept, Known } from './versions.ts';

/** Lines of a difference in a mail; the page and the command have all. */
const MOST_LINES = 40;
const MOST_LENGTH = 200;
const COLUMNS = ['Menu', '', 'Line'];

/** What people are told of; `null`: nothing. `event` is for programs. */
export interface BackupLetter {
  readonly event:
    | 'backup.changed'
    | 'backup.quarantined'
    | 'backup.failed'
    | 'backup.binary_failed'
    | 'backup.damaged'
    | 'backup.archive_failed'
    | 'backup.stale'
    | 'backup.fresh';
  readonly composition: Composition;
}

export function keptLetter(
  model: DeviceModel,
  device: string,
  [kept, decision, known]: readonly [Kept, Decision, Known],
): BackupLetter | null {
  if (kept.kind === 'quarantined' && decision.kind === 'quarantine' && kept.isNew) {
    return { event: 'backup.quarantined', composition: quarantineLetter(device, decision, known) };
  }
  if (kept.kind === 'changed' && known.damaged !== null) {
    return { event: 'backup.damaged', composition: damagedLetter(device, kept.version, known.damaged, known) };
  }
  if (kept.kind !== 'changed' || decision.kind !== 'version') return null;
  const { comparison } = decision;
  if (comparison === null || known.newest === null) return null;
  return {
    event: 'backup.changed',
    composition: changeLetter(model, device, kept.version, decision, { before: known.newest, comparison }),
  };
}

function changeLetter(
  model: DeviceModel,
  device: string,
  version: number,
  { text, linesAdded, linesRemoved, isRewritten }: Extract<Decision, { kind: 'version' }>,
  { before, comparison }: { readonly before: NonNullable<Known['newest']>; readonly comparison: Comparison },
): Composition {
  const changes = changesOf(comparison.lines);
  const lines = maskDiff(model, comparison, changes.slice(0, MOST_LINES));
  const by = text.changedBy.length === 0 ? 'not known' : text.changedBy.join(', ');
  const rewritten = isRewritten
    ? ' The system of the device has another version than before, which may write the same in another way.'
    : '';
  const title = changedSubject(device);
  const letter: Letter = {
    ...{ tone: 'warning', kicker: 'Configuration', title, meter: null },
    lead: `${formatCount(linesAdded, 'line', 'lines')} added, ${formatCount(linesRemoved, 'line', 'lines')} removed. Secrets are hidden.${rewritten}`,
    facts: [
      { label: 'Version', value: `${version} (before: ${before.version.version})` },
      { label: 'Changed by', value: by },
    ],
    table: { head: COLUMNS, rows: rowsOf(lines, changes.length) },
    advice: 'If nobody planned this change, find out who made it and compare both versions.',
    commands: [asTyped(`backup diff ${quoted(device)} ${before.version.version} ${version}`)],
  };
  return { subject: title, letter };
}

/** What tells of a change of the configuration is called. */
export function changedSubject(device: string): string {
  return `${device}: configuration changed`;
}

function quarantineLetter(
  device: string,
  { code, message }: Extract<Decision, { kind: 'quarantine' }>,
  { newest }: Known,
): Composition {
  const last = newest === null ? 'none' : `version ${newest.version.version}`;
  const letter: Letter = {
    ...{ tone: 'alert', kicker: 'Configuration', title: `${device}: backup looks wrong`, meter: null, table: null },
    lead: `The configuration came whole, but ${message}. It is kept apart and does not count as a backup.`,
    facts: [
      { label: 'Last good backup', value: last },
      { label: 'Code', value: code },
    ],
    advice: 'Look at it. Where it is right, accept it; then it becomes the newest version.',
    commands: [asTyped(`backup show ${quoted(device)} --quarantine`), asTyped(`backup accept ${quoted(device)}`)],
  };
  return { subject: `${device}: backup looks wrong`, letter };
}

function damagedLetter(device: string, version: number, damaged: number, { newest }: Known): Composition {
  const title = `${device}: a stored backup is damaged`;
  const letter: Letter = {
    ...{ tone: 'alert', kicker: 'Configuration', title, meter: null, table: null },
    lead: `Version ${damaged} in the database cannot be read. The present configuration is stored as version ${version}.`,
    facts: [{ label: 'Newest older version that can be read', value: newest?.version.version.toString() ?? 'none' }],
    advice: 'Find out what changed the database. Restore the table backup_versions where an old version is needed.',
    commands: [
      asTyped(`backup verify ${quoted(device)}`),
      ...(newest === null ? [] : [asTyped(`backup diff ${quoted(device)} ${newest.version.version} ${version}`)]),
    ],
  };
  return { subject: title, letter };
}

/** `count`: how many there are in all. */
function rowsOf(lines: readonly DiffLine[], count: number): readonly (readonly string[])[] {
  const rows = lines.map(({ menu, sign, line, isMoved }) => {
    const shown = line.length > MOST_LENGTH ? `${line.slice(0, MOST_LENGTH)}…` : line;
    return [menu, isMoved ? `${sign} moved` : sign, shown];
  });
  return count > lines.length ? [...rows, ['', '', `… and ${count - lines.length} more lines`]] : rows;
}
