import { hideShapes } from '../secret-shapes.ts';
import type { ByteText } from '../text.ts';
import { type Argument, quoted, type Row, rowsOf, unquoted } from './rows.ts';
import { hideInValue, isHidden } from './secrets.ts';

/** A device can send anything; what is pasted into a router must not run more than it says. */
const PLAIN_MENU = /^\/[a-z0-9-]+(?: [a-z0-9-]+)*$/;
const COMMANDS =
  / (?:add|set|remove|reset|reset-configuration|shutdown|reboot|run|import|export|print|upgrade|downgrade|install|execute|no-defaults)(?: |$)/;
const PLAIN_VALUE = /^(?:"(?:[^"\\$\r\n]|\\[^\r\n])*"|[^\s"\\;[\]{}()$]*)$/;
const PLAIN_TARGET = /^(?:|"(?:[^"\\$\r\n]|\\[^\r\n])*"|[^\s"\\;[\]{}()$]*|\[ find(?: [\w.=-]+)* \])$/;

export interface RestoreOptions {
  /** `false`: a placeholder stands for each secret. */
  readonly reveal: boolean;
}

/** Rows that are found again by one of these; elsewhere all arguments together say which row it is. */
const KEY_NAMES = ['name', 'default-name'] as const;
/** Where the place of a row decides what it does. */
const ORDERED =
  /^\/(?:ip|ipv6) (?:firewall|hotspot walled-garden|ipsec policy)|^\/queue simple|^\/interface bridge filter|^\/routing filter/;

/**
 * Commands that lead from version `b` back to version `a`, by menu, to be read by a person. Nothing of it is run by us. What cannot be
 * said as a command (an argument that `a` does not have, a place in an ordered list) is said in a comment.
 */
export function restoreScript(
  a: readonly ByteText[],
  b: readonly ByteText[],
  options: RestoreOptions,
): readonly ByteText[] {
  const wanted = Map.groupBy(rowsOf(a), ({ menu }) => menu);
  const present = Map.groupBy(rowsOf(b), ({ menu }) => menu);
  // Menus of `a` come in the order in which the router made them: what others refer to is first. Removing goes the other way.
  const menus = [...wanted.keys(), ...[...present.keys()].filter((menu) => !wanted.has(menu)).reverse()];
  return menus.flatMap((menu) => {
    const commands = menuCommands(wanted.get(menu) ?? [], present.get(menu) ?? [], options);
    if (commands.length === 0) return [];
    const note = ORDERED.test(menu)
      ? ['# The order counts here: check the place of each row, and move it where needed.']
      : [];
    return [commented(menu), ...note, ...commands, ''];
  });
}

function commented(menu: ByteText): ByteText {
  return PLAIN_MENU.test(menu) && !COMMANDS.test(menu) ? hideShapes(menu) : `# ${hideShapes(menu)}`;
}

function menuCommands(wanted: readonly Row[], present: readonly Row[], options: RestoreOptions): readonly ByteText[] {
  const [missing, surplus] = [withoutLines(wanted, present), withoutLines(present, wanted)];
  const byKey = new Map(surplus.map((row) => [keyOf(row), row]));
  const commands: ByteText[] = [];
  const handled = new Set<Row>();
  for (const row of missing) {
    const key = keyOf(row);
    const other = key === null ? undefined : byKey.get(key);
    if (other !== undefined && !handled.has(other)) {
      handled.add(other);
      commands.push(...setCommands(row, other, options));
    } else {
      commands.push(
        row.verb === '' || !PLAIN_TARGET.test(row.target) ? byHand(row, 'was there') : written(row, row.args, options),
      );
    }
  }
  const removals = surplus.filter((row) => !handled.has(row)).map((row) => removal(row));
  return [...removals, ...commands];
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
  return verb === 'add' && key !== undefined ? JSON.stringify([verb, key.name, key.value]) : null;
}

/** Whether people may see the whole value: no secret by its name nor by its shape. */
function isShown(menu: string, argument: Argument): boolean {
  return !isHidden(menu, argument) && hideInValue(argument) === argument.value;
}

/** The name of a row, unless it is a secret itself. */
function nameOf({ menu, args }: Row): Argument | undefined {
  const key = args.find(({ name }) => KEY_NAMES.some((each) => each === name));
  return key === undefined || !isShown(menu, key) ? undefined : key;
}

function setCommands(wanted: Row, present: Row, options: RestoreOptions): readonly ByteText[] {
  const now = new Map(present.args.map(({ name, value }) => [name, value]));
  const changed = wanted.args.filter(({ name, value }) => now.get(name) !== value);
  const names = new Set(wanted.args.map(({ name }) => name));
  const surplus = present.args.filter(({ name }) => !names.has(name)).map(({ name }) => name);
  const key = nameOf(wanted);
  const target = wanted.verb === 'add' && key !== undefined ? find([key]) : wanted.target;
  const row = { ...wanted, verb: 'set', target };
  return [
    ...(changed.length === 0 ? [] : [written(row, changed, options)]),
    ...surplus.map(
      (name) =>
        `# By hand: set ${name} of ${target === '' ? 'this menu' : hideShapes(target)} to its default; it had no value of its own.`,
    ),
  ];
}

/** The value as one that only says text: what would run a command when it is pasted becomes quoted text. */
function onlyText(value: ByteText): ByteText {
  return PLAIN_VALUE.test(value) ? value : quoted(unquoted(value));
}

function written({ menu, verb, target }: Row, args: readonly Argument[], options: RestoreOptions): ByteText {
  const values = args.map((argument) => {
    const { name, value } = argument;
    if (options.reveal) return `${name}=${onlyText(value)}`;
    return `${name}=${isHidden(menu, argument) ? quoted(`<${name}>`) : onlyText(hideInValue(argument))}`;
  });
  const shownTarget = options.reveal ? target : hideShapes(target);
  return [verb, ...(shownTarget === '' ? [] : [shownTarget]), ...values].join(' ');
}

function removal(row: Row): ByteText {
  if (row.verb !== 'add') return byHand(row, 'was not there');
  const key = nameOf(row);
  if (key !== undefined) return `remove ${find([key])}`;
  const telling = row.args.filter((argument) => isShown(row.menu, argument));
  return telling.length === 0 ? byHand(row, 'was not there') : `remove ${find(telling)}`;
}

function find(args: readonly Argument[]): ByteText {
  return `[ find where ${args.map(({ name, value }) => `${name}=${quoted(unquoted(value))}`).join(' ')} ]`;
}

/** Quotes nothing but the command and its target. */
function byHand({ verb, target }: Row, what: string): ByteText {
  return `# By hand: look at ${[verb, hideShapes(target)].filter((each) => each !== '').join(' ') || 'a line that is no command'}, which ${what}.`;
}
