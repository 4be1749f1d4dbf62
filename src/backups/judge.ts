import { shorten } from '../runtime/format.ts';
import { numberLines } from './match-lines.ts';
import { readHead } from './routeros/head.ts';
import { type Command, commandsOf, type Row, rowOf } from './routeros/rows.ts';
import { shownSecrets } from './routeros/secrets.ts';
import type { IsWanted } from './secret-shapes.ts';
import type { Steps } from './steps.ts';
import { type ByteText, linesOf, shownLine } from './text.ts';

/** Why a text is kept apart. In the order in which they count where several hold. */
export type FaultCode =
  | 'BACKUP_OTHER_SERIAL'
  | 'BACKUP_ERROR_TEXT'
  | 'BACKUP_PART_FAILED'
  | 'BACKUP_SECRETS_GONE'
  | 'BACKUP_SHRUNK';

export interface Fault {
  readonly code: FaultCode;
  /** In words; quotes no secret of the configuration. */
  readonly message: string;
}

/** A text that came whole, as the judge sees it: its end was proven before. */
export interface JudgedText {
  /** As received, without the line that proves its end. */
  readonly text: ByteText;
  /** Its normal form. */
  readonly lines: readonly ByteText[];
}

/** Shorter than this part of the last one is suspicious, if it lacks more than so many bytes or rows. */
const LEAST_PART = 0.7;
const MOST_BYTES_LESS = 2_048;
const FEWEST_ROWS_LESS = 5;
const MOST_NAMED = 5;
/** A text of no more lines can be an error as a whole; of a longer one only the first lines. */
const SHORT_LINES = 20;
const FIRST_LINES = 5;
const MOST_QUOTED = 120;

/** What devices answer in place of a configuration, or within one: RouterOS, IOS, NX-OS, shells. */
const ERROR_TEXT =
  /^(?:bad command name |expected (?:end of command|command name|closing)|syntax error \(|input does not match|invalid value |no such (?:item|command)|not enough permissions|failure: |action (?:timed out|failed)|interrupted$|ambiguous value|missing value|value of .{1,80} (?:out of range|expects)|% ?(?:Invalid|Incomplete|Ambiguous|Authorization|Permission|Error|Unknown)|Command authorization failed|Permission denied|-?(?:a|ba|da|k|z)?sh: |cat: \S{1,200}: |sudo: a )/i;

/** Rows whose arguments are looked at in one step. */
const ROWS_AT_ONCE = 500;

/**
 * What is wrong with an export of RouterOS that came whole; the first code counts. `before` is the last good one, `accepted` the
 * menus whose failing was accepted for this device.
 */
export function* judgeExport(
  now: JudgedText,
  before: JudgedText | null,
  accepted: ReadonlySet<string>,
): Steps<readonly Fault[]> {
  const rows = commandsOf(now.lines);
  yield;
  // Most nights nothing changed: where all lines are the same, nothing is missing of them.
  const compared = before === null || isSame(now.lines, before.lines) ? null : before;
  const rowsBefore = compared === null ? [] : commandsOf(compared.lines);
  yield;
  const found = [otherSerial(now.text, before?.text ?? null), errorText(now, rows), partFailed(now.text, accepted)];
  yield;
  const gone = yield* secretsGone(rows, rowsBefore);
  const less = shrunk(now.lines, compared?.lines ?? null) ?? menuShrunk(rows, rowsBefore);
  return [...found, gone, less].filter((fault) => fault !== null);
}

/**
 * The same for a device whose configuration is only text. A banner may look like an error: one counts where it is all that came or
 * comes first, and not where the last good text has the same line. `maskLines` hides secrets of what is quoted.
 */
export function* judgeText(
  now: JudgedText,
  before: JudgedText | null,
  maskLines: (lines: readonly ByteText[], isWanted: IsWanted) => readonly ByteText[],
): Steps<readonly Fault[]> {
  const known = new Set(before?.lines);
  yield;
  const looked = now.lines.length <= SHORT_LINES ? now.lines : now.lines.slice(0, FIRST_LINES);
  const at = looked.findIndex((line) => ERROR_TEXT.test(line) && !known.has(line));
  const error = now.lines.every((line) => line.trim() === '') ? notAConfiguration('') : null;
  const message =
    error ?? (at === -1 ? null : errorLine(now, at, maskLines(now.lines, (index) => index === at)[at] ?? ''));
  const fault: Fault | null = message === null ? null : { code: 'BACKUP_ERROR_TEXT', message };
  return [fault, shrunk(now.lines, before?.lines ?? null)].filter((each) => each !== null);
}

function errorLine({ text, lines }: JudgedText, at: number, masked: ByteText): string {
  const number = linesOf(text).indexOf(lines[at] ?? '') + 1;
  return `line ${number} looks like an error of the device: ${shorten(shownLine(masked), MOST_QUOTED)}`;
}

/** Whether the export ends before its time by its own words: no admin can accept that one. */
export function isInterrupted(text: ByteText): boolean {
  return commentsOf(text).some((line) => /^#\s?interrupted\b/.test(line));
}

/** Physical lines that are comments. */
function commentsOf(text: ByteText): readonly ByteText[] {
  return linesOf((text.match(/(?:^|\n)#[^\n]*/g) ?? []).join(''));
}

/** Menus that the router could not export, as it says. */
export function failedMenus(text: ByteText): readonly string[] {
  const menus = commentsOf(text).flatMap((line) => {
    const menu = /^#\s?error exporting (?:"([^"]{1,200})"|(\/[\w/ -]{1,200}?))(?: \(.{0,100}\))?\s*$/.exec(line);
    if (menu !== null) return [shownLine(menu[1] ?? menu[2] ?? '')];
    return /^#\s?error exporting/.test(line) ? ['unnamed menu'] : [];
  });
  return [...new Set(menus)];
}

/** A first text of version 7 that shows no secret at all: maybe the login may not see them. */
export function hasNoSecrets(text: ByteText, lines: readonly ByteText[]): boolean {
  return (
    readHead(text).version?.startsWith('7.') === true &&
    !commandsOf(lines).some((command) => shownSecrets(rowOf(command)).length > 0)
  );
}

function otherSerial(text: ByteText, before: ByteText | null): Fault | null {
  const known = before === null ? null : readHead(before).serial;
  if (known === null) return null;
  const { serial } = readHead(text);
  if (serial === known) return null;
  const other = serial === null ? 'no serial number' : `the serial number ${shownLine(serial)}`;
  return {
    code: 'BACKUP_OTHER_SERIAL',
    message: `another router answers at this address: it has ${other}, the last backup is of ${shownLine(known)}`,
  };
}

function errorText({ text, lines }: JudgedText, rows: readonly Command[]): Fault | null {
  const isConfiguration = readHead(text).version !== null && lines[0]?.startsWith('/') === true && rows.length > 0;
  const error = rows.find(({ verb, line }) => verb === '' && ERROR_TEXT.test(line))?.line;
  if (isConfiguration && error === undefined) return null;
  const first = linesOf(text).find((line) => line.trim() !== '') ?? '';
  return { code: 'BACKUP_ERROR_TEXT', message: notAConfiguration(error ?? first) };
}

/** Only words that are known are quoted: the line may be part of a configuration, with its secrets. */
function notAConfiguration(line: ByteText): string {
  const known = ERROR_TEXT.exec(line)?.[0].trim();
  if (known !== undefined) return `the device answered with an error: ${shownLine(known)} …`;
  return line === '' ? 'the device answered with nothing' : 'what the device sent is no configuration';
}

function partFailed(text: ByteText, accepted: ReadonlySet<string>): Fault | null {
  if (isInterrupted(text))
    return { code: 'BACKUP_PART_FAILED', message: 'the router interrupted the export: the rest is missing' };
  const menus = failedMenus(text).filter((menu) => !accepted.has(menu));
  if (menus.length === 0) return null;
  return { code: 'BACKUP_PART_FAILED', message: `the router could not export ${namesOf(menus)}` };
}

/** Whether two texts have the same lines. */
export function isSame(one: readonly ByteText[], other: readonly ByteText[]): boolean {
  return one.length === other.length && one.every((line, index) => line === other[index]);
}

function* secretsGone(now: readonly Command[], before: readonly Command[]): Steps<Fault | null> {
  if (before.length === 0) return null;
  const { added, removed, kept } = yield* compareRows(now, before);
  const stay = new Map<string, Row[]>();
  for (const [index, command] of added.entries()) {
    if (index % ROWS_AT_ONCE === 0) yield;
    const row = rowOf(command);
    stay.getOrInsertComputed(identityOf(row), () => []).push(row);
  }
  let shown = 0;
  let gone = 0;
  for (const [index, command] of removed.entries()) {
    if (index % ROWS_AT_ONCE === 0) yield;
    const row = rowOf(command);
    const secrets = shownSecrets(row);
    if (secrets.length === 0) continue;
    // Of several rows that look alike, each counts once.
    const same = stay.get(identityOf(row))?.shift();
    if (same === undefined) continue;
    const names = new Set(shownSecrets(same).map(({ name }) => name));
    shown += secrets.length;
    gone += secrets.filter(({ name }) => !names.has(name)).length;
  }
  if (gone === 0) return null;
  for (const [index, command] of kept.entries()) {
    if (index % ROWS_AT_ONCE === 0) yield;
    shown += shownSecrets(rowOf(command)).length;
  }
  if (gone * 2 <= shown) return null;
  return {
    code: 'BACKUP_SECRETS_GONE',
    message: `${gone} of ${shown} secrets are missing, their rows are still there`,
  };
}

interface RowChanges {
  readonly added: readonly Command[];
  readonly removed: readonly Command[];
  /** On both sides, word for word. */
  readonly kept: readonly Command[];
}

/** In any order. Of rows that are the same, each counts. */
function* compareRows(now: readonly Command[], before: readonly Command[]): Steps<RowChanges> {
  const textOf = (rows: readonly Command[]) => ({
    lines: rows.map(({ line }) => line),
    menus: rows.map(({ menu }) => menu),
  });
  const { left, right, count } = yield* numberLines(textOf(before), textOf(now));
  // Of each row on the right that no row on the left stands for yet.
  const counts = new Int32Array(count);
  for (const number of right) counts[number] = (counts[number] ?? 0) + 1;
  const isTaken = (number = 0) => {
    const waiting = counts[number] ?? 0;
    counts[number] = waiting - 1;
    return waiting > 0;
  };
  const { kept = [], removed = [] } = Object.groupBy(before, (_, at) => (isTaken(left[at]) ? 'kept' : 'removed'));
  return { kept, removed, added: now.filter((_, at) => isTaken(right[at])) };
}

/** What a row is of its menu, whatever its other arguments are: its name, or all but its secrets. */
function identityOf(row: Row): string {
  const { menu, verb, target, args } = row;
  const name = args.find((each) => each.name === 'name' || each.name === 'default-name');
  if (name !== undefined) return JSON.stringify([menu, verb, target, name.value]);
  if (verb === 'set') return JSON.stringify([menu, verb, target]);
  const secrets = new Set(shownSecrets(row).map((secret) => secret.name));
  const others = args.filter((each) => !secrets.has(each.name)).map((each) => `${each.name}=${each.value}`);
  return JSON.stringify([menu, verb, target, ...others]);
}

function shrunk(lines: readonly ByteText[], before: readonly ByteText[] | null): Fault | null {
  if (before === null) return null;
  const [now, then] = [sizeOf(lines), sizeOf(before)];
  if (now >= then * LEAST_PART || then - now <= MOST_BYTES_LESS) return null;
  return { code: 'BACKUP_SHRUNK', message: `it has ${now} bytes, the last backup has ${then}` };
}

function menuShrunk(rows: readonly Command[], before: readonly Command[]): Fault | null {
  const [now, then] = [countByMenu(rows), countByMenu(before)];
  const less = [...then].filter(([menu, count]) => {
    const left = now.get(menu) ?? 0;
    return left < count * LEAST_PART && count - left >= FEWEST_ROWS_LESS;
  });
  if (less.length === 0) return null;
  const named = less.map(([menu, count]) => `${shownLine(menu)} (${now.get(menu) ?? 0} of ${count} rows left)`);
  return { code: 'BACKUP_SHRUNK', message: `rows are missing in ${namesOf(named)}` };
}

function countByMenu(rows: readonly Command[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { menu } of rows) counts.set(menu, (counts.get(menu) ?? 0) + 1);
  return counts;
}

function sizeOf(lines: readonly ByteText[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, 0);
}

function namesOf(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMED).map((name) => name.slice(0, 120));
  return names.length > MOST_NAMED ? `${shown.join(', ')} and ${names.length - MOST_NAMED} more` : shown.join(', ');
}
