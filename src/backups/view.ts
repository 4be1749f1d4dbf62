import { clip } from '../runtime/format.ts';
import type { DeviceModel } from './models/model.ts';
import { hideShapes } from './secret-shapes.ts';
import { type ByteText, shownLine } from './text.ts';

/** A text as people read it, of which parts are shown. */
export interface ReadableText {
  readonly lines: readonly ByteText[];
  /** Of each line the number of its first physical line, from 1. */
  readonly numbers: readonly number[];
  /** The block that each line belongs to. */
  readonly menus: readonly ByteText[];
}

/** A line as it is shown. */
export interface ShownLine {
  readonly number: number;
  readonly menu: string;
  readonly text: string;
}

/** Lines that belong together on a page: from one up to another, which is not in it. */
export interface Part {
  readonly from: number;
  readonly end: number;
}

/** Lines of one part, and their characters: what it takes to hide the secrets in them is bounded by both. */
const MOST_LINES = 1_000;
const MOST_CHARACTERS = 256 * 1024;
/** Characters of one line on a page. */
const LONGEST_SHOWN = 4_000;

export function readableOf(model: DeviceModel, text: ByteText): ReadableText {
  const readable = model.readableLines(text);
  const lines = readable.map((each) => each.text);
  return { lines, numbers: readable.map(({ line }) => line), menus: model.blocksOf(lines) };
}

/** The parts that something is shown in, each at least one line; of nothing one empty part. */
export function partsOf<Line>(lines: readonly Line[], lengthOf: (line: Line) => number): readonly [Part, ...Part[]] {
  const first = partFrom(lines, 0, lengthOf);
  const parts: [Part, ...Part[]] = [first];
  for (let { end } = first; end < lines.length; ) {
    const part = partFrom(lines, end, lengthOf);
    parts.push(part);
    end = part.end;
  }
  return parts;
}

function partFrom<Line>(lines: readonly Line[], from: number, lengthOf: (line: Line) => number): Part {
  let end = from;
  for (let characters = 0; end < lines.length && end - from < MOST_LINES; end += 1) {
    const line = lines[end];
    characters += line === undefined ? 0 : lengthOf(line);
    if (end > from && characters > MOST_CHARACTERS) break;
  }
  return { from, end };
}

/** The lines of a part, secrets hidden but with `reveal`. */
export function showPart(
  model: DeviceModel,
  { lines, numbers, menus }: ReadableText,
  { from, end }: Part,
  { reveal }: { readonly reveal: boolean },
): readonly ShownLine[] {
  const isWanted = (index: number) => index >= from && index < end;
  const shown = reveal ? lines : model.maskLines(lines, isWanted);
  return shown.slice(from, end).map((line, index) => ({
    number: numbers[from + index] ?? 0,
    menu: shownMenu(menus[from + index] ?? ''),
    text: shownLine(line),
  }));
}

export function shownMenu(menu: ByteText): string {
  return clip(shownLine(hideShapes(menu.slice(0, 400))), 200);
}

/** A line for a page, with what is too long left out and said. */
export function clipLine(text: string): string {
  if (text.length <= LONGEST_SHOWN) return text;
  return `${clip(text, LONGEST_SHOWN)} (${(text.length - LONGEST_SHOWN + 1).toLocaleString('en-US')} more characters)`;
}

/** The text with secrets hidden, its wraps joined, in pieces: between two of them others have their turn. */
export function* maskedPieces(model: DeviceModel, text: ByteText): Generator<string> {
  const readable = readableOf(model, text);
  for (const part of partsOf(readable.lines, ({ length }) => length)) {
    yield showPart(model, readable, part, { reveal: false })
      .map((line) => `${line.text}\n`)
      .join('');
  }
}

/** A block of a text, and where it begins. */
export interface BlockStart {
  readonly menu: string;
  readonly number: number;
  /** Which part it begins in, from 0. */
  readonly part: number;
}

/** Where the blocks begin, in order; of more than `most` the first ones. */
export function blockStarts({ menus, numbers }: ReadableText, parts: readonly Part[], most: number): BlockStart[] {
  const starts: BlockStart[] = [];
  let part = 0;
  for (const [index, menu] of menus.entries()) {
    while ((parts[part]?.end ?? Number.POSITIVE_INFINITY) <= index) part += 1;
    if (menu === '' || menu === menus[index - 1]) continue;
    if (starts.length >= most) break;
    starts.push({ menu: shownMenu(menu), number: numbers[index] ?? 0, part });
  }
  return starts;
}

/** Which part a physical line is in. */
export function partOfLine({ numbers }: Pick<ReadableText, 'numbers'>, parts: readonly Part[], number: number): number {
  const after = parts.findIndex(({ end }) => (numbers[end] ?? Number.POSITIVE_INFINITY) > number);
  return after === -1 ? 0 : after;
}
