/** Cumulative bytes of one queue since its counter last started. RouterOS counters have 64 bits. */
export interface Counter {
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
}

/** One row of `/queue/simple`, parsed. */
export interface QueueReading extends Counter {
  /** RouterOS's `.id`, e.g. `*1A`: what a queue is within one boot of the router. */
  readonly id: string;
  readonly name: string;
  /** Whom the queue belongs to, already resolved (docs/glossary.md). */
  readonly user: string;
  /** Made by the router itself (PPP, hotspot, DHCP); such a row is never renamed. */
  readonly dynamic: boolean;
  /** Another queue names this one as its `parent`: its bytes contain theirs. */
  readonly isParent: boolean;
  readonly comment: string | null;
}

/** A row that was in the list but could not be parsed; whatever of its identity was readable. */
export interface UnreadableRow {
  readonly id: string | null;
  readonly name: string | null;
}

/** When a router's counters were read, and what distinguishes one boot and one reader from another. */
export interface SampleStamp {
  /** Worker's wall clock when `/system/resource` answered, Unix ms. Dates bytes; decides nothing else where uptime can. */
  readonly sampledAt: number;
  /** Router's uptime as read, ms (the router gives whole seconds). */
  readonly uptimeMs: number;
  /** Upper bound of the router's uptime when its list was complete, ms: uptime as read + time until then + 1 s. */
  readonly endUptimeMs: number;
  /** The process that read it. One process reads a router in order. */
  readonly reader: string;
  /** Monotonic time at `sampledAt`, ms; comparable within one `reader`, and within one `bootId`. */
  readonly monotonicMs: number;
  /** The boot of the machine on which the reader ran: all its processes share one monotonic clock. `null` where it is not known. */
  readonly bootId: string | null;
  /** Serial number or licence id of the device, where readable. */
  readonly serial: string | null;
}

/** A stamp as long as it is in the memory of the process that read it. */
export interface FreshStamp extends SampleStamp {
  /** Monotonic time when the router was asked for its uptime, ms; it answered at `monotonicMs`. */
  readonly askedMs: number;
}

/** One router's counters at one instant. The list of rows is complete. */
export interface Sample extends FreshStamp {
  readonly queues: readonly QueueReading[];
  readonly unreadable: readonly UnreadableRow[];
}

/** Where a queue's row was in the last accepted sample. */
export type Presence = 'present' | 'unreadable' | 'missing';

/** The last accepted counters of one row, by `.id`. */
export interface Baseline {
  readonly id: string;
  readonly name: string;
  readonly user: string;
  readonly isParent: boolean;
  /** `null` when the row was listed but never parsed: the first value that parses becomes the baseline. */
  readonly counter: Counter | null;
  readonly presence: Presence;
  /** `sampledAt` of the last sample in which the row was parsed (never parsed: the sample before it was first listed). */
  readonly seenAt: number;
}

/** What is remembered of a router between two samples. */
export interface RouterState extends SampleStamp {
  /** The last sample had rows without a readable `.id`, so a row that is new in the next one may be older than it looks. */
  readonly hadUnidentifiedRows: boolean;
  readonly baselines: ReadonlyMap<string, Baseline>;
}
