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

/** A text as a difference sees it: each line with its block. */
export interface DiffedText {
  readonly lines: readonly ByteText[];
  readonly menus: readonly string[];
}

/** Pairs of lines compared at most where unique lines do not help; beyond it the stretch counts as replaced. */
const MOST_PAIRS = 40_000;
/** How often each line is looked at, on average, before the rest counts as replaced: texts made to be slow end there. */
const MOST_LOOKS = 32;

/**
 * What leads from one text to the other, unchanged lines among it. Lines that occur once on both sides hold the texts together
 * (patience diff), so that the time is bounded by n log n whatever changed; the result may be longer than the shortest one.
 */
export function diffTexts(before: DiffedText, after: DiffedText): readonly DiffLine[] {
  const [leftKeys, rightKeys] = [keysOf(before), keysOf(after)];
  const pairs = matchLines(leftKeys, rightKeys);
  const result: DiffLine[] = [];
  let [left, right] = [0, 0];
  const upTo = (leftEnd: number, rightEnd: number) => {
    for (; left < leftEnd; left += 1) result.push(lineOf(before, left, '-', left, null));
    for (; right < rightEnd; right += 1) result.push(lineOf(after, right, '+', null, right));
  };
  for (const [leftAt, rightAt] of pairs) {
    upTo(leftAt, rightAt);
    result.push(lineOf(after, right, ' ', left, right));
    left += 1;
    right += 1;
  }
  upTo(before.lines.length, after.lines.length);
  return markMoved(result, (line) => leftKeys[line.before ?? -1] ?? rightKeys[line.after ?? -1] ?? '');
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
  before: number | null,
  after: number | null,
): DiffLine {
  return { menu: menus[at] ?? '', sign, line: lines[at] ?? '', isMoved: false, before, after };
}

/** The same line in two blocks is two lines. */
function keysOf({ lines, menus }: DiffedText): readonly string[] {
  return lines.map((line, index) => `${menus[index] ?? ''}\n${line}`);
}

/** A removed and an added line that are the same are one that was moved, each counted once. */
function markMoved(lines: readonly DiffLine[], keyOf: (line: DiffLine) => string): readonly DiffLine[] {
  // From the end, so that the first one is taken first.
  const removed = Map.groupBy(
    lines.toReversed().filter(({ sign }) => sign === '-'),
    keyOf,
  );
  const moved = new Set<DiffLine>();
  for (const line of lines) {
    if (line.sign !== '+') continue;
    const gone = removed.get(keyOf(line))?.pop();
    if (gone !== undefined) moved.add(gone).add(line);
  }
  return moved.size === 0 ? lines : lines.map((each) => (moved.has(each) ? { ...each, isMoved: true } : each));
}

type Pair = readonly [left: number, right: number];

interface Stretch {
  readonly left: number;
  readonly leftEnd: number;
  readonly right: number;
  readonly rightEnd: number;
}

/** Places of equal lines, rising on both sides. */
export function matchLines(left: readonly string[], right: readonly string[]): readonly Pair[] {
  const pairs: Pair[] = [];
  const waiting: Stretch[] = [{ left: 0, leftEnd: left.length, right: 0, rightEnd: right.length }];
  let looks = MOST_LOOKS * (left.length + right.length);
  for (let stretch = waiting.pop(); stretch !== undefined && looks > 0; stretch = waiting.pop()) {
    const middle = trimEqual(left, right, stretch, pairs);
    if (middle.left >= middle.leftEnd || middle.right >= middle.rightEnd) continue;
    looks -= middle.leftEnd - middle.left + middle.rightEnd - middle.right;
    const anchors = longestRising(uniquePairs(left, right, middle));
    if (anchors.length === 0) {
      pairs.push(...shortPairs(left, right, middle));
      continue;
    }
    let [from, rightFrom] = [middle.left, middle.right];
    for (const [leftAt, rightAt] of anchors) {
      pairs.push([leftAt, rightAt]);
      waiting.push({ left: from, leftEnd: leftAt, right: rightFrom, rightEnd: rightAt });
      [from, rightFrom] = [leftAt + 1, rightAt + 1];
    }
    waiting.push({ left: from, leftEnd: middle.leftEnd, right: rightFrom, rightEnd: middle.rightEnd });
  }
  return pairs.sort(([one], [other]) => one - other);
}

/** Pairs equal lines at both ends of the stretch, and gives what is between. */
function trimEqual(left: readonly string[], right: readonly string[], stretch: Stretch, pairs: Pair[]): Stretch {
  let { left: leftAt, leftEnd, right: rightAt, rightEnd } = stretch;
  while (leftAt < leftEnd && rightAt < rightEnd && left[leftAt] === right[rightAt]) pairs.push([leftAt++, rightAt++]);
  while (leftAt < leftEnd && rightAt < rightEnd && left[leftEnd - 1] === right[rightEnd - 1])
    pairs.push([--leftEnd, --rightEnd]);
  return { left: leftAt, leftEnd, right: rightAt, rightEnd };
}

/** Lines that occur once on each side, by their place on the left. */
function uniquePairs(left: readonly string[], right: readonly string[], stretch: Stretch): readonly Pair[] {
  const onRight = uniquePlaces(right, stretch.right, stretch.rightEnd);
  const pairs: Pair[] = [];
  for (const [line, leftAt] of uniquePlaces(left, stretch.left, stretch.leftEnd)) {
    const rightAt = onRight.get(line) ?? -1;
    if (leftAt !== -1 && rightAt !== -1) pairs.push([leftAt, rightAt]);
  }
  return pairs;
}

/** -1: it occurs more than once. */
function uniquePlaces(lines: readonly string[], from: number, end: number): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (let at = from; at < end; at += 1) {
    const line = lines[at] ?? '';
    places.set(line, places.has(line) ? -1 : at);
  }
  return places;
}

/** The longest part of the pairs whose places rise on the right too (patience sorting). */
function longestRising(pairs: readonly Pair[]): readonly Pair[] {
  const tops: number[] = [];
  const previous: number[] = [];
  for (const [index, [, rightAt]] of pairs.entries()) {
    let [low, high] = [0, tops.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((pairs[tops[middle] ?? 0]?.[1] ?? 0) < rightAt) low = middle + 1;
      else high = middle;
    }
    previous[index] = low === 0 ? -1 : (tops[low - 1] ?? -1);
    tops[low] = index;
  }
  const rising: Pair[] = [];
  for (let index = tops.at(-1) ?? -1; index !== -1; index = previous[index] ?? -1) {
    const pair = pairs[index];
    if (pair !== undefined) rising.push(pair);
  }
  return rising.reverse();
}

/** The longest common lines of a short stretch; none of a long one, which counts as replaced. */
function shortPairs(left: readonly string[], right: readonly string[], stretch: Stretch): readonly Pair[] {
  const [rows, columns] = [stretch.leftEnd - stretch.left, stretch.rightEnd - stretch.right];
  if (rows * columns > MOST_PAIRS) return [];
  // lengths[row][column]: of what is common from there on.
  const width = columns + 1;
  const lengths = new Uint16Array((rows + 1) * width);
  const isSame = (row: number, column: number) => left[stretch.left + row] === right[stretch.right + column];
  for (let row = rows - 1; row >= 0; row -= 1) {
    for (let column = columns - 1; column >= 0; column -= 1) {
      lengths[row * width + column] = isSame(row, column)
        ? (lengths[(row + 1) * width + column + 1] ?? 0) + 1
        : Math.max(lengths[(row + 1) * width + column] ?? 0, lengths[row * width + column + 1] ?? 0);
    }
  }
  const pairs: Pair[] = [];
  let [row, column] = [0, 0];
  while (row < rows && column < columns) {
    if (isSame(row, column)) pairs.push([stretch.left + row++, stretch.right + column++]);
    else if ((lengths[(row + 1) * width + column] ?? 0) >= (lengths[row * width + column + 1] ?? 0)) row += 1;
    else column += 1;
  }
  return pairs;
}
