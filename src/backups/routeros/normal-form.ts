import { type ByteText, endOfLine } from '../text.ts';
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
  const joined: JoinedLine[] = [];
  let line = 1;
  joinLines(whole, (text, isComment, count) => {
    joined.push({ text, line, lastLine: line + count - 1, isComment });
    line += count;
  });
  return joined;
}

/** Gives each joined line, and of how many physical ones it is. Most lines are wrapped, so that no list is made of the physical ones. */
function joinLines(whole: ByteText, take: (text: ByteText, isComment: boolean, count: number) => void): void {
  for (let at = 0; at < whole.length; ) {
    const isComment = whole.startsWith('#', at);
    let text = '';
    let count = 0;
    for (let isWrapped = true; isWrapped; ) {
      const found = whole.indexOf('\n', at);
      const next = found === -1 ? whole.length : found + 1;
      const end = endOfLine(whole, at, found);
      count += 1;
      isWrapped = !isComment && end > at && whole[end - 1] === '\\' && whole.startsWith(AFTER_WRAP, next);
      text += whole.slice(at, isWrapped ? end - 1 : end);
      at = isWrapped ? next + AFTER_WRAP.length : next;
    }
    take(text, isComment, count);
  }
}

/**
 * What of an export counts when two are compared: no comments (they hold the time of the export and states that come and go), no
 * wraps, no empty lines, no menu without rows; of version 6 no rows that PPP and DHCP make and remove by themselves.
 */
export function normalLines(text: ByteText): readonly ByteText[] {
  const hasDynamic = hasDynamicRows(text);
  const lines: ByteText[] = [];
  joinLines(text, (line, isComment) => {
    if (isComment || line.trim() === '' || (hasDynamic && isDynamic(line))) return;
    // The menu before it has no rows.
    if (isMenuLine(line) && isMenuLine(lines.at(-1) ?? '')) lines.pop();
    lines.push(line);
  });
  if (isMenuLine(lines.at(-1) ?? '')) lines.pop();
  return lines;
}

/** Whether two exports have the same normal form since they are the same after the comments at the top. */
export function differInHeadOnly(one: ByteText, other: ByteText): boolean {
  return hasDynamicRows(one) === hasDynamicRows(other) && bodyOf(one) === bodyOf(other);
}

function bodyOf(text: ByteText): ByteText {
  let at = 0;
  while (text.startsWith('#', at)) {
    const end = text.indexOf('\n', at);
    at = end === -1 ? text.length : end + 1;
  }
  return text.slice(at);
}

/** Version 6 exports rows that PPP and DHCP made, too. */
function hasDynamicRows(text: ByteText): boolean {
  return readHead(text).version?.startsWith('6.') === true;
}

const DYNAMIC_NAME = /^"?<[^<>"]+>"?$/;

function isDynamic(line: ByteText): boolean {
  if (!line.includes('<')) return false;
  return rowsOf([line]).some(
    ({ target, args }) =>
      DYNAMIC_NAME.test(target) || args.some(({ name, value }) => name === 'name' && DYNAMIC_NAME.test(value)),
  );
}
