import { type ByteText, linesOf, shownLine } from '../text.ts';
import { parseClock } from './head.ts';
import { tokensOf, unquoted } from './rows.ts';

/** An action that a user took, as `/system history print detail` lists it. What it did is left out: secrets may be in it. */
export interface HistoryAction {
  /** Made safe to show. */
  readonly by: string;
  /** By the router's own clock, as `ExportHead.clockMs`. */
  readonly atMs: number;
}

const MOST_NAME = 64;
const MOST_USERS = 20;
const ENTRY = /^\s*\d{1,6}\s/;

/** The last actions with a user and a time that can be read; those of the system itself are left out. */
export function readHistory(text: ByteText): readonly HistoryAction[] {
  const entries: ByteText[][] = [];
  for (const line of linesOf(text)) {
    if (ENTRY.test(line)) entries.push([line]);
    else entries.at(-1)?.push(line.trim());
  }
  return entries.map((parts) => parts.join(' ')).flatMap(actionOf);
}

function actionOf(entry: ByteText): HistoryAction[] {
  const tokens = tokensOf(entry, 0);
  const indexOf = (name: string) =>
    tokens.findIndex(({ start, equals }) => equals !== -1 && entry.slice(start, equals) === name);
  const [by, time] = [tokens[indexOf('by')], tokens[indexOf('time')]];
  // `time=2026-11-26 03:00:00` has a blank that nothing quotes.
  const hour = time === undefined ? undefined : tokens[tokens.indexOf(time) + 1];
  const atMs =
    time === undefined || hour === undefined
      ? null
      : parseClock(entry.slice(time.equals + 1, hour.end).replace(/\s+/, ' '));
  if (by === undefined || atMs === null) return [];
  const name = shownLine(unquoted(entry.slice(by.equals + 1, by.end))).slice(0, MOST_NAME);
  return name === '' ? [] : [{ by: name, atMs }];
}

/** When a device was seen, by the clock of the worker and by its own. */
export interface Sight {
  readonly at: number;
  readonly clockMs: number | null;
}

/** Two clocks that run alike differ by no more over a day or so, and the router writes whole seconds. */
const MOST_DRIFT_MS = 60_000;
const MOST_DRIFT_PART = 0.001;

/**
 * Who changed something between two sights: users with an action in that time by the router's own clock. `[]`: nobody is named, or it
 * cannot be known: the router's clock is not known or jumped meanwhile.
 */
export function changedBy(actions: readonly HistoryAction[], before: Sight, now: Sight): readonly string[] {
  const { clockMs: from } = before;
  const { clockMs: until } = now;
  if (from === null || until === null || hasJumped(before.at, from, now.at, until)) return [];
  const users = actions.filter(({ atMs }) => atMs >= from && atMs <= until).map(({ by }) => by);
  return [...new Set(users)].sort().slice(0, MOST_USERS);
}

function hasJumped(at: number, clockMs: number, laterAt: number, laterClockMs: number): boolean {
  const drift = Math.abs(laterClockMs - clockMs - (laterAt - at));
  return laterClockMs < clockMs || drift > MOST_DRIFT_MS + (laterAt - at) * MOST_DRIFT_PART;
}
