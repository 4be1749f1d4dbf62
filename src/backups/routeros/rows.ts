import type { ByteText } from '../text.ts';

/** `name=value` of a row. The places are of the line; the value is as written, with its quotes. */
export interface Argument {
  readonly name: string;
  readonly value: ByteText;
  readonly start: number;
  readonly end: number;
}

/** One command of an export. */
export interface Row {
  readonly menu: ByteText;
  /** `add`, `set`, …; `''` where the line is none of a RouterOS export. */
  readonly verb: string;
  /** What stands between verb and arguments, as written: `[ find default=yes ]`, `"<pppoe-bob>"`, `0`; `''` for none. */
  readonly target: ByteText;
  readonly args: readonly Argument[];
  /** The whole line, its wraps joined. */
  readonly line: ByteText;
}

const VERBS = new Set(['add', 'set', 'remove', 'move', 'enable', 'disable', 'unset', 'edit', 'reset', 'comment']);

/**
 * The rows of an export in their order, from lines whose wraps are joined and that hold no comments. It takes whatever a device
 * sends, in linear time; a line that is no command is a row without verb.
 */
export function rowsOf(lines: readonly ByteText[]): readonly Row[] {
  let menu = '';
  const rows: Row[] = [];
  for (const line of lines) {
    const inline = line.startsWith('/') ? splitInline(line) : null;
    if (inline !== null) menu = inline.menu;
    if (inline?.from === line.length) continue;
    rows.push(rowOf(menu, line, inline?.from ?? 0));
  }
  return rows;
}

/** The menu that holds after each line: what a change of that line belongs to. */
export function menusOf(lines: readonly ByteText[]): readonly ByteText[] {
  let menu = '';
  return lines.map((line) => {
    if (line.startsWith('/')) menu = splitInline(line)?.menu ?? menu;
    return menu;
  });
}

/** Whether a line only says to which menu the next ones belong. */
export function isMenuLine(line: ByteText): boolean {
  return line.startsWith('/') && splitInline(line)?.from === line.length;
}

const MENU_WORD = /^[\w/-]+$/;

/** `/ip address` or `/ip address add …`, as `export terse` writes it: the menu, and where the command begins; `null` for neither. */
function splitInline(line: ByteText): { readonly menu: ByteText; readonly from: number } | null {
  for (const { start, end } of tokensOf(line, 0)) {
    if (start > 0 && VERBS.has(line.slice(start, end))) return { menu: line.slice(0, start).trimEnd(), from: start };
    if (!MENU_WORD.test(line.slice(start, end))) return null;
  }
  return { menu: line.trimEnd(), from: line.length };
}

function rowOf(menu: ByteText, line: ByteText, from: number): Row {
  const [first, ...others] = tokensOf(line, from);
  const verb = first === undefined ? '' : line.slice(first.start, first.end);
  if (first === undefined || !VERBS.has(verb)) return { menu, verb: '', target: '', args: [], line };
  const args: Argument[] = [];
  const targets: ByteText[] = [];
  for (const { start, end, equals } of others) {
    if (equals === -1) targets.push(line.slice(start, end));
    else args.push({ name: line.slice(start, equals), value: line.slice(equals + 1, end), start: equals + 1, end });
  }
  return { menu, verb, target: targets.join(' '), args, line };
}

/**
 * Gives the whole names of the arguments of one row, asked from left to right: in `security.wps=… .passphrase=…` the second one is
 * `security.passphrase`.
 */
export function createNameReader(): (written: string) => string {
  let group = '';
  return (written) => {
    const name = written.startsWith('.') ? group + written : written;
    if (name.includes('.')) group = name.slice(0, name.lastIndexOf('.'));
    return name;
  };
}

interface Token {
  readonly start: number;
  readonly end: number;
  /** Of the `=` after a name; -1 for none. */
  readonly equals: number;
}

const NAME = /^[\w.!-]+$/;

/** Parts between blanks; quoted text and brackets hold theirs together. What is never closed goes on to the end of the line. */
export function tokensOf(line: ByteText, from: number): readonly Token[] {
  const tokens: Token[] = [];
  let at = from;
  while (at < line.length) {
    if (line[at] === ' ' || line[at] === '\t') {
      at += 1;
      continue;
    }
    const start = at;
    let equals = -1;
    let depth = 0;
    for (; at < line.length; at += 1) {
      const character = line[at];
      if (character === '"') at = endOfQuoted(line, at);
      else if (character === '[' || character === '{' || character === '(') depth += 1;
      else if (character === ']' || character === '}' || character === ')') depth = Math.max(0, depth - 1);
      else if (character === '=' && equals === -1 && depth === 0) equals = at;
      else if (depth === 0 && (character === ' ' || character === '\t')) break;
    }
    at = Math.min(at, line.length);
    const isNamed = equals > start && NAME.test(line.slice(start, equals));
    tokens.push({ start, end: at, equals: isNamed ? equals : -1 });
  }
  return tokens;
}

/** The place of the quote that closes the one at `open`, or the end of the line. */
function endOfQuoted(line: ByteText, open: number): number {
  for (let at = open + 1; at < line.length; at += 1) {
    if (line[at] === '\\') at += 1;
    else if (line[at] === '"') return at;
  }
  return line.length;
}

/** What a value says: without its quotes and their escapes. */
export function unquoted(value: ByteText): ByteText {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value;
  return value.slice(1, -1).replace(/\\([0-9A-F]{2}|.)/g, (_, escaped: string) => unescaped(escaped));
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v' };

function unescaped(escaped: string): string {
  if (escaped.length === 2) return String.fromCharCode(Number.parseInt(escaped, 16));
  return ESCAPES[escaped] ?? (escaped === '_' ? ' ' : escaped);
}

/** The text as a quoted value of a command that only says this text: nothing in it is run or replaced. */
export function quoted(text: ByteText): ByteText {
  const escaped = text.replace(/[\\"$?]|[^\x20-\x7e]/g, (character) =>
    /[\\"$?]/.test(character)
      ? `\\${character}`
      : `\\${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
  return `"${escaped}"`;
}
