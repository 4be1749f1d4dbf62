import type { ReadFacts, RouterFacts } from '../devices/ports.ts';
import type { TroubleError } from '../runtime/errors.ts';
import type { Visit } from '../runtime/rounds.ts';
import type {
  Baseline,
  FreshStamp,
  QueueReading,
  RouterState,
  SampleStamp,
  UnreadableRow,
} from './accounting/counter.ts';
import type { Span } from './accounting/span.ts';
import type { QueueSpan } from './accounting/unobserved.ts';

/** A queue row as the router gives it; whose it is, is resolved later from the configuration. */
export interface RawQueue extends Omit<QueueReading, 'user'> {
  /** PPP (PPPoE, L2TP, PPTP, SSTP, OVPN) or hotspot user of a dynamic queue, `null` where there is none or it cannot be read. */
  readonly sessionUser: string | null;
}

/** What one poll of a router gives. */
export interface RouterReading extends FreshStamp {
  readonly queues: readonly RawQueue[];
  readonly unreadable: readonly UnreadableRow[];
  readonly facts: RouterFacts;
}

/** Reads one router over a connection that it keeps open between polls. */
export interface QueueReader {
  /** One complete sample. Rejects with a `TroubleError` on anything expected; the next call starts afresh. */
  read(visit: Visit): Promise<RouterReading>;
  /** Closes the connection; never waits for the peer. */
  close(): void;
}

/** Bytes and events of one queue on one day, to be added to what is stored. */
export interface DailyPart {
  readonly name: string;
  readonly user: string;
  readonly isParent: boolean;
  readonly comment: string | null;
  /** `YYYY-MM-DD` in the configured zone. */
  readonly day: string;
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
  /** The share of both that was split over a midnight from a span of more than 10 min. */
  readonly estimatedBytes: bigint;
  readonly unobservedMs: number;
  readonly restarts: number;
  /** Only bytes whose hour is known; Unix ms of the UTC hour's start. */
  readonly hours: readonly HourlyPart[];
}

export interface HourlyPart {
  readonly hourAt: number;
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
}

/** When one queue could not be observed; longer than nothing. */
export interface UnobservedSpan extends Span {
  readonly name: string;
  readonly user: string;
  readonly isParent: boolean;
}

/** Something out of the ordinary, kept for `explain`. */
export interface UsageEvent {
  readonly at: number;
  /** e.g. `ROUTER_REBOOTED`, `ROUTER_REPLACED`, `CLOCK_STEPPED`, `COUNTER_IMPLAUSIBLE`. */
  readonly code: string;
  /** `null` when it concerns the whole router. */
  readonly queue: string | null;
  readonly detail: string;
}

/** Everything one accepted sample changes; committed whole or not at all. */
export interface Booking {
  readonly stamp: SampleStamp;
  readonly hadUnidentifiedRows: boolean;
  /** Baselines that are new or changed; `seenAt` is stored only for rows that are not `present`. */
  readonly changedBaselines: readonly Baseline[];
  readonly removedBaselineIds: readonly string[];
  /** Whose the parts are; some may have none. To go through them makes nothing. */
  readonly queues: Iterable<Pick<DailyPart, 'name' | 'user' | 'isParent'>>;
  /** Made anew each time it is gone through: of 50,000 queues, not all at once in memory. */
  readonly usage: Iterable<DailyPart>;
  /** What the parts' `unobservedMs` are the sums of: at most one of a queue, and none of a queue without a part. Made anew each time, too. */
  readonly unobserved: Iterable<UnobservedSpan>;
  readonly events: readonly UsageEvent[];
}

/** Where usage is booked. */
export interface UsageLedger {
  /**
   * Locks the router's row (making it if need be), hands its state to `decide`, writes what it returns and commits: one transaction, perhaps
   * with bookings of other routers. `decide` is pure and may be called again, as after a deadlock; `null` means nothing is to be written.
   * `rows`: about how many queues it writes; several routers share a transaction only as long as that stays small.
   * Rejects with `TroubleError` code `DATABASE_UNAVAILABLE` when the database is away; then nothing is known to be committed.
   */
  book(router: string, decide: (state: RouterState | null) => Booking | null, rows?: number): Promise<void>;
  /** Lets go of what is remembered of a router that this worker no longer reads; its next booking reads it anew. */
  forget(router: string): void;
}

/** What became of one poll. */
export type PollOutcome =
  | { readonly status: 'booked'; readonly router: string; readonly queues: number; readonly facts: ReadFacts }
  /** Nothing to add: it was read no later than what is stored. */
  | { readonly status: 'dropped'; readonly router: string; readonly queues: number; readonly facts: ReadFacts }
  /** Read, but the database is away or the clock is not set: the sample waits in memory. */
  | { readonly status: 'held'; readonly router: string; readonly trouble: TroubleError; readonly facts: ReadFacts }
  | { readonly status: 'failed'; readonly router: string; readonly trouble: TroubleError };

/** Hears how collecting goes; waits for no I/O and must not throw. All listeners stand in one list, in `app.ts`. */
export interface PollListener {
  /** After each poll, unless the worker itself broke it off. `durationMs` is from the first byte sent to the commit. */
  polled?(outcome: PollOutcome, durationMs: number): void;
  /** After the commit, once for each booking. */
  booked?(router: string, booking: Booking): void;
}

export interface UsageFilter {
  /** Inclusive, `YYYY-MM-DD`. */
  readonly fromDay: string;
  readonly toDay: string;
  readonly router?: string;
  readonly user?: string;
  readonly queue?: string;
}

/** One queue on one day, as stored. A queue that changed its user or became a parent within the day has a row for each. */
export interface QueueDay {
  readonly day: string;
  readonly router: string;
  readonly queue: string;
  readonly user: string;
  readonly isParent: boolean;
  readonly comment: string | null;
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
  readonly estimatedBytes: bigint;
  readonly unobservedMs: number;
  readonly restarts: number;
}

export interface QueueHour {
  readonly router: string;
  readonly queue: string;
  readonly user: string;
  readonly isParent: boolean;
  readonly hourAt: number;
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
}

/** Reads sums from the database. */
export interface UsageArchive {
  /** Days within the range on which there is any usage, ascending; both ends inclusive. */
  daysOnRecord(range: Pick<UsageFilter, 'fromDay' | 'toDay'>): Promise<string[]>;
  /** Names of all routers that were ever booked, in order. */
  routersOnRecord(): Promise<string[]>;
  /** In no particular order. */
  queueDays(filter: UsageFilter): Promise<QueueDay[]>;
  /** Unobserved time that touches what lies from `fromAt` to before `toAt`, Unix ms; in no particular order. Days booked by versions up to 0.1.0 have none. */
  unobserved(filter: {
    readonly fromAt: number;
    readonly toAt: number;
    readonly router?: string;
    readonly user?: string;
    readonly queue?: string;
  }): Promise<QueueSpan[]>;
}

/** What flowed over the internet lines of routers within one hour or one local day. */
export interface WanBar {
  /** Unix ms. */
  readonly startsAt: number;
  readonly endsAt: number;
  /** Bits a second, of all routers together; `null`: nobody knows. */
  readonly downloadBps: number | null;
  readonly uploadBps: number | null;
  /** Of how many routers that is, and how many there were; `null`: not known. */
  readonly seen: number;
  readonly routers: number | null;
  /** How much of the time they were not seen, on average, ms. */
  readonly missingMs: number;
}

/** The last 24 UTC hours, and today with the six local days before, of one router or of all (`null`), up to `now`, Unix ms. */
export type ReadWan = (
  router: string | null,
  now: number,
) => Promise<{ readonly hours: readonly WanBar[]; readonly days: readonly WanBar[] }>;

/** Reads how the sums are calculated. */
export interface UsageDetails {
  /** Hourly profiles of a day, meant for a queue name or a user; in no particular order. */
  queueHours(filter: {
    readonly day: string;
    readonly router?: string;
    readonly user?: string;
    readonly queue?: string;
  }): Promise<QueueHour[]>;
  /** Events of the routers, oldest first; `fromAt` inclusive, `toAt` exclusive, Unix ms. */
  events(filter: {
    readonly fromAt: number;
    readonly toAt: number;
    readonly router?: string;
  }): Promise<(UsageEvent & { readonly router: string })[]>;
}

export interface PurgeCounts {
  readonly dailyRows: number;
  readonly hourlyRows: number;
  readonly unobservedSpans: number;
  readonly events: number;
}

/** Forgets. */
export interface UsagePurger {
  /** Deletes (or, for a dry run, counts) usage of days before `beforeDay`, and events and unobserved time before `beforeAt` (Unix ms), in small transactions. */
  purge(limit: { readonly beforeDay: string; readonly beforeAt: number }, dryRun: boolean): Promise<PurgeCounts>;
}

/** What the database says about the work so far. */
export interface UsageRecords {
  gaps(sinceDay: string): Promise<readonly RouterGaps[]>;
  /** Which of these users have bytes in the database. */
  usersWithBytes(users: readonly string[]): Promise<ReadonlySet<string>>;
}

/** Missing data of one router. */
export interface RouterGaps {
  readonly router: string;
  /** Queues with unobserved time on any day since, and the longest of these times. */
  readonly unobservedQueues: number;
  readonly longestUnobservedMs: number;
}
