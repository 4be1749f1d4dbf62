import type { DeviceRecord, Watched } from './ports.ts';
import type { State } from './state.ts';
import { type DevicesReading, readDevices, type StatusDeps, type StatusEntry } from './status.ts';
import { warningWord } from './thresholds.ts';

/** What a device counts as where people look for trouble: its state, or `warn` where it is up and something ails it. The worst first. */
export const LEVELS = [
  ...(['down', 'unreachable', 'suspect', 'warn'] as const),
  ...(['unknown', 'maintenance', 'paused', 'up'] as const),
];
export type Level = State | 'warn';

/** Levels that somebody should look at. */
export const PROBLEMS: readonly Level[] = ['down', 'unreachable', 'suspect', 'warn', 'unknown'];

/** A device where people look for trouble. */
export interface WallEntry {
  readonly status: StatusEntry;
  readonly level: Level;
  /** Warnings that are on, and `flapping`, in a word or two. */
  readonly ails: readonly string[];
}

/** All devices, the worst first, those of one level by name. */
export interface Wall {
  readonly entries: readonly WallEntry[];
  readonly counts: ReadonlyMap<Level, number>;
  /** Of any device, by name. */
  readonly tags: readonly string[];
  readonly watched: Watched;
  /** When it was read, Unix ms. */
  readonly at: number;
}

export async function readWall(deps: StatusDeps): Promise<Wall> {
  return wallOf(await readDevices(deps, await deps.devices(), 'all'));
}

const RANK: ReadonlyMap<Level, number> = new Map(LEVELS.map((level, index) => [level, index]));
/** `edge-2` before `edge-10`. */
const BY_NAME = new Intl.Collator('en', { numeric: true });

export function wallOf({ read, watched, at }: DevicesReading): Wall {
  const entries = read.map(({ status, record }) => wallEntry(status, record));
  const rank = (level: Level) => RANK.get(level) ?? LEVELS.length;
  entries.sort(
    (a, b) => rank(a.level) - rank(b.level) || BY_NAME.compare(a.status.device, b.status.device) || byUnits(a, b),
  );
  const counts = new Map<Level, number>();
  for (const { level } of entries) counts.set(level, (counts.get(level) ?? 0) + 1);
  const tags = [...new Set(entries.flatMap(({ status }) => status.tags))].sort(BY_NAME.compare);
  return { entries, counts, tags, watched, at };
}

/** Names that read alike are two names. */
function byUnits(a: WallEntry, b: WallEntry): number {
  return a.status.device < b.status.device ? -1 : 1;
}

export function wallEntry(status: StatusEntry, record: DeviceRecord | null): WallEntry {
  // Of a device that is not looked at now, what ailed it before says nothing.
  const isLookedAt = status.state === 'up' || status.state === 'suspect' || status.state === 'down';
  const warnings = Object.entries(record?.warnings ?? {}).flatMap(([key, { isOn }]) => (isOn ? warningWord(key) : []));
  const isFlapping = record !== null && record.health.flappingSince !== null;
  const ails = isLookedAt ? [...(isFlapping ? ['flapping'] : []), ...new Set(warnings)] : [];
  const isIll = status.state === 'up' && (status.reason !== null || ails.length > 0);
  return { status, level: isIll ? 'warn' : status.state, ails };
}

export interface WallQuestion {
  /** `problems`: all levels that somebody should look at; `null`: every level. */
  readonly state: Level | 'problems' | null;
  readonly tag: string | null;
  /** Text in the name, the address, the reason, the model, the board, the version or a tag; case does not count. */
  readonly q: string;
}

/** Those that are asked for, in the order of the wall. */
export function findOnWall({ entries }: Wall, { state, tag, q }: WallQuestion): WallEntry[] {
  const wanted = q.toLowerCase();
  return entries.filter(
    ({ status, level, ails }) =>
      (state === null || (state === 'problems' ? PROBLEMS.includes(level) : level === state)) &&
      (tag === null || status.tags.includes(tag)) &&
      (wanted === '' || textsOf(status, ails).some((text) => text.toLowerCase().includes(wanted))),
  );
}

function textsOf(status: StatusEntry, ails: readonly string[]): string[] {
  const { device, host, model, reason, board, version, tags, wan } = status;
  const addresses = wan.flatMap(({ address, publicAddress }) => [address ?? '', publicAddress ?? '']);
  return [device, host, model, reason ?? '', board ?? '', version ?? '', ...tags, ...ails, ...addresses];
}
