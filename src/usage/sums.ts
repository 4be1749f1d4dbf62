import type { Counter } from './accounting/counter.ts';
import type { QueueTotal } from './accounting/ranking.ts';
import type { QueueSpan } from './accounting/unobserved.ts';

/** Which sums of queues are asked for. */
export interface TotalsFilter {
  /** Inclusive, `YYYY-MM-DD`. */
  readonly fromDay: string;
  readonly toDay: string;
  /** All of them when left out. */
  readonly routers?: readonly string[];
  /** Only users whose queues on a router used more bytes than this in all, parents included. */
  readonly usersAbove?: bigint;
}

/** How the bytes of one queue (upload and download) spread over a day. */
export interface HourShare {
  readonly router: string;
  readonly queue: string;
  readonly user: string;
  readonly isParent: boolean;
  readonly comment: string | null;
  /** On all of the day. */
  readonly dayBytes: bigint;
  /** In all hours of the day: less than `dayBytes` where the hour of some is not known. */
  readonly knownBytes: bigint;
  /** In the hours before the one asked for. */
  readonly beforeBytes: bigint;
  /** In that hour. */
  readonly withinBytes: bigint;
}

/** One queue on one day. */
export interface DayPoint extends Counter {
  readonly day: string;
  readonly router: string;
  readonly queue: string;
  readonly user: string;
  readonly isParent: boolean;
  readonly comment: string | null;
}

/** A queue of one user on one day. */
export interface UserDay extends Counter {
  readonly day: string;
  readonly queue: string;
  readonly isParent: boolean;
  readonly estimatedBytes: bigint;
}

/** A queue of one user in one hour. */
export interface UserHour extends Counter {
  readonly queue: string;
  /** Start of the UTC hour, Unix ms. */
  readonly hourAt: number;
}

/**
 * Sums that the database makes: a month of a large router is not to be read row by row. Days are inclusive, `YYYY-MM-DD`; results are
 * in no particular order.
 */
export interface UsageSums {
  queueTotals(filter: TotalsFilter): Promise<QueueTotal[]>;
  /** Of queues with usage on that day whose user has one of these names, on any router; of all without names. `hourAt`: start of a UTC hour, Unix ms. */
  hourShares(filter: {
    readonly day: string;
    readonly hourAt: number;
    readonly users?: readonly string[];
  }): Promise<HourShare[]>;
  /** Of queues whose user has one of these names, on these routers; where there are many of both, on others too. */
  dayPoints(filter: {
    readonly fromDay: string;
    readonly toDay: string;
    readonly users: readonly string[];
    readonly routers: readonly string[];
  }): Promise<DayPoint[]>;
  /** Unobserved time that touches what lies from `fromAt` to before `toAt`, Unix ms, of queues whose user has one of these names, on any router. */
  unobservedOf(filter: {
    readonly fromAt: number;
    readonly toAt: number;
    readonly users: readonly string[];
  }): Promise<QueueSpan[]>;
  userDays(filter: {
    readonly router: string;
    readonly user: string;
    readonly fromDay: string;
    readonly toDay: string;
  }): Promise<UserDay[]>;
  /** Unobserved time of the user that touches what lies from `fromAt` to before `toAt`, Unix ms. */
  userGaps(filter: {
    readonly router: string;
    readonly user: string;
    readonly fromAt: number;
    readonly toAt: number;
  }): Promise<QueueSpan[]>;
  /** The hours booked to one day. */
  userHours(filter: { readonly router: string; readonly user: string; readonly day: string }): Promise<UserHour[]>;
}
