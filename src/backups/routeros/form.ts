import type { ByteText } from '../text.ts';

/** What is wrong with a line, and where: the place of a character, from 0. */
export interface FormFault {
  readonly at: number;
  readonly reason: string;
}

const CLOSES: Readonly<Record<string, string>> = { ']': '[', '}': '{', ')': '(' };
const ESCAPE = /\\(?:[0-9A-Fa-f]{2}|[nrtabfv_"\\$?])/y;

/** What RouterOS could not read in a line, whatever its menu is: quotes, brackets and escapes. The first one; what follows makes no sense. */
export function formFault(line: ByteText): FormFault | null {
  const open: { readonly at: number; readonly sign: string }[] = [];
  for (let at = 0; at < line.length; at += 1) {
    const sign = line[at] ?? '';
    if (sign === '"') {
      const end = endOfQuote(line, at);
      if (typeof end !== 'number') return end;
      at = end;
    } else if (sign === '[' || sign === '{' || sign === '(') open.push({ at, sign });
    else if (sign in CLOSES && open.pop()?.sign !== CLOSES[sign])
      return { at, reason: `${sign} closes a bracket that is not open` };
    else if (sign === '\\' && at === line.length - 1)
      return { at, reason: 'the line goes on after this sign, but the rest of it is missing' };
  }
  const [unclosed] = open;
  return unclosed === undefined ? null : { at: unclosed.at, reason: `${unclosed.sign} is never closed` };
}

/** The place of the quote that closes the one at `open`. */
function endOfQuote(line: ByteText, open: number): number | FormFault {
  for (let at = open + 1; at < line.length; at += 1) {
    if (line[at] === '"') return at;
    if (line[at] !== '\\') continue;
    if (at === line.length - 1) break;
    ESCAPE.lastIndex = at;
    if (!ESCAPE.test(line)) return { at, reason: 'RouterOS knows no such escape' };
    at = ESCAPE.lastIndex - 1;
  }
  return { at: open, reason: 'the quote is never closed' };
}
