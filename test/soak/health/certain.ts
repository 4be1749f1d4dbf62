import type { WallClock } from '../crew.ts';
import type { LogEntry } from './log.ts';
import { type DeviceTruth, silenceOf } from './network.ts';
import { merged, type Spell, touches } from './spells.ts';

/** Of the configuration: how often every device is looked at. */
export const EVERY_MS = 1_000;
/** Promised: people are told within three intervals and 5 s. */
export const DOWN_WITHIN_MS = 3 * EVERY_MS + 5_000;
/** Who answers again is seen at the next look. */
export const UP_WITHIN_MS = 3 * EVERY_MS;
/** A window is known to the worker at its next write. */
export const WINDOW_KNOWN_MS = 6_000;
/** After a clock that is not set, or a database that keeps the whole process waiting, looks are far apart. */
const UNSURE_MS = 4_000;
/** An order of the soak reaches a worker so late at most. */
const ORDER_MS = 700;
/** The same on a machine that has far too much to do: beyond that an instant is wrong. */
const LATEST_ORDER_MS = 5_000;
/** What a database that is away keeps waiting. */
const LONGEST_WRITE_MS = 30_000;

/** What, beside the network, keeps workers from seeing it. */
export interface Hindrances {
  /** When a worker judged the devices. */
  readonly covered: readonly Spell[];
  /** Our own line was down. */
  readonly line: readonly Spell[];
  /** Clocks were not set, or the database kept a whole process waiting. */
  readonly unsure: readonly Spell[];
}

/** When workers had the turn to judge the devices: each from its first write to its last. */
export function coverage(log: readonly LogEntry[]): Spell[] {
  const spells: { holder: string; from: number; to: number }[] = [];
  for (const { what, one: holder, at } of log) {
    if (what !== 'turn') continue;
    const last = spells.at(-1);
    if (last?.holder === holder) last.to = at;
    else spells.push({ holder, from: at, to: at });
  }
  return spells;
}

/** It writes at least so often, also on a busy machine. */
const JUDGE_WRITES_MS = 5_000;

/** When a worker was stopped that judged: from then on until somebody wrote that they judge, itself or another one. */
export function stoppedJudge(stopped: readonly Spell[], log: readonly LogEntry[]): Spell[] {
  return stopped.flatMap(({ from, to }) => {
    const sign = log.find(({ what, at }) => what === 'turn' && at > from + ORDER_MS);
    const silent = { from, to: Math.min(to, sign?.at ?? to) };
    return silent.to - silent.from > JUDGE_WRITES_MS ? [silent] : [];
  });
}

/**
 * When a worker's clock can have shown `wall`, which it wrote down at `writtenAt`; clocks that are off from each other may leave several.
 * `orderMs`: how late an order to step reaches it at most.
 */
export function realTimes(
  wall: number,
  writtenAt: number,
  clocks: readonly WallClock[],
  orderMs: number = ORDER_MS,
): number[] {
  return clocks.flatMap(({ offsetMs, from, to }) => {
    const at = wall - offsetMs;
    const isPossible = at >= from - orderMs && at <= Math.min(to, writtenAt) + orderMs;
    return isPossible && at >= writtenAt - LONGEST_WRITE_MS ? [at] : [];
  });
}

/** Whether some worker's clock can have shown `wall` at all. */
export function fitsSomeClock(wall: number, writtenAt: number, clocks: readonly WallClock[]): boolean {
  return realTimes(wall, writtenAt, clocks, LATEST_ORDER_MS).length > 0;
}

/** Longer or shorter at both ends. */
function widened({ from, to }: Spell, ms: number): Spell {
  return { from: from - ms, to: to + ms };
}

/** When nobody can say for certain what a worker made of what it saw of a device: a window, our own line, the tower. */
function doubtful({ maintained, silent }: DeviceTruth, { line }: Hindrances): Spell[] {
  return [
    ...maintained.map((spell) => widened(spell, WINDOW_KNOWN_MS)),
    ...[...line, ...silent.line, ...silent.behind].map((spell) => widened(spell, UP_WITHIN_MS)),
  ];
}

/** The same, and when it did not look. */
export function doubts(truth: DeviceTruth, hindrances: Hindrances): Spell[] {
  return [...doubtful(truth, hindrances), ...hindrances.unsure.map((spell) => widened(spell, UNSURE_MS))];
}

/** An outage of which it is certain what has to be kept and told. */
export interface Outage extends Spell {
  /** It counts as down at the latest from then on; who does not look counts anew. */
  readonly countedFrom: number;
  /** It is known to be up again by then. */
  readonly upBy: number;
}

export function certainOutages(truth: DeviceTruth, hindrances: Hindrances): Outage[] {
  const silence = silenceOf(truth);
  const unclear = doubtful(truth, hindrances);
  return merged(truth.silent.own).flatMap((spell) => {
    const countedFrom = lastUnsure(spell.from, DOWN_WITHIN_MS, hindrances.unsure);
    const upBy = lastUnsure(spell.to, UP_WITHIN_MS, hindrances.unsure) + UP_WITHIN_MS;
    const whole = { from: spell.from - UP_WITHIN_MS, to: upBy + UP_WITHIN_MS };
    const others = silence.filter(({ from, to }) => from !== spell.from || to !== spell.to);
    const isCertain =
      countedFrom + DOWN_WITHIN_MS <= spell.to &&
      hindrances.covered.some(({ from, to }) => from <= whole.from && to >= whole.to) &&
      !touches(unclear, whole) &&
      !touches(others, whole);
    return isCertain ? [{ ...spell, countedFrom, upBy }] : [];
  });
}

/** `at`, or the end of the last time without looks that began before it could be told what is from `at` on. */
function lastUnsure(at: number, withinMs: number, unsure: readonly Spell[]): number {
  return merged(unsure).reduce(
    (last, { from, to }) => (from < last + withinMs && to > last - ORDER_MS ? Math.max(last, to + ORDER_MS) : last),
    at,
  );
}
