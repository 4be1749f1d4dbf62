import { type ByteText, linesOf } from '../text.ts';
import { readHead } from './head.ts';
import { isMenuLine, rowsOf } from './rows.ts';

/** What RouterOS puts at the beginning of a line that goes on. */
export const AFTER_WRAP = '    ';

/** A line of an export with its wraps joined. */
export interface JoinedLine {
  readonly text: ByteText;
  /** Number of its first physical line, from 1. */
  readonly line: number;
  /** And of its last one. */
  readonly lastLine: number;
  readonly isComment: boolean;
}

/**
 * The lines of an export, comments and empty ones among them, wraps joined: RouterOS breaks a line, also inside quotes, by `\`, a
 * line end and four blanks. No whole line ends with `\`, so nothing else is joined.
 */
export function joinedLines(whole: ByteText): readonly JoinedLine[] {
  const lines = linesOf(whole);
  const joined: JoinedLine[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    let last = lines[index] ?? '';
    const first = index;
    const isComment = last.startsWith('#');
    // Put together at the end: a line of a million wraps would be copied a million times.
    let before: ByteText[] | null = null;
    while (!isComment && last.endsWith('\\') && lines[index + 1]?.startsWith(AFTER_WRAP)) {
      before ??= [];
      before.push(last.slice(0, -1));
      index += 1;
      last = (lines[index] ?? '').slice(AFTER_WRAP.length);
    }
    const text = before === null ? last : before.join('') + last;
    joined.push({ text, line: first + 1, lastLine: index + 1, isComment });
  }
  return joined;
}

/**
 * What of an export counts when two are compared: no comments (they hold the time of the export and states that come and go), no
 * wraps, no empty lines, no menu without rows; of version 6 no rows that PPP and DHCP make and remove by themselves.
 */
export function normalLines(text: ByteText): readonly ByteText[] {
  const hasDynamicRows = readHead(text).version?.startsWith('6.') === true;
  const lines: ByteText[] = [];
  for (const { isComment, text: line } of joinedLines(text)) {
    if (isComment || line.trim() === '' || (hasDynamicRows && isDynamic(line))) continue;
    // The menu before it has no rows.
    if (isMenuLine(line) && isMenuLine(lines.at(-1) ?? '')) lines.pop();
    lines.push(line);
  }
  if (isMenuLine(lines.at(-1) ?? '')) lines.pop();
  return lines;
}

const DYNAMIC_NAME = /^"?<[^<>"]+>"?$/;

function isDynamic(line: ByteText): boolean {
  if (!line.includes('<')) return false;
  return rowsOf([line]).some(
    ({ target, args }) =>
      DYNAMIC_NAME.test(target) || args.some(({ name, value }) => name === 'name' && DYNAMIC_NAME.test(value)),
  );
}
