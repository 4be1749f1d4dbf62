import { type DiffedText, LINES_AT_ONCE, matchLines, NOWHERE, type NumberedLines, numberLines } from './match-lines.ts';
import type { Steps } from './steps.ts';
import type { ByteText } from './text.ts';

/** A line of a difference, in the order in which people read it. */
export interface DiffLine {
  /** The menu or block that the line belongs to. */
  readonly menu: string;
  readonly sign: '+' | '-' | ' ';
  readonly line: ByteText;
  /** It stands in the same block on the other side too, elsewhere: it was moved and not changed. */
  readonly isMoved: boolean;
  /** Places in the texts, from 0; `null` on the side where it is not. */
  readonly before: number | null;
  readonly after: number | null;
}

/** What leads from one text to the other, unchanged lines among it; it may be longer than the shortest way. */
export function* diffInSteps(before: DiffedText, after: DiffedText): Steps<readonly DiffLine[]> {
  const numbered = yield* numberLines(before, after);
  const partners = yield* matchLines(numbered);
  const moved = movedLines(numbered, partners);
  yield;
  const result: DiffLine[] = [];
  let right = 0;
  const addUpTo = (end: number) => {
    for (; right < end; right += 1) result.push(lineOf(after, right, '+', moved.right[right] === 1, null, right));
  };
  for (const [left, partner] of partners.entries()) {
    if (left % LINES_AT_ONCE === 0) yield;
    if (partner === NOWHERE) {
      result.push(lineOf(before, left, '-', moved.left[left] === 1, left, null));
      continue;
    }
    addUpTo(partner);
    result.push(lineOf(after, right, ' ', false, left, right));
    right += 1;
  }
  addUpTo(after.lines.length);
  return result;
}

/** The changed lines alone. */
export function changesOf(lines: readonly DiffLine[]): readonly DiffLine[] {
  return lines.filter(({ sign }) => sign !== ' ');
}

/** What changed when the order of lines within a block does not count: moved lines are no change. */
export function unorderedChanges(lines: readonly DiffLine[]): readonly DiffLine[] {
  return lines.filter(({ sign, isMoved }) => sign !== ' ' && !isMoved);
}

function lineOf(
  { lines, menus }: DiffedText,
  at: number,
  sign: DiffLine['sign'],
  isMoved: boolean,
  before: number | null,
  after: number | null,
): DiffLine {
  return { menu: menus[at] ?? '', sign, line: lines[at] ?? '', isMoved, before, after };
}

interface MovedLines {
  /** 1 for each line that was moved. */
  readonly left: Uint8Array;
  readonly right: Uint8Array;
}

/** A removed and an added line that are the same are one that was moved, each counted once; of several the first ones. */
function movedLines({ left, right, count }: NumberedLines, partners: Int32Array): MovedLines {
  const moved = { left: new Uint8Array(left.length), right: new Uint8Array(right.length) };
  // Removed lines that are the same, as a chain from the first one to the last one.
  const firsts = new Int32Array(count).fill(NOWHERE);
  const nexts = new Int32Array(left.length).fill(NOWHERE);
  for (let at = left.length - 1; at >= 0; at -= 1) {
    if (partners[at] !== NOWHERE) continue;
    const line = left[at] ?? 0;
    nexts[at] = firsts[line] ?? NOWHERE;
    firsts[line] = at;
  }
  const isPartner = new Uint8Array(right.length);
  for (const partner of partners) if (partner !== NOWHERE) isPartner[partner] = 1;
  for (const [at, line] of right.entries()) {
    const gone = firsts[line] ?? NOWHERE;
    if (isPartner[at] === 1 || gone === NOWHERE) continue;
    moved.left[gone] = 1;
    moved.right[at] = 1;
    firsts[line] = nexts[gone] ?? NOWHERE;
  }
  return moved;
}
