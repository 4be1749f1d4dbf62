/** One row as the API gives it: every value is a string. */
export type Row = Readonly<Record<string, string>>;

/**
 * Rows of one menu. `wanted` are the properties that will be used, `null` for all: a list of thousands of queues need not
 * be rendered in full.
 */
export type Menu = (wanted: readonly string[] | null) => readonly Row[];

/** What a command is answered with. */
export type Answer =
  | {
      readonly kind: 'rows';
      readonly rows: readonly Row[];
      /** Called when the last byte of the list has been handed to the network. */
      readonly served?: () => void;
    }
  | { readonly kind: 'trap'; readonly message: string; readonly category: number | null };

/** Category of a `!trap`: the command or the item is missing. */
const MISSING = 0;
/** Category of a `!trap`: an argument is wrong. */
const BAD_ARGUMENT = 1;

const READING_VERBS = new Set(['print', 'getall']);

export interface Command {
  readonly path: string;
  readonly verb: string;
  /** Words after the command, without `.tag`. */
  readonly words: readonly string[];
}

export function parseCommand(word: string, words: readonly string[]): Command {
  const cut = word.lastIndexOf('/');
  return { path: word.slice(0, cut), verb: word.slice(cut + 1), words };
}

export const NOT_PERMITTED: Answer = { kind: 'trap', message: 'not enough permissions (9)', category: null };

/** Answers a command on a menu as an account that may only read; `undefined` is a menu this router does not have. */
export function answerFrom(menu: Menu | undefined, command: Command): Answer {
  if (menu === undefined) return { kind: 'trap', message: 'no such command prefix', category: MISSING };
  if (!READING_VERBS.has(command.verb)) {
    return WRITING_VERBS.has(command.verb)
      ? NOT_PERMITTED
      : { kind: 'trap', message: `no such command or directory (${command.verb})`, category: MISSING };
  }
  return print(menu, command.words);
}

const WRITING_VERBS = new Set([
  ...['add', 'set', 'remove', 'enable', 'disable', 'move', 'unset', 'comment', 'reset-counters', 'reset-counters-all'],
  ...['reboot', 'shutdown', 'run'],
]);

interface Condition {
  readonly properties: readonly string[];
  readonly holds: (row: Row) => boolean;
}

function print(menu: Menu, words: readonly string[]): Answer {
  let proplist: readonly string[] | null = null;
  const conditions: Condition[] = [];
  for (const word of words) {
    if (word.startsWith('=.proplist=')) proplist = word.slice('=.proplist='.length).split(',');
    else if (/^\?#\|+$/.test(word)) conditions.push(anyOf(conditions.splice(1 - word.length)));
    else if (word.startsWith('?')) conditions.push(parseCondition(word.slice(1)));
    else return { kind: 'trap', message: 'unknown parameter', category: BAD_ARGUMENT };
  }
  const wanted = proplist === null ? null : [...new Set([...proplist, ...conditions.flatMap((c) => c.properties)])];
  const matching = menu(wanted).filter((row) => conditions.every((c) => c.holds(row)));
  const properties = proplist;
  return {
    kind: 'rows',
    rows: properties === null || conditions.length === 0 ? matching : matching.map((row) => pick(row, properties)),
  };
}

/** `?name`, `?-name` and `?name=value`; several are a conjunction, unless `?#|` joins them. */
function parseCondition(text: string): Condition {
  const equals = text.indexOf('=');
  if (equals > 0) {
    const [property, expected] = [text.slice(0, equals), text.slice(equals + 1)];
    return { properties: [property], holds: (row) => row[property] === expected };
  }
  const [property, isThere] = text.startsWith('-') ? [text.slice(1), false] : [text, true];
  return { properties: [property], holds: (row) => (row[property] !== undefined) === isThere };
}

/** `?#|` once less than there are conditions. */
function anyOf(conditions: readonly Condition[]): Condition {
  return {
    properties: conditions.flatMap(({ properties }) => properties),
    holds: (row) => conditions.some(({ holds }) => holds(row)),
  };
}

/** A menu whose rows are given as they are. */
export function plainMenu(rows: () => readonly Row[]): Menu {
  return (wanted) => (wanted === null ? rows() : rows().map((row) => pick(row, wanted)));
}

function pick(row: Row, properties: readonly string[]): Row {
  const picked: Record<string, string> = {};
  for (const property of properties) {
    const value = row[property];
    if (value !== undefined) picked[property] = value;
  }
  return picked;
}
