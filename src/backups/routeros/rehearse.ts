import { failedMenus, isInterrupted } from '../judge.ts';
import { type ByteText, linesOf, shownLine } from '../text.ts';
import type { Commands } from './command-list.ts';
import { formFault } from './form.ts';
import { AFTER_WRAP, type JoinedLine, joinedLines } from './normal-form.ts';
import { createNameReader, isMenuLine, menusOf, tokensOf } from './rows.ts';

/** Something that RouterOS would refuse. */
export interface RehearsalFinding {
  /** Physical line of the text and character in it, from 1. */
  readonly line: number;
  readonly column: number;
  /** In words; quotes no value. */
  readonly reason: string;
}

/** What could not be checked, with how many rows it is. */
export interface Unchecked {
  readonly what: string;
  readonly rows: number;
}

export interface Rehearsed {
  readonly findings: readonly RehearsalFinding[];
  readonly unchecked: readonly Unchecked[];
  /** Rows that were read. */
  readonly rows: number;
}

/** Boards differ in these menus: a list of a virtual router lacks what needs hardware. */
const OF_HARDWARE = /^\/(?:interface\/(?:ethernet|lte|wifi|wireless|w60g)|caps-man|system\/leds|port)(?:\/|$)/;
const MOST_SHOWN = 60;

/**
 * Reads an export as RouterOS would before it runs any of it: quotes, brackets, escapes, and with `commands` also whether the menus,
 * commands and arguments are there. Values, and the things that they name, are not looked at. It takes whatever a device sends, in linear time.
 */
export function rehearse(text: ByteText, commands: Commands | null): Rehearsed {
  const physical = linesOf(text);
  const findings: RehearsalFinding[] = sayings(text, physical);
  const unchecked = new Map<string, number>();
  const lines = joinedLines(text).filter(({ isComment, text: line }) => !isComment && line.trim() !== '');
  const menus = menusOf(lines.map((line) => line.text));
  let rows = 0;
  for (const [index, line] of lines.entries()) {
    const placeOf = createPlaces(physical, line);
    const found = (at: number, reason: string) => findings.push({ ...placeOf(at), reason });
    const fault = formFault(line.text);
    if (fault !== null) found(fault.at, fault.reason);
    if (fault !== null || isMenuLine(line.text)) continue;
    rows += 1;
    checkRow(line.text, menus[index] ?? '', commands, {
      found,
      notChecked: (what) => unchecked.set(what, (unchecked.get(what) ?? 0) + 1),
    });
  }
  return { findings, unchecked: [...unchecked].map(([what, count]) => ({ what, rows: count })), rows };
}

/** What the export itself says is missing. */
function sayings(text: ByteText, physical: readonly ByteText[]): RehearsalFinding[] {
  if (failedMenus(text).length === 0 && !isInterrupted(text)) return [];
  return physical.flatMap((line, index) =>
    failedMenus(line).length > 0 || isInterrupted(line)
      ? [{ line: index + 1, column: 1, reason: 'the router says here that a part of the export is missing' }]
      : [],
  );
}

interface Report {
  found(at: number, reason: string): void;
  notChecked(what: string): void;
}

function checkRow(line: ByteText, menu: ByteText, commands: Commands | null, report: Report): void {
  const isInline = line.startsWith('/') && line.startsWith(`${menu} `);
  const [first, ...others] = tokensOf(line, isInline ? menu.length : 0);
  const verb = first === undefined ? '' : line.slice(first.start, first.end);
  if (menu === '') report.found(0, 'this row is in no menu');
  else if (first === undefined || !/^[a-z-]+$/.test(verb)) report.found(first?.start ?? 0, 'this is no command');
  else if (commands !== null) {
    const path = menu.replaceAll(' ', '/');
    if (!commands.hasMenu(path)) report.notChecked(shown(menu));
    // A word at the wrong place may be part of a secret.
    else if (!commands.hasVerb(path, verb)) report.found(first.start, `${shown(menu)} has no such command`);
    else checkArguments(line, others, { menu, path, verb }, commands, report);
  }
}

function checkArguments(
  line: ByteText,
  tokens: ReturnType<typeof tokensOf>,
  { menu, path, verb }: { readonly menu: ByteText; readonly path: string; readonly verb: string },
  commands: Commands,
  { found, notChecked }: Report,
): void {
  const wholeName = createNameReader();
  for (const { start, end, equals } of tokens) {
    const word = line.slice(start, equals === -1 ? end : equals);
    const isUnset = equals === -1 && word.startsWith('!');
    if (equals === -1 && !isUnset) {
      // What `set` changes stands without a name: `set 0`, `set [ find … ]`.
      if (verb === 'add' && !word.includes('=')) found(start, 'a value stands here without the name of its argument');
      continue;
    }
    const name = wholeName(isUnset ? word.slice(1) : word);
    if (commands.hasArgument(path, verb, name)) continue;
    const argument = ARGUMENT.test(name) ? `argument ${shown(name)}` : 'such argument';
    if (OF_HARDWARE.test(path)) notChecked(`${argument} in ${shown(menu)}`);
    else found(start, `${verb} in ${shown(menu)} has no ${argument}`);
  }
}

const ARGUMENT = /^[a-z][a-z0-9./-]*$/;

function shown(word: ByteText): string {
  return shownLine(word.slice(0, MOST_SHOWN));
}

/** Tells where characters of a line whose wraps are joined stand in the text, asked from left to right. */
function createPlaces(
  physical: readonly ByteText[],
  { line, lastLine, text }: JoinedLine,
): (at: number) => { readonly line: number; readonly column: number } {
  const indentOf = (each: number) => (each === line ? 0 : AFTER_WRAP.length);
  let number = line;
  /** Of the part of the joined line that this physical line has. */
  let start = 0;
  return (asked) => {
    const at = Math.min(asked, Math.max(0, text.length - 1));
    for (; number < lastLine; number += 1) {
      // Without the sign of the wrap at its end.
      const end = start + (physical[number - 1] ?? '').length - indentOf(number) - 1;
      if (at < end) break;
      start = end;
    }
    return { line: number, column: indentOf(number) + at - start + 1 };
  };
}
