import type { OutgoingMail } from '../notices/ports.ts';
import type { Counter } from '../usage/accounting/counter.ts';
import type { QueueTotal } from '../usage/accounting/ranking.ts';
import type { QueueSpan } from '../usage/accounting/unobserved.ts';

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

/** The data of a report; the database adds up. Days are inclusive, `YYYY-MM-DD`; results are in no order. */
export interface ReportArchive {
  queueTotals(days: { readonly fromDay: string; readonly toDay: string }): Promise<QueueTotal[]>;
  /** Of queues with usage on that day whose user has one of these names, on any router; of all without names. `hourAt`: start of a UTC hour, Unix ms. */
  hourShares(filter: {
    readonly day: string;
    readonly hourAt: number;
    readonly users?: readonly string[];
  }): Promise<HourShare[]>;
  /** Of queues whose user has one of these names, on any router. */
  dayPoints(filter: {
    readonly fromDay: string;
    readonly toDay: string;
    readonly users: readonly string[];
  }): Promise<DayPoint[]>;
  /** Unobserved time that touches what lies from `fromAt` to before `toAt`, Unix ms, of queues whose user has one of these names, on any router. */
  unobservedOf(filter: {
    readonly fromAt: number;
    readonly toAt: number;
    readonly users: readonly string[];
  }): Promise<QueueSpan[]>;
}

/** Which report, of which days. */
export interface ReportKey {
  /** Short ASCII text. */
  readonly report: string;
  readonly periodStart: string;
}

/** What became of the mail with a report. */
export type ReportFate = 'sent-before' | 'waiting' | 'given-up';

/** Which reports have been written. */
export interface ReportBook {
  /** When the database was first set up, Unix ms: reports due before that are not written. */
  installedAt(): Promise<number>;
  isWritten(key: ReportKey): Promise<boolean>;
  /** Of all reports of exactly these days the best; `null` when none has been written. */
  fateOf(days: { readonly periodStart: string; readonly periodEnd: string }): Promise<ReportFate | null>;
  /** Writes the report's mail into the outbox, once; `false` when it is there already. With `again` it is written all the same. */
  write(key: ReportKey, mail: OutgoingMail, again: boolean): Promise<boolean>;
}

export interface ReportTemplate {
  reportHtml(page: ReportPage): string;
}

/** A report as its HTML shows it: all texts are ready, none is escaped. */
export interface ReportPage {
  readonly title: string;
  readonly period: string;
  /** One line for the list of mails. */
  readonly preview: string;
  readonly cards: readonly { readonly label: string; readonly value: string; readonly isAlert: boolean }[];
  readonly summary: string;
  readonly notes: readonly string[];
  /** Why there is nothing to show; `null` when there is. */
  readonly emptyReason: string | null;
  readonly hasQuota: boolean;
  readonly changeTitle: string;
  readonly stripTitle: string;
  readonly rows: readonly PageRow[];
  /** How many users follow that are only in the CSV file. */
  readonly more: string | null;
  readonly footnote: string | null;
  readonly parents: readonly PageParent[];
  /** Address of the page of the same days, if known. */
  readonly pageUrl: string | null;
  readonly footer: string;
}

export interface PageRow {
  readonly rank: number;
  readonly user: string;
  /** Comment and, with several routers, the router. */
  readonly detail: string | null;
  /** Unobserved time. */
  readonly warning: string | null;
  readonly download: string;
  readonly upload: string;
  readonly total: string;
  /** `null`: no limit. */
  readonly quota: { readonly text: string; readonly barPercent: number; readonly level: 'ok' | 'near' | 'over' } | null;
  readonly isUnlimited: boolean;
  readonly badge: string | null;
  readonly change: string;
  readonly changeLevel: 'up' | 'down' | 'flat';
  /** The days as little bars made of block characters, in runs of days with and without bytes. */
  readonly strip: readonly { readonly bars: string; readonly isEmpty: boolean }[];
}

export interface PageParent {
  readonly name: string;
  readonly detail: string | null;
  readonly download: string;
  readonly upload: string;
  readonly total: string;
}
