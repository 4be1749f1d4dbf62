import type { DiffLine } from './diff.ts';
import { type Comparison, maskDiff } from './masked-diff.ts';
import type { DeviceModel } from './models/model.ts';
import type { Part } from './view.ts';

/** A line of a difference on a page, or how many unchanged ones are left out in its place. */
export type DiffRow = DiffLine | { readonly leftOut: number };

/** Unchanged lines that are shown around a change. */
const AROUND = 3;

/** The changes with some unchanged lines around them; nothing where nothing changed. */
export function rowsAround(lines: readonly DiffLine[]): readonly DiffRow[] {
  const isShown = new Uint8Array(lines.length);
  for (const [index, { sign }] of lines.entries()) {
    if (sign !== ' ') isShown.fill(1, Math.max(0, index - AROUND), index + AROUND + 1);
  }
  if (!isShown.includes(1)) return [];
  const rows: DiffRow[] = [];
  let leftOut = 0;
  for (const [index, line] of lines.entries()) {
    if (isShown[index] === 0) {
      leftOut += 1;
      continue;
    }
    if (leftOut > 0) rows.push({ leftOut });
    leftOut = 0;
    rows.push(line);
  }
  return leftOut > 0 ? [...rows, { leftOut }] : rows;
}

export function lengthOfRow(row: DiffRow): number {
  return 'leftOut' in row ? 0 : row.line.length;
}

/** The rows of a part with secrets hidden, as people read them. */
export function showRows(
  model: DeviceModel,
  comparison: Comparison,
  rows: readonly DiffRow[],
  { from, end }: Part,
): readonly DiffRow[] {
  const part = rows.slice(from, end);
  const lines = part.flatMap((row) => ('leftOut' in row ? [] : [row]));
  const masked = maskDiff(model, comparison, lines).values();
  return part.map((row) => ('leftOut' in row ? row : (masked.next().value ?? row)));
}

/** How many lines were added, removed and only moved; each moved one counts once. */
export interface DiffSums {
  readonly added: number;
  readonly removed: number;
  readonly moved: number;
}

export function sumsOf(lines: readonly DiffLine[]): DiffSums {
  const sums = { added: 0, removed: 0, moved: 0 };
  for (const { sign, isMoved } of lines) {
    if (sign === '+') sums[isMoved ? 'moved' : 'added'] += 1;
    if (sign === '-' && !isMoved) sums.removed += 1;
  }
  return sums;
}
