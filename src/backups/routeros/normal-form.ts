import { type ByteText, linesOf } from '../text.ts';
import { readHead } from './head.ts';
import { isMenuLine, rowsOf } from './rows.ts';

const AFTER_WRAP = '    ';

/** A line of an export with its wraps joined. */
export interface JoinedLine {
  readonly text: ByteText;
  /** Number of its first physical line, from 1. */
  readonly line: number;
  readonly isComment: boolean;
}

/**
 * The lines of an export, comments and empty ones among them, wraps joined: RouterOS breaks a line, also inside quotes, by `\`, a
 * line end and four blanks. No whole line ends with `\`, so nothing else is joined.
 */
export function joinedLines(text: ByteText): readonly JoinedLine[] {
  const lines = linesOf(text);
  const joined: JoinedLine[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const parts = [lines[index] ?? ''];
    const first = index;
    const isComment = parts[0]?.startsWith('#') === true;
    while (!isComment && parts.at(-1)?.endsWith('\\') && lines[index + 1]?.startsWith(AFTER_WRAP)) {
      parts.push(parts.pop()?.slice(0, -1) ?? '', lines[index + 1]?.slice(AFTER_WRAP.length) ?? '');
      index += 1;
    }
    joined.push({ text: parts.join(''), line: first + 1, isComment });
  }
  return joined;
}

/**
 * What of an export counts when two are compared: no comments (they hold the time of the export and states that come and go), no
 * wraps, no empty lines, no menu without rows; of version 6 no rows that PPP and DHCP make and remove by themselves.
 */
export function normalLines(text: ByteText): readonly ByteText[] {
  const hasDynamicRows = readHead(text).version?.startsWith('6.') === true;
  const lines = joinedLines(text)
    .filter(({ isComment, text: line }) => !isComment && line.trim() !== '')
    .map(({ text: line }) => line)
    .filter((line) => !hasDynamicRows || !isDynamic(line));
  return lines.filter((line, index) => !isMenuLine(line) || !isMenuLine(lines[index + 1] ?? '/'));
}

const DYNAMIC_NAME = /^"?<[^<>"]+>"?$/;

function isDynamic(line: ByteText): boolean {
  if (!line.includes('<')) return false;
  return rowsOf([line]).some(
    ({ target, args }) =>
      DYNAMIC_NAME.test(target) || args.some(({ name, value }) => name === 'name' && DYNAMIC_NAME.test(value)),
  );
}
