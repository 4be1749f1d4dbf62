import type { Outcome, RunReport, RunState } from './outcome.ts';
import type { Quarantine, TextFacts, Version } from './versions.ts';

/** A kept text, as programs read it. */
export interface ListEntry {
  readonly device: string;
  /** `null`: it is in quarantine. */
  readonly version: number | null;
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  readonly bytes: number;
  readonly rosVersion: string | null;
  readonly model: string | null;
  readonly serial: string | null;
  readonly changedBy: readonly string[];
  readonly linesAdded: number;
  readonly linesRemoved: number;
  readonly state: 'complete' | 'quarantined';
}

/** By device and number; what is in quarantine after the versions of its device. */
export function listEntries(versions: readonly Version[], quarantines: readonly Quarantine[]): readonly ListEntry[] {
  const entries = [
    ...versions.map((each): ListEntry => {
      const { version, linesAdded, linesRemoved } = each;
      return { device: each.device, version, ...factsOf(each), linesAdded, linesRemoved, state: 'complete' };
    }),
    ...quarantines.map((each): ListEntry => {
      return {
        device: each.device,
        version: null,
        ...factsOf(each),
        linesAdded: 0,
        linesRemoved: 0,
        state: 'quarantined',
      };
    }),
  ];
  return entries.sort((one, other) => {
    if (one.device !== other.device) return one.device < other.device ? -1 : 1;
    return (one.version ?? Number.POSITIVE_INFINITY) - (other.version ?? Number.POSITIVE_INFINITY);
  });
}

function factsOf({ firstSeenAt, lastSeenAt, bytes, osVersion, hardware, serial, changedBy }: TextFacts) {
  return {
    firstSeenAt: new Date(firstSeenAt).toISOString(),
    lastSeenAt: new Date(lastSeenAt).toISOString(),
    ...{ bytes, rosVersion: osVersion, model: hardware, serial, changedBy },
  };
}

/** A run, as programs read it. */
export function runEntry({ run, startedAt, finishedAt, devices }: RunReport) {
  return {
    run,
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: finishedAt === null ? null : new Date(finishedAt).toISOString(),
    devices: devices.map(outcomeEntry),
  };
}

/** A run without its devices, as programs read it. */
export function runStateEntry({ run, startedAt, finishedAt, isRunning, counts }: RunState) {
  return {
    run,
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: finishedAt === null ? null : new Date(finishedAt).toISOString(),
    running: isRunning,
    outcomes: Object.fromEntries(counts),
  };
}

function outcomeEntry({ device, outcome, code, step, tries, durationMs, bytes, version, trouble, advice }: Outcome) {
  const seconds = Math.round(durationMs / 100) / 10;
  return { device, outcome, code, step, tries, seconds, bytes, version, trouble, advice };
}
