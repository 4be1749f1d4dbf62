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

/** A row whose arguments were not looked at yet: to find them takes ten times as long. */
export interface Command extends Pick<Row, 'menu' | 'verb' | 'line'> {
  /** Where it begins in the line, after the menu of a terse one. */
  readonly from: number;
}

/**
 * The commands of an export in their order, from lines whose wraps are joined and that hold no comments. It takes whatever a device
 * sends, in linear time; a line that is no command is one without verb.
 */
export function commandsOf(lines: readonly ByteText[]): readonly Command[] {
  let menu = '';
  const commands: Command[] = [];
  for (const line of lines) {
    const inline = line.startsWith('/') ? splitInline(line) : null;
    if (inline !== null) menu = inline.menu;
    if (inline?.from === line.length) continue;
    const from = afterBlanks(line, inline?.from ?? 0);
    const first = from < line.length ? line.slice(from, tokenAt(line, from).end) : '';
    commands.push({ menu, verb: VERBS.has(first) ? first : '', line, from });
  }
  return commands;
}

/** The same with their arguments. */
export function rowsOf(lines: readonly ByteText[]): readonly Row[] {
  return commandsOf(lines).map(rowOf);
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
  for (let at = 0; at < line.length; ) {
    const { start, end } = tokenAt(line, at);
    const word = line.slice(start, end);
    if (start > 0 && VERBS.has(word)) return { menu: line.slice(0, start).trimEnd(), from: start };
    if (!MENU_WORD.test(word)) return null;
    at = afterBlanks(line, end);
  }
  return { menu: line.trimEnd(), from: line.length };
}

export function rowOf({ menu, verb, line, from }: Command): Row {
  if (verb === '') return { menu, verb, target: '', args: [], line };
  const args: Argument[] = [];
  const targets: ByteText[] = [];
  for (const { start, end, equals } of tokensOf(line, from + verb.length)) {
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
const [TAB, BLANK, QUOTE, EQUALS, BACKSLASH] = [0x09, 0x20, 0x22, 0x3d, 0x5c];

/** Parts between blanks; quoted text and brackets hold theirs together. What is never closed goes on to the end of the line. */
export function tokensOf(line: ByteText, from: number): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = afterBlanks(line, from); at < line.length; ) {
    const token = tokenAt(line, at);
    tokens.push(token);
    at = afterBlanks(line, token.end);
  }
  return tokens;
}

function afterBlanks(line: ByteText, from: number): number {
  let at = from;
  while (at < line.length && isBlank(line.charCodeAt(at))) at += 1;
  return at;
}

/** The part that begins there, at no blank. Looks at codes of characters: it takes each byte of a configuration. */
function tokenAt(line: ByteText, start: number): Token {
  let equals = -1;
  let depth = 0;
  let at = start;
  for (; at < line.length; at += 1) {
    const code = line.charCodeAt(at);
    if (code === QUOTE) at = endOfQuoted(line, at);
    else if (isOpening(code)) depth += 1;
    else if (isClosing(code)) depth = Math.max(0, depth - 1);
    else if (code === EQUALS && equals === -1 && depth === 0) equals = at;
    else if (depth === 0 && isBlank(code)) break;
  }
  const end = Math.min(at, line.length);
  const isNamed = equals > start && NAME.test(line.slice(start, equals));
  return { start, end, equals: isNamed ? equals : -1 };
}

function isBlank(code: number): boolean {
  return code === BLANK || code === TAB;
}

/** `[`, `{` or `(`. */
function isOpening(code: number): boolean {
  return code === 0x5b || code === 0x7b || code === 0x28;
}

/** `]`, `}` or `)`. */
function isClosing(code: number): boolean {
  return code === 0x5d || code === 0x7d || code === 0x29;
}

/** The place of the quote that closes the one at `open`, or the end of the line. */
function endOfQuoted(line: ByteText, open: number): number {
  for (let at = open + 1; at < line.length; at += 1) {
    const code = line.charCodeAt(at);
    if (code === BACKSLASH) at += 1;
    else if (code === QUOTE) return at;
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
