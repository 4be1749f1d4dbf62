import type { OutgoingNotice } from '../notices/notice.ts';
import type { BinaryResult } from './binary.ts';

/** Where a backup ended. */
export type Step = 'lease' | 'connect' | 'version' | 'export' | 'keep';

export const OUTCOMES = ['changed', 'unchanged', 'first', 'quarantined', 'failed', 'skipped'] as const;

/** What a run came to for one device. */
export interface Outcome {
  readonly device: string;
  readonly outcome: (typeof OUTCOMES)[number];
  /** Of the trouble or the fault; `null` where all is well. */
  readonly code: string | null;
  readonly step: Step | null;
  readonly tries: number;
  readonly durationMs: number;
  /** As received; `null`: nothing that was complete. */
  readonly bytes: number | null;
  readonly version: number | null;
  readonly trouble: string | null;
  readonly advice: string | null;
  /** What became of its binary backup; `null`: none is asked for, or there is no good text that it would belong to. */
  readonly binary: BinaryResult | null;
}

/** A run over some devices. */
export interface RunReport {
  readonly run: string;
  readonly startedAt: number;
  /** `null`: it goes on, or was killed. */
  readonly finishedAt: number | null;
  /** By name. */
  readonly devices: readonly Outcome[];
}

/** A run as who makes it finds it. */
export interface BegunRun {
  readonly startedAt: number;
  /** What it came to already. */
  readonly devices: readonly Outcome[];
}

/** A run without its devices. */
export interface RunState {
  readonly run: string;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  /** A process makes it now. One that is neither finished nor running was cut off. */
  readonly isRunning: boolean;
  /** How many devices had which outcome so far. */
  readonly counts: ReadonlyMap<Outcome['outcome'], number>;
}

/** A run with its devices, all as of one instant. */
export interface RunDetails extends RunReport, Pick<RunState, 'isRunning'> {}

/** Tells of runs, whichever process makes them. Everything rejects with a `TroubleError` when the database is away. */
export interface RunStates {
  /** The last ones, newest first. */
  recent(count: number): Promise<readonly RunState[]>;
  /** `null`: there is no such run. */
  of(run: string): Promise<RunDetails | null>;
  /** The newest one that is made now; `null`: none is. */
  running(): Promise<RunState | null>;
}

/** Keeps runs. Everything rejects with a `TroubleError` when the database is away. */
export interface RunBook {
  /**
   * Takes a run for `forMs`, or keeps it for so long from now; a run that was not finished is gone on with when its lease has ended.
   * `held`: another one makes it now. However many ask at once, one gets it.
   */
  begin(run: string, at: number, holder: string, forMs: number): Promise<BegunRun | 'held' | 'finished'>;
  /** Lets another one go on with it at once. */
  leave(run: string, holder: string): Promise<void>;
  note(run: string, outcome: Outcome): Promise<void>;
  /** Ends a run and stores the notices about it in one transaction; nothing where it has ended already. */
  finish(run: string, at: number, notices: readonly OutgoingNotice[]): Promise<void>;
  /** How each device ended in the last of some finished runs before this one: its code, `null` where all was well. */
  codesBefore(run: string): Promise<ReadonlyMap<string, string | null>>;
  /** The same of binary backups, for devices that one is asked for. */
  binaryCodesBefore(run: string): Promise<ReadonlyMap<string, string | null>>;
  /** Forgets runs that began before an instant. */
  forgetBefore(at: number): Promise<void>;
}

/** Lets one process at a time back up a device. Leases end by themselves, by the database's clock. */
export interface LeaseBook {
  /** `false`: another one has it. Taken again by its holder it is extended. */
  take(device: string, holder: string, forMs: number): Promise<boolean>;
  release(device: string, holder: string): Promise<void>;
}

/** Whether a run is to end with an exit code that tells of trouble. */
export function isTrouble({ devices }: Pick<RunReport, 'devices'>): boolean {
  return devices.length === 0 || devices.some(({ outcome }) => outcome === 'failed' || outcome === 'quarantined');
}
