import type { OutgoingNotice } from '../notices/notice.ts';
import type { Bulletin, Told, WaitingNews } from './gather.ts';
import type { Links } from './links.ts';
import type { MaintenanceWindow } from './maintenance.ts';
import type { IncidentChange, News } from './news.ts';
import type { Figures } from './observation.ts';
import type { KeptFigure, SpanLength, SpanPart, Tally } from './spans.ts';
import type { Health, Transition } from './state.ts';
import type { Warning } from './thresholds.ts';

/** All that is kept of a device. */
export interface DeviceRecord {
  readonly health: Health;
  /** When it was first looked at, Unix ms. */
  readonly firstAt: number;
  /** By the key of the rule. */
  readonly warnings: Readonly<Record<string, Warning>>;
  readonly links: Links;
  /** What it last said of itself. */
  readonly figures: Figures | null;
  /** When it said that, Unix ms. */
  readonly figuresAt: number | null;
}

/** What the worker that judges the devices has to know of the one before. */
export interface Turn {
  /** When something was last written, by that worker's clock, Unix ms. */
  readonly seenAt: number;
  /** Since when our own line is down, Unix ms; `null`: it is not. */
  readonly blindSince: number | null;
}

/** Everything that is to be written together. */
export interface HealthBatch {
  /** Random; a batch that is written again is known by it. */
  readonly id: string;
  readonly holder: string;
  /** By the worker's clock, Unix ms. */
  readonly at: number;
  readonly blindSince: number | null;
  /** How many routers there are now that are not paused. */
  readonly routers: number;
  /** Of each device one at most. */
  readonly records: readonly DeviceRecord[];
  readonly transitions: readonly Transition[];
  readonly parts: readonly SpanPart[];
  readonly incidents: readonly IncidentChange[];
  readonly news: readonly News[];
}

/** What is told of the news that waits. */
export interface Telling {
  readonly notices: readonly HealthNotice[];
  /** News that is told, or that nobody is to be told. */
  readonly ids: readonly number[];
  readonly told: Told;
}

/** A notice, and what it tells. */
export interface HealthNotice {
  readonly notice: OutgoingNotice;
  readonly event: Bulletin['event'];
  readonly news: readonly News[];
}

/** How the devices are, kept. Everything rejects with a `TroubleError` when the database is away. */
export interface HealthBook {
  /**
   * Takes the turn, or keeps it for `leaseMs` from now: only who has it may write. `null`: another worker has it. However many workers
   * ask at once, one gets it.
   */
  claim(holder: string, at: number, leaseMs: number): Promise<Turn | null>;
  /** Gives the turn back. */
  release(holder: string): Promise<void>;
  load(): Promise<DeviceRecord[]>;
  /**
   * Writes all of it or nothing; then `tell` gets the news that waits, this one too, and what it gives is written with it. `false`, and
   * nothing is written: the turn was lost. A batch that was written already is not written again.
   */
  commit(
    batch: HealthBatch,
    leaseMs: number,
    tell: (waiting: readonly WaitingNews[], told: Told) => Telling,
  ): Promise<boolean>;
}

export interface TransitionQuery {
  readonly device?: string | undefined;
  /** Unix ms; from the first on, before the second. */
  readonly fromAt?: number | undefined;
  readonly toAt?: number | undefined;
  readonly most: number;
}

/** How much of some time a device was what. */
export interface DeviceTime {
  readonly device: string;
  readonly upMs: number;
  readonly downMs: number;
}

/** One span of a device, as it is kept. */
export interface StoredSpan {
  readonly startsAt: number;
  readonly upMs: number;
  readonly downMs: number;
  readonly unknownMs: number;
  readonly figures: ReadonlyMap<KeptFigure, Tally>;
}

/** What flowed over the internet lines of all routers in one hour or local day, as it is kept. */
export interface WanSpan {
  readonly startsAt: number;
  /** How many routers there were, and of how many a rate is known: one at least. */
  readonly routers: number;
  readonly seen: number;
  /** For how long these were up, together. */
  readonly seenMs: number;
  /** Sums of their means, bits a second. */
  readonly downloadBps: number;
  readonly uploadBps: number;
}

/** Who looks at the devices. Instants are Unix ms. */
export interface Watched {
  /** A worker judges them now. */
  readonly isWatched: boolean;
  /** When one last wrote something, by its clock; `null`: never. */
  readonly seenAt: number | null;
  /** Since when our own line is down, as far as that worker knows; `null`: it is not. */
  readonly blindSince: number | null;
}

/** How devices were, for people. Everything rejects with a `TroubleError` when the database is away. */
export interface HealthArchive {
  watched(): Promise<Watched>;
  /** Of these devices; of all without any. */
  records(devices?: readonly string[]): Promise<DeviceRecord[]>;
  /** The last ones first. */
  transitions(query: TransitionQuery): Promise<Transition[]>;
  /** Sums of the local days that begin from `fromAt` on, Unix ms; of these devices, of all (a search through everything) without any. */
  times(fromAt: number, devices?: readonly string[]): Promise<DeviceTime[]>;
  /** How often each device went down from `fromAt` on. */
  outages(fromAt: number): Promise<ReadonlyMap<string, number>>;
  /** Of one device, in order of time; those that begin from `fromAt` on. */
  spans(device: string, length: SpanLength, fromAt: number): Promise<StoredSpan[]>;
  /** Of all routers, in no particular order; those that begin from `fromAt` on. */
  wan(length: 'hour' | 'day', fromAt: number): Promise<WanSpan[]>;
}

/** Maintenance windows, kept. */
export interface MaintenanceBook {
  /** By their begin. */
  list(): Promise<MaintenanceWindow[]>;
  add(window: Omit<MaintenanceWindow, 'id'>): Promise<number>;
  /** `false`: there is none with this number. */
  remove(id: number): Promise<boolean>;
}

/** Where several workers share the devices: looks through the one that has the connection. */
export interface SharedEyes {
  /** Whether this worker has the connection to a device. */
  isMine(device: string): boolean;
  /** What the worker that has it sees; `null`: it cannot be asked, or sees nothing. Settles soon after the time. Never rejects. */
  ask(device: string, withinMs: number, signal: AbortSignal): Promise<unknown>;
  /** Who answers when others ask. */
  answer(look: (device: string, withinMs: number) => Promise<object | null>): void;
  /** Calls back when the devices of this worker change. */
  follow(listener: () => void): void;
}
