import type { BinaryFacts } from './binary.ts';
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
  /** Of the binary backup that was made for it; `null`: there is none. */
  readonly binaryBytes: number | null;
}

/** By device and number; what is in quarantine after the versions of its device. */
export function listEntries(
  versions: readonly Version[],
  quarantines: readonly Quarantine[],
  binaries: readonly BinaryFacts[],
): readonly ListEntry[] {
  const nameOf = ({ device, version }: Pick<BinaryFacts, 'device' | 'version'>) => JSON.stringify([device, version]);
  const sizes = new Map(binaries.map((each) => [nameOf(each), each.bytes]));
  const entries = [
    ...versions.map((each): ListEntry => {
      const { version, linesAdded, linesRemoved } = each;
      const binaryBytes = sizes.get(nameOf(each)) ?? null;
      return {
        device: each.device,
        version,
        ...factsOf(each),
        linesAdded,
        linesRemoved,
        state: 'complete',
        binaryBytes,
      };
    }),
    ...quarantines.map((each): ListEntry => {
      return {
        device: each.device,
        version: null,
        ...factsOf(each),
        linesAdded: 0,
        linesRemoved: 0,
        state: 'quarantined',
        binaryBytes: null,
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

function outcomeEntry({ durationMs, ...outcome }: Outcome) {
  const { device, code, step, tries, bytes, version, trouble, advice, binary } = outcome;
  const seconds = Math.round(durationMs / 100) / 10;
  return { device, outcome: outcome.outcome, code, step, tries, seconds, bytes, version, trouble, advice, binary };
}
