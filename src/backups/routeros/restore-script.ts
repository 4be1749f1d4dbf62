import { formatCount } from '../../runtime/format.ts';
import { hideShapes } from '../secret-shapes.ts';
import type { ByteText } from '../text.ts';
import { isPlainMenu } from './command-words.ts';
import { createRowFinder, type RowFinder } from './find-row.ts';
import { type Argument, createNameReader, quoted, type Row, rowsOf, tokensOf, unquoted } from './rows.ts';
import { hideInValue, isHidden } from './secrets.ts';

export interface RestoreOptions {
  /** `false`: a placeholder stands for each secret. */
  readonly reveal: boolean;
}

/** Rows that are found again by one of these; elsewhere all arguments together say which row it is. */
const KEY_NAMES = ['name', 'default-name'] as const;
/** Where the place of a row decides what it does. */
const ORDERED =
  /^\/(?:ip|ipv6) (?:firewall|hotspot walled-garden|ipsec policy)|^\/queue simple|^\/interface bridge filter|^\/routing filter/;
/** Needs no quotes. */
const PLAIN_VALUE = /^[\w.:/,*+@%!-]+$/;
/** Names of properties; those that say something else in a `find` are none. */
const PLAIN_NAME = /^(?!(?:and|or|not|in|find|where)$)[a-z][a-z0-9.-]*$/i;

/**
 * Commands that lead from version `b` back to version `a`, by menu, to be read by a person. Nothing of it is run by us. Each command is
 * whole, with its menu: after a line that a router does not take the next one means no other menu. A device can send anything, so what
 * is no row of a menu, what might touch another row, and what cannot be said as a command (an argument that `a` does not have, a place in
 * an ordered list) is said in a comment.
 */
export function restoreScript(
  a: readonly ByteText[],
  b: readonly ByteText[],
  options: RestoreOptions,
): readonly ByteText[] {
  const wanted = Map.groupBy(rowsOf(a).map(withWholeNames), ({ menu }) => menu);
  const present = Map.groupBy(rowsOf(b).map(withWholeNames), ({ menu }) => menu);
  // Menus of `a` come in the order in which the router made them: what others refer to is first. Removing goes the other way.
  const menus = [...wanted.keys(), ...[...present.keys()].filter((menu) => !wanted.has(menu)).reverse()];
  return menus.flatMap((menu) => {
    const commands = menuCommands(menu, wanted.get(menu) ?? [], present.get(menu) ?? [], options);
    if (commands.length === 0) return [];
    const note = ORDERED.test(menu)
      ? ['# The order counts here: check the place of each row, and move it where needed.']
      : [];
    return [`# ${inComment(menu)}`, ...note, ...commands, ''];
  });
}

/** Two arguments of one row may be written alike: `input.filter=a .affinity=b output.filter=c .affinity=d`. */
function withWholeNames(row: Row): Row {
  const wholeName = createNameReader();
  return { ...row, args: row.args.map((argument) => ({ ...argument, name: wholeName(argument.name) })) };
}

function menuCommands(
  menu: ByteText,
  wanted: readonly Row[],
  present: readonly Row[],
  options: RestoreOptions,
): readonly ByteText[] {
  const [missing, surplus] = [withoutLines(wanted, present), withoutLines(present, wanted)];
  if (missing.length + surplus.length === 0) return [];
  if (!isPlainMenu(menu) || hideShapes(menu) !== menu) {
    return [`# By hand: ${were(missing.length)} there before, ${were(surplus.length)} not; but it is no menu.`];
  }
  const byKey = new Map(surplus.map((row) => [keyOf(row), row]));
  const finder = createRowFinder(present);
  const handled = new Set<Row>();
  const commands = missing.flatMap((row) => {
    const key = keyOf(row);
    const other = key === null ? undefined : byKey.get(key);
    if (other === undefined || handled.has(other))
      return [written(row, targetOf(row, options), row.args, options) ?? byHand(row, 'was there')];
    handled.add(other);
    return setCommands(row, other, finder, options);
  });
  const gone = new Set(surplus.filter((row) => !handled.has(row)));
  const removals = [...gone].map((row) => removal(row, finder, gone) ?? byHand(row, 'was not there'));
  return [...removals, ...commands];
}

function were(lines: number): string {
  return `${formatCount(lines, 'line', 'lines')} ${lines === 1 ? 'was' : 'were'}`;
}

/** Rows whose line the others do not have; the same line twice counts twice. */
function withoutLines(rows: readonly Row[], others: readonly Row[]): readonly Row[] {
  const left = new Map<string, number>();
  for (const { line } of others) left.set(line, (left.get(line) ?? 0) + 1);
  return rows.filter(({ line }) => {
    const count = left.get(line) ?? 0;
    if (count > 0) left.set(line, count - 1);
    return count === 0;
  });
}

function keyOf(row: Row): string | null {
  const { verb, target } = row;
  const key = nameOf(row);
  if (verb === 'set') return JSON.stringify(['set', target]);
  return verb === 'add' && key !== undefined ? JSON.stringify([verb, key.name, unquoted(key.value)]) : null;
}

/** Whether people may see the whole value: no secret by its name nor by its shape. */
function isShown(menu: string, argument: Argument): boolean {
  return !isHidden(menu, argument) && shownValue(argument) === unquoted(argument.value);
}

/** What a value says, with what looks like a secret hidden, quoted or not. */
function shownValue(argument: Argument): ByteText {
  return hideInValue({ name: argument.name, value: unquoted(hideInValue(argument)) });
}

/** The name of a row, unless it is a secret itself. */
function nameOf({ menu, args }: Row): Argument | undefined {
  const key = args.find(({ name }) => KEY_NAMES.some((each) => each === name));
  return key === undefined || !isShown(menu, key) ? undefined : key;
}

function setCommands(wanted: Row, present: Row, finder: RowFinder, options: RestoreOptions): readonly ByteText[] {
  const now = new Map(present.args.map(({ name, value }) => [name, unquoted(value)]));
  const changed = wanted.args.filter(({ name, value }) => now.get(name) !== unquoted(value));
  const names = new Set(wanted.args.map(({ name }) => name));
  const surplus = present.args.filter(({ name }) => !names.has(name)).map(({ name }) => name);
  const key = nameOf(wanted);
  const isNamed = wanted.verb === 'add' && key !== undefined;
  // By a name that several rows have all of them would be set.
  if (isNamed && finder.find([key])?.length !== 1) return [byHand(wanted, 'was another one')];
  const row = { ...wanted, verb: 'set', target: isNamed ? find([key]) : wanted.target };
  const target = isNamed ? row.target : targetOf(row, options);
  return [
    ...(changed.length === 0 ? [] : [written(row, target, changed, options) ?? byHand(row, 'was another one')]),
    ...surplus.map(
      (name) =>
        `# By hand: set ${inComment(name)} of ${inComment(row.target) || 'this menu'} to its default; it had no value of its own.`,
    ),
  ];
}

/** `null`: it is no command that only makes or changes a row. */
function written(
  { menu, verb }: Row,
  target: ByteText | null,
  args: readonly Argument[],
  { reveal }: RestoreOptions,
): ByteText | null {
  const isCommand = verb === 'add' || (verb === 'set' && args.length > 0);
  if (!isCommand || target === null || !args.every(({ name }) => PLAIN_NAME.test(name))) return null;
  const values = args.map((argument) => {
    const { name, value } = argument;
    if (reveal) return `${name}=${onlyText(unquoted(value))}`;
    return `${name}=${isHidden(menu, argument) ? quoted(`<${name}>`) : onlyText(shownValue(argument))}`;
  });
  return [menu, verb, ...(target === '' ? [] : [target]), ...values].join(' ');
}

/** What a row is called where it stands, in words that only say which one; `null`: it is called otherwise. */
function targetOf({ verb, target }: Row, { reveal }: RestoreOptions): ByteText | null {
  if (target === '' || verb !== 'set') return target === '' ? '' : null;
  if (!reveal && hideShapes(target) !== target) return null;
  const [, criteria] = /^\[ find( .*)? \]$/.exec(target) ?? [];
  if (criteria === undefined) {
    const isOne = tokensOf(target, 0).length === 1 && !/^[[{(]/.test(target);
    return target === '[ find ]' ? target : isOne ? onlyText(unquoted(target)) : null;
  }
  const parts = tokensOf(criteria, 0).map(({ start, end, equals }) =>
    equals !== -1 && PLAIN_NAME.test(criteria.slice(start, equals))
      ? `${criteria.slice(start, equals)}=${onlyText(unquoted(criteria.slice(equals + 1, end)))}`
      : null,
  );
  return parts.includes(null) ? null : `[ find ${parts.join(' ')} ]`;
}

/** A value that only says this text: nothing in it is run or replaced. */
function onlyText(text: ByteText): ByteText {
  return PLAIN_VALUE.test(text) ? text : quoted(text);
}

/** `null`: it cannot be said so that no other row goes with it. */
function removal(row: Row, finder: RowFinder, gone: ReadonlySet<Row>): ByteText | null {
  if (row.verb !== 'add' || row.target !== '') return null;
  const key = nameOf(row);
  const telling = key === undefined ? row.args.filter((argument) => isShown(row.menu, argument)) : [key];
  if (telling.length === 0 || !telling.every(({ name }) => PLAIN_NAME.test(name))) return null;
  const isAlone = finder.find(telling)?.every((each) => each.verb === 'add' && gone.has(each)) === true;
  return isAlone ? `${row.menu} remove ${find(telling)}` : null;
}

function find(args: readonly Argument[]): ByteText {
  return `[ find where ${args.map(({ name, value }) => `${name}=${quoted(unquoted(value))}`).join(' and ')} ]`;
}

/** Quotes nothing but the command and its target. */
function byHand({ verb, target }: Row, what: string): ByteText {
  const command = [verb, inComment(target)].filter((each) => each !== '').join(' ') || 'a line that is no command';
  return `# By hand: look at ${command}, which ${what}.`;
}

/** Nothing in it ends the line, also where it is pasted into a terminal. */
function inComment(text: ByteText): ByteText {
  return hideShapes(text).replace(/[\x00-\x1f\x7f]/g, '?');
}
