import type { Steps } from './steps.ts';
import type { ByteText } from './text.ts';

/** A text as a difference sees it: each line, and the block it belongs to; without blocks all lines belong together. */
export interface DiffedText {
  readonly lines: readonly ByteText[];
  readonly menus: readonly string[];
}

/**
 * The lines of two texts as numbers, each less than `count`: lines of the same block that are equal have the same one. Those that both
 * texts begin or end with are in pairs already: each pair has a number of its own.
 */
export interface NumberedLines {
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly count: number;
}

/** Lines of one step. */
export const LINES_AT_ONCE = 1_000;

/** Comparing numbers takes a tenth of the time that comparing lines takes. The same line in two blocks is two lines. */
export function* numberLines(left: DiffedText, right: DiffedText): Steps<NumberedLines> {
  const blocks = new Map<string, Map<ByteText, number>>();
  let count = 0;
  function numberOf({ lines, menus }: DiffedText, at: number): number {
    const line = lines[at] ?? '';
    const known = blocks.getOrInsertComputed(menus[at] ?? '', () => new Map<ByteText, number>());
    const number = known.get(line);
    if (number !== undefined) return number;
    known.set(line, count);
    count += 1;
    return count - 1;
  }
  const leftNumbers = new Int32Array(left.lines.length);
  const rightNumbers = new Int32Array(right.lines.length);
  const { head, leftEnd, rightEnd } = middleOf(left, right);
  for (; count < head; count += 1) leftNumbers[count] = rightNumbers[count] = count;
  for (let at = leftEnd; at < leftNumbers.length; at += 1, count += 1) {
    leftNumbers[at] = rightNumbers[rightEnd + at - leftEnd] = count;
  }
  yield;
  /** Where each line stands on the left, the last time. */
  const places = new Int32Array(left.lines.length);
  for (let at = head; at < leftEnd; at += 1) {
    const number = numberOf(left, at);
    leftNumbers[at] = number;
    places[number] = at;
    if (at % LINES_AT_ONCE === 0) yield;
  }
  // Most often the line that comes next on the left: then there is nothing to look up.
  let next = head;
  for (let at = head; at < rightEnd; at += 1) {
    const isNext = next < leftEnd && isSameLine(left, next, right, at);
    const number = isNext ? (leftNumbers[next] ?? 0) : numberOf(right, at);
    rightNumbers[at] = number;
    next = (isNext ? next : (places[number] ?? next)) + 1;
    if (at % LINES_AT_ONCE === 0) yield;
  }
  return { left: leftNumbers, right: rightNumbers, count };
}

/** What is left without the lines that both texts begin with, and then without those that both end with. */
function middleOf(left: DiffedText, right: DiffedText) {
  let [head, leftEnd, rightEnd] = [0, left.lines.length, right.lines.length];
  while (head < Math.min(leftEnd, rightEnd) && isSameLine(left, head, right, head)) head += 1;
  while (leftEnd > head && rightEnd > head && isSameLine(left, leftEnd - 1, right, rightEnd - 1)) {
    leftEnd -= 1;
    rightEnd -= 1;
  }
  return { head, leftEnd, rightEnd };
}

function isSameLine(left: DiffedText, leftAt: number, right: DiffedText, rightAt: number): boolean {
  return left.lines[leftAt] === right.lines[rightAt] && left.menus[leftAt] === right.menus[rightAt];
}

/** What stands for no place. */
export const NOWHERE = -1;

/** Pairs of lines compared at most where unique lines do not help; beyond it the stretch counts as replaced. */
const MOST_PAIRS = 40_000;
/** How often each line is looked at, on average, before the rest counts as replaced: texts made to be slow end there. */
const MOST_LOOKS = 32;
/** Of one step. */
const LOOKS_AT_ONCE = 20_000;
/** What a stretch takes besides its lines, as looks: thousands of lines that changed one by one are as many stretches. */
const LOOKS_OF_STRETCH = 20;

type Pair = readonly [left: number, right: number];

interface Stretch {
  readonly left: number;
  readonly leftEnd: number;
  readonly right: number;
  readonly rightEnd: number;
}

/**
 * For each line on the left the place of the same line on the right, or `NOWHERE`; the places rise. Lines that occur once on both sides
 * hold the texts together (patience diff), so that the time is bounded by n log n whatever changed; there may be more pairs than are found.
 */
export function* matchLines(lines: NumberedLines): Steps<Int32Array> {
  const { left, right } = lines;
  const partners = new Int32Array(left.length).fill(NOWHERE);
  const uniquePairs = uniquePairsOf(lines);
  const shortPairs = shortPairsOf(lines);
  const waiting: Stretch[] = [{ left: 0, leftEnd: left.length, right: 0, rightEnd: right.length }];
  let looks = MOST_LOOKS * (left.length + right.length);
  let step = 0;
  for (let stretch = waiting.pop(); stretch !== undefined && looks > 0; stretch = waiting.pop()) {
    const middle = trimEqual(lines, stretch, partners);
    if (middle.left >= middle.leftEnd || middle.right >= middle.rightEnd) continue;
    const ownLooks = middle.leftEnd - middle.left + middle.rightEnd - middle.right;
    looks -= ownLooks;
    step += ownLooks + LOOKS_OF_STRETCH;
    if (step > LOOKS_AT_ONCE) {
      yield;
      step = 0;
    }
    const anchors = longestRising(uniquePairs(middle));
    if (anchors.length === 0) {
      shortPairs(middle, partners);
      continue;
    }
    let [from, rightFrom] = [middle.left, middle.right];
    for (const [leftAt, rightAt] of anchors) {
      partners[leftAt] = rightAt;
      waiting.push({ left: from, leftEnd: leftAt, right: rightFrom, rightEnd: rightAt });
      [from, rightFrom] = [leftAt + 1, rightAt + 1];
    }
    waiting.push({ left: from, leftEnd: middle.leftEnd, right: rightFrom, rightEnd: middle.rightEnd });
  }
  return partners;
}

/** Pairs equal lines at both ends of the stretch, and gives what is between. */
function trimEqual({ left, right }: NumberedLines, stretch: Stretch, partners: Int32Array): Stretch {
  let { left: leftAt, leftEnd, right: rightAt, rightEnd } = stretch;
  while (leftAt < leftEnd && rightAt < rightEnd && left[leftAt] === right[rightAt]) partners[leftAt++] = rightAt++;
  while (leftAt < leftEnd && rightAt < rightEnd && left[leftEnd - 1] === right[rightEnd - 1])
    partners[--leftEnd] = --rightEnd;
  return { left: leftAt, leftEnd, right: rightAt, rightEnd };
}

/** Finds lines that occur once on each side of a stretch, by their place on the left. */
function uniquePairsOf({ left, right, count }: NumberedLines): (stretch: Stretch) => readonly Pair[] {
  // Of each line; all 0 between two stretches.
  const onLeft = new Uint32Array(count);
  const onRight = new Uint32Array(count);
  const places = new Int32Array(count);
  return (stretch) => {
    const pairs: Pair[] = [];
    for (let at = stretch.left; at < stretch.leftEnd; at += 1) addTo(onLeft, left[at] ?? 0);
    for (let at = stretch.right; at < stretch.rightEnd; at += 1) {
      const line = right[at] ?? 0;
      addTo(onRight, line);
      places[line] = at;
    }
    for (let at = stretch.left; at < stretch.leftEnd; at += 1) {
      const line = left[at] ?? 0;
      if (onLeft[line] === 1 && onRight[line] === 1) pairs.push([at, places[line] ?? 0]);
    }
    for (let at = stretch.left; at < stretch.leftEnd; at += 1) onLeft[left[at] ?? 0] = 0;
    for (let at = stretch.right; at < stretch.rightEnd; at += 1) onRight[right[at] ?? 0] = 0;
    return pairs;
  };
}

function addTo(counts: Uint32Array, line: number): void {
  counts[line] = (counts[line] ?? 0) + 1;
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
    previous[index] = low === 0 ? NOWHERE : (tops[low - 1] ?? NOWHERE);
    tops[low] = index;
  }
  const rising: Pair[] = [];
  for (let index = tops.at(-1) ?? NOWHERE; index !== NOWHERE; index = previous[index] ?? NOWHERE) {
    const pair = pairs[index];
    if (pair !== undefined) rising.push(pair);
  }
  return rising.reverse();
}

/** Pairs the longest common lines of a short stretch; none of a long one, which counts as replaced. */
function shortPairsOf({ left, right }: NumberedLines): (stretch: Stretch, partners: Int32Array) => void {
  // lengths[row * width + column]: of what is common from there on. Used by one after the other.
  let lengths = new Uint16Array(0);
  return (stretch, partners) => {
    const [rows, columns] = [stretch.leftEnd - stretch.left, stretch.rightEnd - stretch.right];
    if (rows * columns > MOST_PAIRS) return;
    const width = columns + 1;
    if (lengths.length < (rows + 1) * width) lengths = new Uint16Array((rows + 1) * width * 2);
    const isSame = (row: number, column: number) => left[stretch.left + row] === right[stretch.right + column];
    lengths.fill(0, rows * width, (rows + 1) * width);
    for (let row = rows - 1; row >= 0; row -= 1) {
      lengths[row * width + columns] = 0;
      for (let column = columns - 1; column >= 0; column -= 1) {
        lengths[row * width + column] = isSame(row, column)
          ? (lengths[(row + 1) * width + column + 1] ?? 0) + 1
          : Math.max(lengths[(row + 1) * width + column] ?? 0, lengths[row * width + column + 1] ?? 0);
      }
    }
    let [row, column] = [0, 0];
    while (row < rows && column < columns) {
      if (isSame(row, column)) partners[stretch.left + row++] = stretch.right + column++;
      else if ((lengths[(row + 1) * width + column] ?? 0) >= (lengths[row * width + column + 1] ?? 0)) row += 1;
      else column += 1;
    }
  };
}
