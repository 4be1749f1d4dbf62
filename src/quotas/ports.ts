import type { OutgoingNotice } from '../notices/notice.ts';
import type { Counter } from '../usage/accounting/counter.ts';
import type { Period, QuotaPolicy, Weekday } from '../usage/accounting/quota.ts';
import type { QueueTotal } from '../usage/accounting/ranking.ts';
import type { QueueSpan } from '../usage/accounting/unobserved.ts';

export interface TotalsFilter {
  /** Inclusive, `YYYY-MM-DD`. */
  readonly fromDay: string;
  readonly toDay: string;
  /** All of them when left out. */
  readonly routers?: readonly string[];
  /** Only users whose queues on a router used more bytes than this in all, parents included. */
  readonly usersAbove?: bigint;
}

/** Sums of usage, made by the database: a month of a large router is not to be read row by row. */
export interface UsageTotals {
  /** In no particular order. */
  queueTotals(filter: TotalsFilter): Promise<QueueTotal[]>;
}

export interface UserDay extends Counter {
  readonly day: string;
  readonly queue: string;
  readonly isParent: boolean;
  readonly estimatedBytes: bigint;
}

export interface UserHour extends Counter {
  readonly queue: string;
  /** Start of the UTC hour, Unix ms. */
  readonly hourAt: number;
}

/** Details of an alert about one user, besides the sum. */
export interface UserHistory {
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

/** What makes a breach the same one. */
export interface BreachKey {
  readonly router: string;
  readonly user: string;
  readonly period: Period;
  /** `YYYY-MM-DD` */
  readonly periodStart: string;
  /** Percent of the limit. */
  readonly threshold: number;
  readonly limitBytes: bigint;
}

/**
 * `mailed`: it has a notice · `superseded`: a higher threshold was crossed in the same pass · `estimated`: a closed day, and it
 * takes bytes that were split over a midnight · `unsent`: no channel is configured.
 */
export type BreachState = 'mailed' | 'superseded' | 'estimated' | 'unsent';

export interface Breach extends BreachKey {
  /** Last day of the period. */
  readonly periodEnd: string;
  readonly countedBytes: bigint;
  readonly noticedAt: number;
  /** The day on which the threshold was crossed. */
  readonly day: string;
  readonly state: BreachState;
  /** Only when `mailed`. */
  readonly mailId: string | null;
}

export interface RecordedBreach extends BreachKey {
  readonly state: BreachState;
}

/** The breaches that are known. */
export interface BreachBook {
  /** Of the periods that end on `periodEndFrom` or later. */
  recorded(filter: { readonly periodEndFrom: string; readonly routers?: readonly string[] }): Promise<RecordedBreach[]>;
  /** Writes breaches and the notices about them in one transaction; `false`, and nothing is written, if one of them is known already. */
  record(breaches: readonly Breach[], notices: readonly OutgoingNotice[]): Promise<boolean>;
}

/** The quotas of a configuration. */
export interface QuotaList {
  readonly weekStartsOn: Weekday;
  readonly quotas: readonly QuotaPolicy[];
}

export interface QuotaChange {
  /** From when on the list held, Unix ms; until the next change. */
  readonly since: number;
  /** `null` when it was written by a version whose quotas this one does not know. */
  readonly list: QuotaList | null;
}

/** Which quotas held when, over restarts and for all workers. */
export interface QuotaHistory {
  /**
   * Notes that a worker took this list up at `madeAt`, if it is not the last one noted anyway; gives the changes, oldest first. What
   * is noted for later than `now` was written by a clock that was ahead, and holds from `now` on.
   */
  note(list: QuotaList, at: { readonly madeAt: number; readonly now: number }): Promise<readonly QuotaChange[]>;
}

/** A breach and what has become of its alert. */
export interface AlertState extends Omit<Breach, 'state' | 'mailId'> {
  readonly state: 'pending' | 'claimed' | 'sent' | 'failed' | 'superseded' | 'estimated' | 'unsent';
  readonly sentAt: number | null;
  readonly attempts: number;
}

/** Which breaches are asked for; what is left out does not matter. */
export interface AlertFilter {
  /** Days on which a threshold was crossed, inclusive. */
  readonly fromDay: string;
  readonly toDay: string;
  readonly router?: string | undefined;
  readonly user?: string | undefined;
  /** A part of the user's or the router's name; case does not matter. */
  readonly q?: string | undefined;
  readonly period?: Period | undefined;
  /** `over`: thresholds from 100 percent on · `warning`: those below. */
  readonly level?: 'over' | 'warning' | undefined;
  /** What has become of the mail: `waiting` for the server, `refused` by it, or `none` was to be sent. */
  readonly mail?: 'sent' | 'waiting' | 'refused' | 'none' | undefined;
}

export interface AlertArchive {
  /** Breaches by day, router, user, period, period start, threshold; no more than `limit`. */
  alerts(filter: AlertFilter & { readonly limit?: number }): Promise<AlertState[]>;
}

/** The same, put together by user and period. */
export interface AlertLines {
  /** The breaches of one user in one period are a line, the highest threshold first. Lines by their last breach, the newest first. */
  lines(
    filter: AlertFilter & { readonly skip: number; readonly most: number },
  ): Promise<{ readonly found: number; readonly lines: AlertState[][] }>;
}
