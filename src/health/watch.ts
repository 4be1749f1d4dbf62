import type { Device } from '../devices/ports.ts';
import { type Clock, clockTrouble, pause } from '../runtime/clock.ts';
import type { Visit } from '../runtime/rounds.ts';
import { type Around, afterAbsence, isWorthConfirming, type Rules, withPause } from './assess.ts';
import { judge, newRecord, withHealth, withoutWarnings } from './judge.ts';
import type { Ledger } from './ledger.ts';
import { isInMaintenance, isOpen, type MaintenanceWindow } from './maintenance.ts';
import { OWN_LINE } from './news.ts';
import type { Observation, Observer } from './observation.ts';
import type { OwnLine } from './own-line.ts';
import { judgeParents, waysTo } from './parents.ts';
import type { DeviceRecord, Turn } from './ports.ts';
import type { WarnRule } from './thresholds.ts';

export interface WatchDeps {
  readonly devices: () => readonly Device[];
  /** By its name. */
  readonly find: (name: string) => Device | null;
  readonly ledger: Ledger;
  readonly ownLine: OwnLine;
  readonly rules: Rules;
  readonly warnRules: readonly WarnRule[];
  /** The longest that one look may take. */
  readonly timeoutMs: number;
  readonly timeZone: string;
  readonly clock: Clock;
  /** Something happened that is to be written and told soon. */
  readonly onChange: () => void;
}

/** Judges all devices, while it is this worker's turn. */
export interface Watch {
  /** It is this worker's turn from now on. */
  begin(turn: Turn, records: readonly DeviceRecord[]): void;
  /** It is not any more. */
  end(): void;
  /** Looks at a device once; whoever is about to be down is looked at again within 2 s. */
  look(device: Device, observer: Observer, visit: Visit): Promise<Observation>;
  /** Which windows there are. */
  setWindows(windows: readonly MaintenanceWindow[]): void;
  /** Notes who was paused or resumed or has left, and asks about our own line while it is down. */
  sweep(signal: AbortSignal): Promise<void>;
  blindSince(): number | null;
}

/** A failure is repeated so often, at these distances, before the device counts as down: within 2 s. */
const BURST_LOOKS = 2;
const BURST_PAUSE_MS = 400;
const BURST_LOOK_MS = 550;
/** The last look before that has to leave time for it. */
const BURST_MS = BURST_LOOKS * (BURST_PAUSE_MS + BURST_LOOK_MS);
const SHORTEST_LOOK_MS = 500;
/** A worker that was away for longer has left a gap. */
const AWAY_INTERVALS = 3;
/** The list of LibreNMS comes late: only who is missing for so long has left. */
const LEFT_AFTER_MS = 600_000;

export function createWatch(deps: WatchDeps): Watch {
  const { find, ledger, ownLine, rules, warnRules, clock, onChange } = deps;
  const figuresMs = new Map<string, number>();
  let isOurs = false;
  let blindSince: number | null = null;
  let windows: readonly MaintenanceWindow[] = [];

  function recordOf(device: string): DeviceRecord {
    return ledger.record(device) ?? newRecord(device, clock.now());
  }

  function around(device: Device, failingSinceMs: number, isBlind: boolean): Omit<Around, 'isConfirmed'> {
    const parents = waysTo(device, find);
    const now = clock.now();
    const healths = parents.map(({ name }) => recordOf(name).health);
    const open = windows.filter((window) => isOpen(window, now, deps.timeZone));
    return {
      parents: judgeParents(healths, failingSinceMs),
      isBlind,
      isInMaintenance: open.length > 0 && isInMaintenance(device, parents, open),
    };
  }

  /** Takes in what a look showed. */
  function take(device: Device, look: Observation, isBlind: boolean, isConfirmed: boolean): void {
    if (!isOurs) return;
    const before = recordOf(device.name);
    const since = failingSinceMs(before, look);
    const tags = new Set(device.tags);
    const sinceFiguresMs = look.monotonicMs - (figuresMs.get(device.name) ?? look.monotonicMs);
    const judged = judge(
      before,
      look,
      { ...around(device, since, isBlind), isConfirmed },
      {
        rules,
        warnRules: warnRules.filter((rule) => rule.tags.length === 0 || rule.tags.some((tag) => tags.has(tag))),
        elapsedMs: sinceFiguresMs > AWAY_INTERVALS * rules.everyMs ? 0 : sinceFiguresMs,
      },
    );
    if (look.figures !== null) figuresMs.set(device.name, look.monotonicMs);
    ledger.note(judged, look);
    if (judged.news.length + judged.transitions.length > 0) onChange();
  }

  /** Looks again at once: takes in an answer as soon as one comes, and the last failure as confirmed when none does. */
  async function confirm(device: Device, observer: Observer, visit: Visit): Promise<void> {
    for (let left = BURST_LOOKS; left > 0; left -= 1) {
      await pause(clock, BURST_PAUSE_MS, visit.signal);
      const seen = await observer.observe(lookOf(visit, BURST_LOOK_MS));
      if (visit.signal.aborted) return;
      if (seen.outcome.kind !== 'failed') return take(device, seen, false, false);
      // The line may have fallen meanwhile.
      if (left === 1) take(device, seen, await isBlindNow(visit.signal), true);
    }
  }

  /** A look that has little time to connect has little time in all: it is one of the slow lane. */
  function lookOf({ signal, connectWithinMs, enter }: Visit, longestMs: number) {
    const withinMs = Math.min(connectWithinMs ?? longestMs, longestMs);
    return { signal, withinMs, connectWithinMs, enter: () => enter() };
  }

  async function isBlindNow(signal: AbortSignal): Promise<boolean> {
    const isBlind = await ownLine.isBlind(signal);
    if (isOurs && isBlind !== (blindSince !== null)) noteLine(isBlind);
    return isBlind;
  }

  function noteLine(isBlind: boolean): void {
    const at = clock.now();
    const summary = 'our own line is down: no witness answers';
    const news = { device: OWN_LINE, event: 'blind', at, since: at, incident: 'line', reason: summary } as const;
    ledger.noteOwn(
      { kind: 'line', subject: OWN_LINE, is: isBlind ? 'open' : 'closed', at, summary },
      isBlind ? news : null,
    );
    blindSince = isBlind ? at : null;
    onChange();
  }

  async function look(visited: Device, observer: Observer, visit: Visit): Promise<Observation> {
    // Tags and parent may have changed since.
    const device = find(visited.name) ?? visited;
    const { failures, state } = recordOf(device.name).health;
    const isLast = isOurs && state !== 'down' && failures + 1 >= rules.failures;
    const withinMs = isLast ? Math.max(SHORTEST_LOOK_MS, deps.timeoutMs - BURST_MS) : deps.timeoutMs;
    const seen = await observer.observe(lookOf(visit, withinMs));
    // By a clock that is not set nothing can be dated.
    if (!isOurs || clockTrouble(clock) !== null) return seen;
    if (seen.outcome.kind !== 'failed') {
      take(device, seen, false, false);
      return seen;
    }
    const isBlind = await isBlindNow(visit.signal);
    if (visit.signal.aborted) return seen;
    const before = recordOf(device.name);
    const circumstances = around(device, failingSinceMs(before, seen), isBlind);
    take(device, seen, isBlind, false);
    if (isWorthConfirming(before.health, circumstances, rules)) await confirm(device, observer, visit);
    return seen;
  }

  /** Of a device that is paused, or resumed, or has left. */
  function setPaused(record: DeviceRecord, isPaused: boolean): void {
    const at = clock.now();
    const changed = withPause(record.health, isPaused, at);
    if (changed.health === record.health) return;
    const { record: quiet, incidents } = withoutWarnings(record, at);
    const judged = withHealth(quiet, changed, at);
    ledger.note({ ...judged, incidents: [...judged.incidents, ...incidents] }, null);
    onChange();
  }

  return {
    look,
    setWindows(given) {
      windows = given;
    },
    begin(turn, records) {
      ledger.clear();
      figuresMs.clear();
      ledger.load(records);
      isOurs = true;
      blindSince = turn.blindSince;
      const awayMs = clock.now() - turn.seenAt;
      if (awayMs <= AWAY_INTERVALS * rules.everyMs) return;
      for (const record of records) {
        const changed = afterAbsence(record.health, turn.seenAt);
        if (changed.health !== record.health) ledger.note(withHealth(record, changed, turn.seenAt), null);
      }
    },
    end() {
      isOurs = false;
      ledger.clear();
    },
    async sweep(signal) {
      if (!isOurs || clockTrouble(clock) !== null) return;
      if (blindSince !== null) await isBlindNow(signal);
      if (!isOurs) return;
      const leftBefore = clock.now() - LEFT_AFTER_MS;
      for (const record of [...ledger.records()]) {
        const device = find(record.health.device);
        if (device !== null) setPaused(record, device.isPaused);
        else if (lastSeenAt(record) < leftBefore) setPaused(record, true);
      }
      for (const { name, isPaused } of deps.devices()) {
        if (isPaused && ledger.record(name) === undefined) setPaused(newRecord(name, clock.now()), true);
      }
    },
    blindSince: () => blindSince,
  };
}

/** The first failure on our monotonic clock: this look's, where there was none; of another process's, long ago. */
function failingSinceMs({ health }: DeviceRecord, look: Observation): number {
  if (health.failingSince === null) return look.monotonicMs;
  return health.failingSince.monotonicMs ?? Number.NEGATIVE_INFINITY;
}

function lastSeenAt({ health, firstAt }: DeviceRecord): number {
  return Math.max(health.lookedAt?.at ?? firstAt, health.since);
}
